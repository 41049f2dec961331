from __future__ import annotations

from typing import Protocol


class Signer(Protocol):
    """ed25519 (RFC 8032). Keys are their 32 raw bytes, signatures 64; ValueError for others."""

    def new_key(self) -> tuple[bytes, bytes]:
        """A fresh pair: private, public."""
        ...

    def sign(self, private: bytes, message: bytes) -> bytes:
        """The same message under the same key has the same signature."""
        ...

    def verify(self, public: bytes, signature: bytes, message: bytes) -> bool:
        """Whether *signature* is *message*'s under the private half of *public*."""
        ...
