"""Each gateway's own table of currencies, side by side, against ISO 4217."""

from __future__ import annotations

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters._kit.amounts import AmountNotTaken, AmountTable
from adapters.midtrans.amounts import TABLE as MIDTRANS
from adapters.midtrans.amounts import from_midtrans, to_midtrans
from adapters.stripe.amounts import TABLE as STRIPE
from adapters.xendit.amounts import TABLE as XENDIT
from adapters.xendit.amounts import from_xendit, to_xendit
from core.domain.money import Money

TABLES = {"midtrans": MIDTRANS, "stripe": STRIPE, "xendit": XENDIT}
# Of each gateway, the smallest units of this much; None: it does not take it.
WORTH: dict[str, dict[str, int | None]] = {
    "IDR 150000": {"midtrans": 150_000, "stripe": 15_000_000, "xendit": 150_000},
    "SAR 850.50": {"midtrans": None, "stripe": 85_050, "xendit": None},
    "JPY 500": {"midtrans": None, "stripe": 500, "xendit": None},
    "KWD 12.340": {"midtrans": None, "stripe": 12_340, "xendit": None},
    "UGX 5": {"midtrans": None, "stripe": 500, "xendit": None},
    "HUF 175.05": {"midtrans": None, "stripe": 17_505, "xendit": None},
    "USD 10.05": {"midtrans": None, "stripe": 1_005, "xendit": 1_005},
    "VND 9000": {"midtrans": None, "stripe": 9_000, "xendit": 9_000},
    "IQD 1.000": {"midtrans": None, "stripe": None, "xendit": None},
}
CASES = [(price, name, worth) for price, row in WORTH.items() for name, worth in row.items()]


@pytest.mark.parametrize(("price", "name", "worth"), CASES)
def test_what_each_gateway_counts_of_each_currency(
    price: str, name: str, worth: int | None
) -> None:
    currency, amount = price.split()
    table, money = TABLES[name], Money.of(amount, currency)
    assert table.takes(currency) == (worth is not None)
    if worth is None:
        for say in (lambda: table.counted(money), lambda: table.money(1, currency)):
            with pytest.raises(AmountNotTaken) as caught:
                say()
            assert caught.value.code == "currency_not_taken"
    else:
        assert table.counted(money) == worth
        assert table.money(worth, currency) == money
        assert table.of_major(str(table.major(money)), currency) == money


@pytest.mark.parametrize(
    ("table", "price", "code"),
    [
        (MIDTRANS, "IDR 150000.50", "amount_too_fine"),
        (XENDIT, "IDR 150000.50", "amount_too_fine"),
        (STRIPE, "KWD 12.345", "amount_too_fine"),
        (STRIPE, "IDR 0", "amount_not_positive"),
        (MIDTRANS, "IDR -1", "amount_not_positive"),
    ],
)
def test_what_cannot_be_charged(table: AmountTable, price: str, code: str) -> None:
    currency, amount = price.split()
    with pytest.raises(AmountNotTaken) as caught:
        table.counted(Money.of(amount, currency))
    assert caught.value.code == code


@pytest.mark.parametrize(
    "text", ["150000.50", "1e99", "NaN", "Infinity", "", "150,000", "0x10", "1_000.5"]
)
def test_a_text_that_is_no_amount(text: str) -> None:
    with pytest.raises(AmountNotTaken):
        MIDTRANS.of_major(text, "IDR")


def test_rupiah_in_each_dialect() -> None:
    money = Money.of("150000", "IDR")
    assert (to_midtrans(money), to_xendit(money), STRIPE.counted(money)) == (
        150_000,
        150_000,
        15_000_000,
    )
    assert from_midtrans("150000.00", None) == from_midtrans("150000", "IDR") == money
    assert from_xendit(Decimal("150000"), "IDR") == from_xendit(Decimal("150000.0"), "IDR") == money


def test_a_json_number_is_whole_where_it_can_be_and_never_rounded() -> None:
    assert type(to_xendit(Money.of("12", "USD"))) is int
    assert to_xendit(Money.of("0.07", "USD")) == 0.07
    with pytest.raises(AmountNotTaken):
        to_xendit(Money(2**62 + 1, "USD"))


@given(minor=st.integers(1, 10**13), currency=st.sampled_from(sorted(XENDIT.rows)))
def test_what_goes_out_as_a_number_comes_back(minor: int, currency: str) -> None:
    money = Money(minor * (100 if currency == "IDR" else 1), currency)  # it takes no sen
    assert from_xendit(Decimal(repr(to_xendit(money))), currency) == money


@given(
    amount=st.integers(-(10**15), 10**15), name=st.sampled_from(sorted(TABLES)), currency=st.text()
)
def test_nothing_makes_a_table_fall(amount: int, name: str, currency: str) -> None:
    with contextlib.suppress(AmountNotTaken):
        TABLES[name].money(amount, currency)


@pytest.mark.parametrize("amount", ["1e1000000", "9e999999", "-1e1000000", "1e-1000000"])
def test_a_number_beyond_all_measure_is_refused_like_any_other(amount: str) -> None:
    with pytest.raises(AmountNotTaken):
        from_midtrans(amount, "IDR")
    with pytest.raises(AmountNotTaken):
        from_xendit(amount, "USD")
