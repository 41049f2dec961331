"""Whoever verifies by another's code finds our headers good."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from core.application.webhooks.sign_message import Unsignable, is_signed, signed_headers
from core.domain.secret import Secret
from core.domain.webhooks.signature import private_from, public_from, secret_from, tokens
from tests.unit.domain.given import modest
from tests.unit.signing.given import FIRST, SIGNER, THIRD

json_bodies = st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=9), max_size=3)
message_ids = st.from_regex(r"[a-z]{3}_[0-9a-z]{5,26}", fullmatch=True)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@modest
@given(st.binary(min_size=24, max_size=64), message_ids, json_bodies)
def test_the_independent_library_takes_ours_and_we_make_its(
    key: bytes, message_id: str, body: dict[str, object]
) -> None:
    secret, raw, now = secret_from(key), json.dumps(body).encode(), _now()
    ours = signed_headers(SIGNER, [Secret(secret)], message_id, int(now.timestamp()), raw)
    theirs = Webhook(secret)
    assert theirs.verify(raw, ours) == body
    signed = theirs.sign(message_id, now, raw.decode())
    assert signed == ours["webhook-signature"]
    assert is_signed(SIGNER, secret, signed, message_id, int(now.timestamp()), raw)


@modest
@given(message_ids, st.integers(0, 2**33), st.binary(max_size=200))
def test_the_library_of_curves_takes_ours(message_id: str, at: int, raw: bytes) -> None:
    private, public = SIGNER.new_key()
    headers = signed_headers(SIGNER, [Secret(private_from(private))], message_id, at, raw)
    version, _, text = headers["webhook-signature"].partition(",")
    assert version == "v1a"
    content = message_id.encode() + b"." + str(at).encode() + b"." + raw
    Ed25519PublicKey.from_public_bytes(public).verify(base64.b64decode(text), content)
    signed = headers["webhook-signature"]
    assert is_signed(SIGNER, public_from(public), signed, message_id, at, raw)


def test_during_a_rotation_both_verify_and_no_third() -> None:
    old, new, third = (secret_from(bytes([n]) * 32) for n in (1, 2, 3))
    signed = signed_headers(
        SIGNER, [Secret(new), Secret(old)], "evt_1", int(_now().timestamp()), b"{}"
    )
    for secret in (old, new):
        assert Webhook(secret).verify(b"{}", signed) == {}
    with pytest.raises(WebhookVerificationError):
        Webhook(third).verify(b"{}", signed)


def test_both_versions_stand_side_by_side_in_the_order_of_the_keys() -> None:
    keys = [*FIRST.keys, *THIRD.keys]
    headers = signed_headers(SIGNER, keys, FIRST.id, FIRST.at, FIRST.raw)
    assert headers == {
        "webhook-id": FIRST.id,
        "webhook-timestamp": str(FIRST.at),
        "webhook-signature": f"{FIRST.header} {THIRD.header}",
        "content-type": "application/json",
    }
    assert [t.version for t in tokens(headers["webhook-signature"])] == ["v1", "v1a"]


def test_nothing_goes_out_unsigned() -> None:
    with pytest.raises(Unsignable):
        signed_headers(SIGNER, [], "evt_1", 1, b"{}")


def test_a_public_key_signs_nothing() -> None:
    with pytest.raises(ValueError, match="whsec_"):
        signed_headers(SIGNER, [Secret(THIRD.verifies)], "evt_1", 1, b"{}")
