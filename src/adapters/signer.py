"""ed25519 by the cryptography library."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from adapters._kit.kept import Kept
from ports.clock import Clock

KEPT_S = 60.0
MOST = 256


class Ed25519Signer:
    """Loading a private key costs as much as signing with it: those in use stay loaded a while."""

    def __init__(self, clock: Clock) -> None:
        self._loaded = Kept[bytes, Ed25519PrivateKey](clock.monotonic, age_s=KEPT_S, most=MOST)

    def new_key(self) -> tuple[bytes, bytes]:
        key = Ed25519PrivateKey.generate()
        return key.private_bytes_raw(), key.public_key().public_bytes_raw()

    def sign(self, private: bytes, message: bytes) -> bytes:
        key = self._loaded.get(private, lambda: Ed25519PrivateKey.from_private_bytes(private))
        return key.sign(message)

    def verify(self, public: bytes, signature: bytes, message: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        except InvalidSignature:
            return False
        return True
