"""What verifies, and above all what does not: a table over both versions."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks.webhooks import Webhook

from core.application.webhooks.sign_message import is_signed, signed_headers
from core.domain.webhooks.signature import (
    key_of,
    public_from,
    public_of,
    secret_from,
    signed_content,
)
from tests.unit.signing.given import FIRST, SECOND, SIGNER, THIRD, VECTORS, Vector

Change = Callable[[Vector], Vector]
EACH = pytest.mark.parametrize("vector", VECTORS, ids=["v1", "v1 again", "v1a"])
BOTH = pytest.mark.parametrize("vector", [FIRST, THIRD], ids=["v1", "v1a"])


def verifies(v: Vector) -> bool:
    return is_signed(SIGNER, v.verifies, v.header, v.id, v.at, v.raw)


def with_(v: Vector, **other: object) -> Vector:
    return msgspec.structs.replace(v, **other)


@EACH
def test_the_published_vectors(vector: Vector) -> None:
    headers = signed_headers(SIGNER, vector.keys, vector.id, vector.at, vector.raw)
    assert headers["webhook-signature"] == vector.header
    assert verifies(vector)


def test_the_vectors_mean_the_same_to_other_libraries() -> None:
    for vector in (FIRST, SECOND):
        at = datetime.fromtimestamp(vector.at, UTC)
        theirs = Webhook(vector.verifies).sign(vector.id, at, vector.raw.decode())
        assert theirs == vector.header
    public = Ed25519PublicKey.from_public_bytes(public_of(THIRD.verifies))
    signature = base64.b64decode(THIRD.header.removeprefix("v1a,"))
    public.verify(signature, signed_content(THIRD.id, THIRD.at, THIRD.raw))
    with pytest.raises(InvalidSignature):
        public.verify(signature, signed_content(THIRD.id, THIRD.at + 1, THIRD.raw))


@EACH
def test_every_changed_byte_is_noticed(vector: Vector) -> None:
    for place in range(len(vector.raw)):
        assert not verifies(with_(vector, raw=_flipped(vector.raw, place)))
    for place in range(len(vector.id)):
        id = _flipped(vector.id.encode(), place).decode()
        assert not verifies(with_(vector, id=id))
    for bit in range(31):
        assert not verifies(with_(vector, at=vector.at ^ (1 << bit)))
    version, _, text = vector.header.partition(",")
    signature = base64.b64decode(text)
    for place in range(len(signature)):
        header = f"{version},{base64.b64encode(_flipped(signature, place)).decode()}"
        assert not verifies(with_(vector, header=header))


@EACH
def test_every_other_key_is_noticed(vector: Vector) -> None:
    read, form = (
        (public_of, public_from) if vector.verifies.startswith("whpk_") else (key_of, secret_from)
    )
    key = read(vector.verifies)
    for place in range(len(key)):
        assert not verifies(with_(vector, verifies=form(_flipped(key, place))))


def _flipped(raw: bytes, place: int) -> bytes:
    return raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]


def _relabelled(v: Vector) -> Vector:
    version, _, text = v.header.partition(",")
    return with_(v, header=f"{'v1a' if version == 'v1' else 'v1'},{text}")


def _other_half(v: Vector) -> Vector:
    """The signature of the one version, the key of the other."""
    return with_(v, header=(THIRD if v is FIRST else FIRST).header)


def _as_hmac_of_the_public_key(v: Vector) -> Vector:
    """The old trick of tokens with an algorithm in them: the public key as a shared secret."""
    secret = secret_from(public_of(THIRD.verifies))
    forged = signed_headers(SIGNER, with_(v, signs=secret).keys, v.id, v.at, v.raw)
    return with_(v, verifies=THIRD.verifies, header=forged["webhook-signature"])


WRONG: dict[str, Change] = {
    "no header": lambda v: with_(v, header=""),
    "only spaces": lambda v: with_(v, header="   "),
    "the version of the other": _relabelled,
    "the signature of the other": _other_half,
    "the public key as a secret": _as_hmac_of_the_public_key,
    "a later version": lambda v: with_(v, header="v2" + v.header[v.header.index(",") :]),
    "a version in capitals": lambda v: with_(v, header=v.header.replace("v1", "V1")),
    "no version": lambda v: with_(v, header=v.header.partition(",")[2]),
    "an empty version": lambda v: with_(v, header=v.header[v.header.index(",") :]),
    "an empty signature": lambda v: with_(v, header=v.header[: v.header.index(",") + 1]),
    "a signature cut short": lambda v: with_(v, header=v.header[:-4]),
    "a signature and more": lambda v: with_(v, header=v.header[:-4] + "AAAAAA=="),
    "no padding": lambda v: with_(v, header=v.header.rstrip("=")),
    "base64 of URLs": lambda v: with_(
        v, header=v.header[:4] + v.header[4:].replace("+", "-").replace("/", "_")
    ),
    "base64 with a space": lambda v: with_(v, header=v.header[:20] + " " + v.header[20:]),
    "in hexadecimal": lambda v: with_(
        v, header="v1," + base64.b64decode(v.header.partition(",")[2]).hex()
    ),
    "joined by a comma": lambda v: with_(v, header=f"v9,AAAA,{v.header}"),
    "an empty body": lambda v: with_(v, raw=b""),
    "a body with a newline": lambda v: with_(v, raw=v.raw + b"\n"),
    "a body without its space": lambda v: with_(v, raw=v.raw.replace(b" ", b"")),
    "a second earlier": lambda v: with_(v, at=v.at - 1),
    "milliseconds": lambda v: with_(v, at=v.at * 1000),
    "before time began": lambda v: with_(v, at=-v.at),
    "the id in capitals": lambda v: with_(v, id=v.id.upper()),
}


@BOTH
@pytest.mark.parametrize("name", list(WRONG))
def test_what_is_wrong_does_not_verify(vector: Vector, name: str) -> None:
    wrong = WRONG[name](vector)
    assert wrong != vector, "the table must change something"
    assert not verifies(wrong)


RIGHT: dict[str, Change] = {
    "twice": lambda v: with_(v, header=f"{v.header} {v.header}"),
    "after one of another key": lambda v: with_(v, header=f"v1,AAAA v1a,AAAA {v.header}"),
    "before one of a later version": lambda v: with_(v, header=f"{v.header} v2,?"),
    "among words that are none": lambda v: with_(v, header=f"garbage v1 ,x {v.header} v1a,x,y"),
    "spaces around": lambda v: with_(v, header=f"  {v.header}  "),
    "beside the other version": lambda v: with_(v, header=f"{FIRST.header} {THIRD.header}"),
}


@BOTH
@pytest.mark.parametrize("name", list(RIGHT))
def test_one_good_signature_is_enough(vector: Vector, name: str) -> None:
    assert verifies(RIGHT[name](vector))


NO_KEYS = {
    "nothing": "",
    "no prefix": FIRST.verifies.removeprefix("whsec_"),
    "a private key": THIRD.signs,
    "a short secret": "whsec_c2hvcnQ=",
    "a short key": "whpk_c2hvcnQ=",
    "a broken secret": FIRST.verifies + "=",
    "a key written otherwise": THIRD.verifies.replace("ir4=", "ir5="),
    "a broken key": THIRD.verifies[:-1],
    "a secret named a key": FIRST.verifies.replace("whsec_", "whpk_"),
}


@BOTH
@pytest.mark.parametrize("name", list(NO_KEYS))
def test_what_is_no_key_to_verify_with_is_said(vector: Vector, name: str) -> None:
    with pytest.raises(ValueError):
        verifies(with_(vector, verifies=NO_KEYS[name]))


@BOTH
@pytest.mark.parametrize("id", ["msg.1", "", "msg_é"])
def test_an_id_that_is_none_is_said(vector: Vector, id: str) -> None:
    with pytest.raises(ValueError, match="webhook id"):
        verifies(with_(vector, id=id))


def test_an_id_cannot_be_shifted_into_the_timestamp() -> None:
    """id `a`, second 1, body `2.x` is signed as `a.1.2.x`; so would id `a.1`, second 2, `x` be."""
    keys = FIRST.keys
    header = signed_headers(SIGNER, keys, "a", 1, b"2.x")["webhook-signature"]
    with pytest.raises(ValueError, match="webhook id"):
        is_signed(SIGNER, FIRST.verifies, header, "a.1", 2, b"x")
