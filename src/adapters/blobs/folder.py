"""Blobs as files of one folder, for a hub on one machine or a folder that all share."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from adapters.blobs.address import known, whole
from ports.blobs import BlobMissing, BlobsAway, address_of

T = TypeVar("T")


class FolderBlobs:
    """folder: made at the first put, readable only by its owner.

    A file is written beside its place, synced and renamed, so that a half-written one is never
    read and a crash leaves either all of it or nothing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, raw: bytes) -> str:
        address = address_of(raw)
        await _in_thread(lambda: self._write(self._path(address), raw))
        return address

    async def get(self, address: str) -> bytes:
        path = self._path(known(address))
        return whole(address, await _in_thread(lambda: _read(path, address)))

    async def forget(self, address: str) -> None:
        path = self._path(known(address))
        await _in_thread(lambda: path.unlink(missing_ok=True))

    def _path(self, address: str) -> Path:
        return self._folder / address[:2] / address

    def _write(self, path: Path, raw: bytes) -> None:
        if path.exists() and address_of(path.read_bytes()) == path.name:
            return
        for folder in (self._folder, path.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=path.parent)  # readable by its owner alone
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
        _sync(path.parent)


def _read(path: Path, address: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise BlobMissing(f"there is nothing under {address}") from None


def _sync(folder: Path) -> None:
    """The name of a new file is on the disk only when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


async def _in_thread(work: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(work)
    except OSError as e:
        reason = f"the folder of blobs cannot be used: {e.strerror or type(e).__name__}"
    raise BlobsAway(reason)
