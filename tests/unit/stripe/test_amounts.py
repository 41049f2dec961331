"""Stripe's integers against ISO 4217's minor units."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.stripe.amounts import TABLE, AmountNotTaken, from_stripe, to_stripe
from core.domain.money import Money

UNCLEAR = sorted(c for c, counting in TABLE.rows.items() if counting is None)
COUNTING = sorted(set(TABLE.rows) - set(UNCLEAR))
CASES = [
    ("IDR", "150000", 15_000_000),  # two digits here, though many a table says none
    ("SAR", "850.50", 85_050),
    ("USD", "10.00", 1_000),
    ("JPY", "500", 500),
    ("KRW", "9000", 9_000),
    ("KWD", "12.340", 12_340),
    ("BHD", "1.000", 1_000),
    ("UGX", "5", 500),
    ("ISK", "5", 500),
    ("HUF", "175.05", 17_505),  # whole forints only for payouts, which we do not make
    ("MGA", "7.00", 7),
]


@pytest.mark.parametrize(("currency", "amount", "stripe"), CASES)
def test_there_and_back(currency: str, amount: str, stripe: int) -> None:
    money = Money.of(amount, currency)
    assert to_stripe(money) == stripe
    assert from_stripe(stripe, currency.lower()) == money


@pytest.mark.parametrize(
    ("currency", "minor", "code"),
    [
        ("KWD", 12_345, "amount_too_fine"),
        ("MGA", 705, "amount_too_fine"),
        ("IDR", 0, "amount_not_positive"),
        ("IDR", -100, "amount_not_positive"),
        *((currency, 1000, "currency_not_taken") for currency in UNCLEAR),
    ],
)
def test_what_stripe_cannot_say_is_refused(currency: str, minor: int, code: str) -> None:
    with pytest.raises(AmountNotTaken) as caught:
        to_stripe(Money(minor, currency))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("amount", "currency"),
    [(550, "isk"), (1, "ugx"), (5, "xyz"), (5, ""), (5, "iqd"), (5, "éé"), (10**30, "eur")],
)
def test_what_cannot_come_from_stripe_is_not_read(amount: int, currency: str) -> None:
    with pytest.raises(AmountNotTaken):
        from_stripe(amount, currency)


@given(
    minor=st.integers(1, 10**12),
    currency=st.sampled_from(["IDR", "SAR", "EUR", "HUF", *COUNTING]),
)
def test_what_goes_out_comes_back(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    try:
        amount = to_stripe(money)
    except AmountNotTaken:
        assert currency in ("MGA", "BHD", "JOD", "KWD", "OMR", "TND")
    else:
        assert from_stripe(amount, currency) == money
