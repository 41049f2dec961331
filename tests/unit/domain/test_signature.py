import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from core.domain.signature import headers, key_of, secret_from, sign
from tests.unit.domain.given import modest

# Published with the specification and its reference libraries.
VECTORS = [
    (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
    (
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
        1649367553,
        b'{"email":"test@example.com","username":"test_user"}',
        "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
    ),
]
Vector = tuple[str, str, int, bytes, str]
json_bodies = st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=9), max_size=3)
message_ids = st.from_regex(r"[a-z]{3}_[0-9a-z]{5,26}", fullmatch=True)


@pytest.mark.parametrize("vector", VECTORS)
def test_the_published_vectors(vector: Vector) -> None:
    secret, message_id, stamp, raw, token = vector
    assert sign(secret, message_id, stamp, raw) == token


@pytest.mark.parametrize("vector", VECTORS)
def test_every_changed_byte_changes_the_signature(vector: Vector) -> None:
    secret, message_id, stamp, raw, token = vector
    for place in range(len(raw)):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        assert sign(secret, message_id, stamp, changed) != token
    for place in range(len(message_id)):
        other = message_id[:place] + chr(ord(message_id[place]) ^ 1) + message_id[place + 1 :]
        assert sign(secret, other, stamp, raw) != token
    for bit in range(31):
        assert sign(secret, message_id, stamp ^ (1 << bit), raw) != token
    key = key_of(secret)
    for place in range(len(key)):
        other_key = key[:place] + bytes([key[place] ^ 1]) + key[place + 1 :]
        assert sign(secret_from(other_key), message_id, stamp, raw) != token


@modest
@given(st.binary(min_size=24, max_size=64), message_ids, json_bodies)
def test_the_independent_library_takes_ours_and_we_make_its(
    key: bytes, message_id: str, body: dict[str, object]
) -> None:
    secret, raw = secret_from(key), json.dumps(body).encode()
    now = datetime.now(UTC).replace(microsecond=0)
    theirs = Webhook(secret)
    ours = headers([secret], message_id, int(now.timestamp()), raw)
    assert theirs.verify(raw, ours) == body
    assert theirs.sign(message_id, now, raw.decode()) == ours["webhook-signature"]


def test_during_a_rotation_both_secrets_verify_and_no_third() -> None:
    old, new, third = (secret_from(bytes([n]) * 32) for n in (1, 2, 3))
    now = int(datetime.now(UTC).timestamp())
    signed = headers([new, old], "evt_1", now, b"{}")
    assert signed["webhook-signature"].count(" ") == 1
    for secret in (old, new):
        assert Webhook(secret).verify(b"{}", signed) == {}
    with pytest.raises(WebhookVerificationError):
        Webhook(third).verify(b"{}", signed)


@modest
@given(st.binary(min_size=24, max_size=64))
def test_a_secret_gives_its_key_back(key: bytes) -> None:
    assert key_of(secret_from(key)) == key


@pytest.mark.parametrize(
    "text",
    [
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
    ],
)
def test_what_is_no_secret_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        key_of(text)
    assert len(text) < 7 or text not in str(caught.value)


@pytest.mark.parametrize("length", [0, 23, 65])
def test_a_key_has_24_to_64_bytes(length: int) -> None:
    with pytest.raises(ValueError, match="24 to 64"):
        secret_from(b"x" * length)


def test_an_id_with_a_full_stop_could_be_shifted_into_the_timestamp() -> None:
    with pytest.raises(ValueError, match="full stop"):
        sign(VECTORS[0][0], "msg.1", 1, b"")
