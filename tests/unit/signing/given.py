"""The published vectors, and a signer with nothing behind it but its library."""

from __future__ import annotations

import base64

import msgspec

from adapters.signer import Ed25519Signer
from core.domain.secret import Secret
from core.domain.webhooks.signature import private_from, public_from
from tests.fakes.clock import HandClock

SIGNER = Ed25519Signer(HandClock())


class Vector(msgspec.Struct, frozen=True):
    """signs: what the sender has. verifies: what the receiver has."""

    signs: str
    verifies: str
    id: str
    at: int
    raw: bytes
    header: str

    @property
    def keys(self) -> list[Secret]:
        return [Secret(self.signs)]


def _v1(secret: str, id: str, at: int, raw: bytes, header: str) -> Vector:
    return Vector(secret, secret, id, at, raw, header)


_PAIR = base64.b64decode(
    "6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
)
# Published with the specification, its reference libraries and their first implementation.
FIRST = _v1(
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "msg_p5jXN8AQM9LWM0D4loKWxJek",
    1614265330,
    b'{"test": 2432232314}',
    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
)
SECOND = _v1(
    "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
    "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
    1649367553,
    b'{"email":"test@example.com","username":"test_user"}',
    "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
)
THIRD = Vector(
    private_from(_PAIR[:32]),
    public_from(_PAIR[32:]),
    FIRST.id,
    FIRST.at,
    FIRST.raw,
    "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==",
)
VECTORS = [FIRST, SECOND, THIRD]
