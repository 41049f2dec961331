from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.money import CurrencyMismatch, Money, exponent, zero
from tests.unit.domain.given import modest

currencies = st.sampled_from(["IDR", "SAR", "JPY", "KWD", "CLF", "USD"])
minors = st.integers(-(10**15), 10**15)


@pytest.mark.parametrize(
    ("currency", "digits"),
    [
        ("IDR", 2),
        ("SAR", 2),
        ("JPY", 0),
        ("KRW", 0),
        ("VND", 0),
        ("KWD", 3),
        ("BHD", 3),
        ("CLF", 4),
    ],
)
def test_the_exponent_is_iso_4217s(currency: str, digits: int) -> None:
    assert exponent(currency) == digits
    assert Money.of(1, currency).minor == 10**digits


@pytest.mark.parametrize("currency", ["", "sar", "XXX", "SARR", "ＳＡＲ", "S R"])
def test_what_is_no_currency_is_no_money(currency: str) -> None:
    with pytest.raises(ValueError, match="not an ISO 4217 currency"):
        Money(1, currency)


@pytest.mark.parametrize("minor", [1.0, "1", True, None, Decimal(1)])
def test_minor_units_are_whole_numbers(minor: object) -> None:
    with pytest.raises(ValueError, match="whole number"):
        Money(minor, "SAR")  # type: ignore[arg-type]


@modest
@given(minors, currencies)
def test_to_major_units_and_back_is_exact(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.of(money.decimal(), currency) == money
    assert Money.of(str(money.decimal()), currency) == money
    assert Money.rounded(money.decimal(), currency) == money


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("0.001", "SAR"),
        ("0.5", "JPY"),
        ("1.0001", "KWD"),
        ("NaN", "SAR"),
        ("sNaN", "SAR"),
        ("Infinity", "SAR"),
        ("twelve", "SAR"),
        ("", "SAR"),
        ("1e999999", "SAR"),
        ("12345678901234567890123456789.01", "SAR"),
        ("0.100000000000000000000000000000000001", "SAR"),
    ],
)
def test_an_amount_that_is_not_exact_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(ValueError, match="no such amount"):
        Money.of(amount, currency)


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "-Infinity", "x", "1e400000000"])
def test_what_is_no_number_is_not_rounded_either(amount: str) -> None:
    with pytest.raises(ValueError, match="no such amount"):
        Money.rounded(amount, "SAR")


@pytest.mark.parametrize(
    ("amount", "minor"), [("0.005", 0), ("0.015", 2), ("0.025", 2), ("-0.015", -2), ("1.004", 100)]
)
def test_rounding_is_half_to_even(amount: str, minor: int) -> None:
    assert Money.rounded(amount, "SAR").minor == minor


def test_more_than_a_database_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        Money(2**63, "IDR")


@modest
@given(minors, minors, currencies)
def test_sums_and_order_are_those_of_the_minor_units(a: int, b: int, currency: str) -> None:
    left, right = Money(a, currency), Money(b, currency)
    assert (left + right).minor == a + b
    assert (left - right).minor == a - b
    assert (left < right, left <= right) == (a < b, a <= b)
    assert left + zero(currency) == left


def test_two_currencies_never_meet() -> None:
    sar, usd = Money(1, "SAR"), Money(1, "USD")
    for attempt in (
        lambda: sar + usd,
        lambda: sar - usd,
        lambda: sar < usd,
        lambda: sar <= usd,
    ):
        with pytest.raises(CurrencyMismatch):
            attempt()
    assert sar != usd


def test_it_is_shown_with_its_own_digits() -> None:
    assert str(Money(125000, "IDR")) == "IDR 1,250.00"
    assert str(Money(125000, "JPY")) == "JPY 125,000"
    assert str(Money(-1, "KWD")) == "KWD -0.001"


def test_decoding_checks_it_too() -> None:
    for raw in (b'{"minor":1.5,"currency":"SAR"}', b'{"minor":1,"currency":"sar"}'):
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(raw, type=Money)
