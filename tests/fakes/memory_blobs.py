"""Blobs in memory: the port's promises and nothing else."""

from __future__ import annotations

from ports.blobs import BlobMissing, address_of


class MemoryBlobs:
    """kept: by address. failing: raised by the next call."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.failing: list[Exception] = []

    async def put(self, raw: bytes) -> str:
        self._maybe_fail()
        self.kept[address_of(raw)] = raw
        return address_of(raw)

    async def get(self, address: str) -> bytes:
        self._maybe_fail()
        raw = self.kept.get(address)
        if raw is None or address_of(raw) != address:
            raise BlobMissing(address)
        return raw

    async def forget(self, address: str) -> None:
        self._maybe_fail()
        self.kept.pop(address, None)

    def _maybe_fail(self) -> None:
        if self.failing:
            raise self.failing.pop(0)
