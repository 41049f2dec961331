"""Dates, amounts and numbers as Indonesian writes them."""

from __future__ import annotations

from datetime import date

from core.domain.money import Money, exponent

_MONTHS = (
    "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember"
).split()
_DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Ahad")
_UNITS = "nol satu dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas".split()
_SCALES = ((10**12, "triliun"), (10**9, "miliar"), (10**6, "juta"), (1000, "ribu"), (100, "ratus"))
MOST = 10**15
_NAMES = {"IDR": "rupiah", "SAR": "riyal Saudi", "USD": "dolar Amerika"}


def day(of: date) -> str:
    """14 Januari 2027"""
    return f"{of.day} {_MONTHS[of.month - 1]} {of.year}"


def weekday(of: date) -> str:
    """Muslims call Sunday Ahad."""
    return _DAYS[of.weekday()]


def amount(money: Money) -> str:
    """Rp 35.000.000,00; other currencies by their code."""
    text = f"{money.decimal():,}".translate(str.maketrans(",.", ".,"))
    return f"{'Rp' if money.currency == 'IDR' else money.currency} {text}"


def in_words(money: Money) -> str:
    """tiga puluh lima juta rupiah; what is less than one unit as per seratus."""
    scale = 10 ** exponent(money.currency)
    whole, part = divmod(money.minor, scale)
    name = _NAMES.get(money.currency, money.currency)
    rest = "" if part == 0 else f" {number(part)} per {number(scale)}"
    return f"{number(whole)}{rest} {name}"


def number(n: int) -> str:
    """ValueError: below zero, or 10^15 and above."""
    if not 0 <= n < MOST:
        raise ValueError(f"no such number in words: {n}")
    if n < len(_UNITS):
        return _UNITS[n]
    if n < 20:
        return f"{_UNITS[n - 10]} belas"
    if n < 100:
        return _with(f"{_UNITS[n // 10]} puluh", n % 10)
    for scale, word in _SCALES:
        if n >= scale:
            count, rest = divmod(n, scale)
            short = count == 1 and scale <= 1000  # seratus, seribu
            return _with(f"se{word}" if short else f"{number(count)} {word}", rest)
    raise AssertionError(n)


def _with(head: str, rest: int) -> str:
    return f"{head} {number(rest)}" if rest else head
