"""A seal opens with its key, in its place, unchanged; or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.system import SystemMint
from adapters.vault import EnvelopeVault, key_from, new_key
from core.domain.ids import is_id
from ports.vault import Unreadable

OLD, NEW = b"o" * 32, b"n" * 32


@given(st.binary(max_size=300), st.text(max_size=40))
def test_what_is_sealed_opens(plain: bytes, context: str) -> None:
    vault = EnvelopeVault([NEW])
    assert vault.open(vault.seal(plain, context), context) == plain


def test_two_seals_of_one_text_differ() -> None:
    vault = EnvelopeVault([NEW])
    assert vault.seal(b"same", "c") != vault.seal(b"same", "c")


def test_another_place_does_not_open() -> None:
    vault = EnvelopeVault([NEW])
    with pytest.raises(Unreadable):
        vault.open(vault.seal(b"x", "tenant-1"), "tenant-2")


def test_every_changed_byte_is_noticed() -> None:
    vault = EnvelopeVault([NEW])
    sealed = vault.seal(b"secret", "c")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(Unreadable):
            vault.open(bytes(changed), "c")


@pytest.mark.parametrize("length", [0, 1, 40, 96])
def test_a_seal_cut_short_is_unreadable(length: int) -> None:
    vault = EnvelopeVault([NEW])
    with pytest.raises(Unreadable):
        vault.open(vault.seal(b"", "c")[:length], "c")


def test_keys_rotate() -> None:
    before, between, after = EnvelopeVault([OLD]), EnvelopeVault([NEW, OLD]), EnvelopeVault([NEW])
    assert between.open(before.seal(b"x", "c"), "c") == b"x"
    assert after.open(between.seal(b"x", "c"), "c") == b"x"
    with pytest.raises(Unreadable, match="does not have"):
        after.open(before.seal(b"x", "c"), "c")


@pytest.mark.parametrize("keys", [[], [b"short"], [NEW, b"short"]])
def test_a_vault_wants_whole_keys(keys: list[bytes]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        EnvelopeVault(keys)


def test_a_new_key_is_a_key() -> None:
    text = new_key()
    assert len(key_from(text)) == 32
    assert key_from(f" {text}\n") == key_from(text)
    assert new_key() != text


@pytest.mark.parametrize("text", ["", "c2hvcnQ=", "not base64 at all!"])
def test_a_wrong_key_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="32 bytes") as refused:
        key_from(text)
    assert not text or text not in str(refused.value)


def test_ids_never_go_back() -> None:
    mint = SystemMint()
    made = [mint.id("evt") for _ in range(10_000)]
    assert made == sorted(set(made))
    assert all(is_id(id, "evt") for id in made)


def test_chance_is_a_draw_under_one() -> None:
    mint = SystemMint()
    draws = {mint.chance() for _ in range(100)}
    assert len(draws) == 100
    assert all(0 <= d < 1 for d in draws)
    assert len(mint.entropy(24)) == 24
