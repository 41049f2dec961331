"""Fixtures and contracts name no real card, key or person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.card import masked_bytes

ROOT = Path(__file__).parent.parent.parent
FOLDERS = ("fixtures", "contracts")
KEYS = re.compile(
    rb"sk_live_|rk_live_|xnd_production_|AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY"
    rb"|(?<!SB-)Mid-server-|serai_live_[0-9A-Za-z]{20}"
)
ADDRESS = re.compile(rb"[A-Za-z0-9._%+-]+@([A-Za-z0-9-]+\.)+[A-Za-z]{2,}")
# Reserved for examples (RFC 2606), so that nobody's mailbox is named.
RESERVED = re.compile(rb"(^|[.@])(example\.(com|org|net)|[a-z0-9-]+\.(example|test|invalid))$")
# Numbers that card schemes publish for tests, which no bank gave to anybody.
TEST_CARDS = re.compile(
    rb"4242[ -]?4242[ -]?4242[ -]?4242|4111([ -]?1111){3}|5555[ -]?5555[ -]?5555[ -]?4444"
)


def _files() -> Iterator[Path]:
    for folder in FOLDERS:
        yield from (f for f in (ROOT / folder).rglob("*") if f.is_file())


def faults_of(raw: bytes) -> list[str]:
    raw = TEST_CARDS.sub(b"*", raw)
    found = [f"key {m.group()[:12]!r}" for m in KEYS.finditer(raw)]
    found += [
        f"address at {m.group().rpartition(b'@')[2]!r}"
        for m in ADDRESS.finditer(raw)
        if not RESERVED.search(m.group())
    ]
    return found + (["a card number"] if masked_bytes(raw) != raw else [])


def test_they_name_nobody_and_open_nothing() -> None:
    found = {str(f.relative_to(ROOT)): faults_of(f.read_bytes()) for f in _files()}
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.parametrize(
    "raw",
    [
        b'{"card": "4000 0025 0000 3155"}',
        b"rk_live_000",
        b"Mid-server-abc",
        b"-----BEGIN RSA PRIVATE KEY-----",
        b"siti@gmail.com",
    ],
)
def test_what_is_real_is_told_from_what_is_made_up(raw: bytes) -> None:
    assert faults_of(raw)
    assert not faults_of(b"SB-Mid-server-abc siti@example.com 4242424242424242 hub@a.example")
