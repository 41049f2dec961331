"""ed25519 as RFC 8032 has it, and keys that are loaded once and not for ever."""

from __future__ import annotations

import pytest

from adapters.signer import KEPT_S, MOST, Ed25519Signer
from tests.fakes.clock import HandClock
from tests.unit.signing.given import SIGNER

# RFC 8032, 7.1, tests 1 and 2: private, public, message, signature.
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
]


@pytest.mark.parametrize("case", RFC_8032)
def test_the_vectors_of_the_rfc(case: tuple[str, str, str, str]) -> None:
    private, public, message, signature = (bytes.fromhex(text) for text in case)
    assert SIGNER.sign(private, message) == signature
    assert SIGNER.verify(public, signature, message)


def test_fresh_keys_differ_and_belong_together() -> None:
    pairs = [SIGNER.new_key() for _ in range(3)]
    assert len({private for private, _ in pairs}) == 3
    for private, public in pairs:
        assert (len(private), len(public)) == (32, 32)
        assert [SIGNER.verify(p, SIGNER.sign(private, b"x"), b"x") for _, p in pairs].count(
            True
        ) == 1
        assert SIGNER.verify(public, SIGNER.sign(private, b"x"), b"x")


@pytest.mark.parametrize("length", [0, 1, 32, 63, 65, 128])
def test_a_signature_of_another_length_is_none(length: int) -> None:
    _, public = SIGNER.new_key()
    assert not SIGNER.verify(public, bytes(length), b"x")


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_key_of_another_length_is_none(length: int) -> None:
    with pytest.raises(ValueError):
        SIGNER.sign(bytes(length), b"x")
    with pytest.raises(ValueError):
        SIGNER.verify(bytes(length), bytes(64), b"x")


def test_a_key_stays_loaded_for_a_while_and_not_for_longer() -> None:
    clock = HandClock()
    signer = Ed25519Signer(clock)
    for number in range(MOST + 5):
        signer.sign(number.to_bytes(32, "big"), b"x")
    assert len(signer._loaded) == MOST
    clock.move(KEPT_S)
    signer.sign(bytes(32), b"x")
    assert len(signer._loaded) == 1
