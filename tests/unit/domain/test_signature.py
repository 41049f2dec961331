"""The forms of secrets, keys and signatures; what they are worth is tested in unit/signing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.webhooks.signature import (
    Token,
    hmac_of,
    key_of,
    private_from,
    private_of,
    public_from,
    public_of,
    secret_from,
    signed_content,
    token,
    tokens,
)
from tests.unit.domain.given import modest

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY = "A" * 43 + "="  # 32 zero bytes

signatures = st.builds(Token, st.sampled_from(["v1", "v1a"]), st.binary(min_size=1, max_size=64))


@modest
@given(st.binary(min_size=24, max_size=64))
def test_a_secret_gives_its_key_back(key: bytes) -> None:
    assert key_of(secret_from(key)) == key


@modest
@given(st.binary(min_size=32, max_size=32))
def test_a_key_gives_its_bytes_back(raw: bytes) -> None:
    assert private_from(raw).startswith("whsk_")
    assert private_of(private_from(raw)) == raw
    assert public_from(raw).startswith("whpk_")
    assert public_of(public_from(raw)) == raw


NO_SECRET = [
    "",
    "whsec_",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
    "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "whsec_c2hvcnQ=",
    "whsec_é",
    "whsec_MfKQ 9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "whpk_" + "A" * 32,
    f"whsec_{'A' * 88}",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaL-_w",
]
NO_KEY = ["", "{}", KEY, "{}AAAA", "{}" + "A" * 44, "{}" + KEY[:-1], "{}é", f"whsec_{KEY}"]


@pytest.mark.parametrize("text", NO_SECRET)
def test_what_is_no_secret_is_refused_and_not_repeated(text: str) -> None:
    _refused_unsaid(key_of, text)


@pytest.mark.parametrize("text", NO_KEY)
@pytest.mark.parametrize(
    ("read", "prefix", "other"),
    [(private_of, "whsk_", "whpk_"), (public_of, "whpk_", "whsk_")],
    ids=["private", "public"],
)
def test_what_is_no_key_is_refused_and_not_repeated(
    read: Callable[[str], bytes], prefix: str, other: str, text: str
) -> None:
    _refused_unsaid(read, text.format(prefix))
    _refused_unsaid(read, other + KEY)
    assert read(prefix + KEY) == bytes(32)


def _refused_unsaid(read: Callable[[str], bytes], text: str) -> None:
    with pytest.raises(ValueError) as caught:
        read(text)
    assert len(text) < 7 or text not in str(caught.value)


@pytest.mark.parametrize("length", [0, 23, 65])
def test_a_secret_has_24_to_64_bytes(length: int) -> None:
    with pytest.raises(ValueError, match="24 to 64"):
        secret_from(b"x" * length)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_key_has_32_bytes(length: int) -> None:
    for form in (private_from, public_from):
        with pytest.raises(ValueError, match="has 32 bytes"):
            form(b"x" * length)


@pytest.mark.parametrize("id", ["msg.1", ".", "", "msg_é"])
def test_an_id_that_could_be_read_otherwise_is_not_signed(id: str) -> None:
    """`a.1` at 2 would be signed as `a` at `1.2`."""
    with pytest.raises(ValueError, match="no full stop"):
        signed_content(id, 1, b"")


def test_what_is_signed() -> None:
    assert signed_content("evt_1", 12, b"\xff.{}") == b"evt_1.12.\xff.{}"


@modest
@given(st.lists(signatures, max_size=4))
def test_a_header_gives_its_signatures_back(made: list[Token]) -> None:
    assert tokens(" ".join(token(*each) for each in made)) == tuple(made)


@pytest.mark.parametrize(
    "header",
    ["", " ", "v1", "v1,", ",AAAA", "v1 AAAA", "v1,A", "v1,AA-_", "v1,é", "v1;AAAA", "AAAA"],
)
def test_what_is_no_signature_is_passed_over(header: str) -> None:
    assert tokens(header) == ()
    assert tokens(f"{header} v2,AAAA ") == (Token("v2", bytes(3)),)


def test_a_secret_is_never_taken_for_another_thing() -> None:
    for text in (private_from(bytes(32)), public_from(bytes(32))):
        with pytest.raises(ValueError, match="begins with whsec_"):
            hmac_of(text, b"")
