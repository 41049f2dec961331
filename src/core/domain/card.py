"""Card numbers are masked before anything is written (PCI DSS 3.4)."""

from __future__ import annotations

import re

_RUN = re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?!\d)")
_RUN_BYTES = re.compile(rb"(?<![\d.])\d(?:[ -]?\d){12,18}(?!\d)")


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _mask(run: str) -> str:
    digits = re.sub(r"\D", "", run)
    if digits[0] not in "23456" or not _luhn(digits):  # 1… are clocks, not cards
        return run
    return "*" * (len(digits) - 4) + digits[-4:]


def masked(text: str) -> str:
    """*text* with every card number (13 to 19 digits, Luhn holds) cut to its last four."""
    return _RUN.sub(lambda m: _mask(m.group()), text)


def masked_bytes(raw: bytes) -> bytes:
    """The same for raw bytes of any encoding that keeps ASCII."""
    return _RUN_BYTES.sub(lambda m: _mask(m.group().decode("ascii")).encode("ascii"), raw)
