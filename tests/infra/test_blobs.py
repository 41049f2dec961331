"""Blobs are kept once, whole, and found by what they are: in a folder, and in a bucket."""

from __future__ import annotations

import asyncio
import hashlib
import stat
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters._kit.transport import AioTransport
from adapters.blobs.folder import FolderBlobs
from adapters.blobs.s3 import open_s3
from adapters.blobs.sigv4 import Keys, signed_headers
from adapters.system import SystemClock
from ports.blobs import BlobMissing, Blobs, BlobsAway
from tests.infra.s3 import ACCESS, BUCKET, REGION, S3, SECRET
from tests.servers.asgi import serving

pytestmark = pytest.mark.anyio
RAW = b"%PDF-1.7\n" + bytes(range(256)) * 40
ADDRESS = hashlib.sha256(RAW).hexdigest()


class HurriedClock(SystemClock):
    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


class Place:
    """spoil: change what is kept under an address, behind the back of whoever keeps it."""

    def __init__(self, blobs: Blobs, folder: Path | None, s3: S3 | None) -> None:
        self.blobs, self._folder, self._s3 = blobs, folder, s3

    def spoil(self, address: str) -> None:
        if self._folder is not None:
            (self._folder / address[:2] / address).write_bytes(b"other")
        if self._s3 is not None:
            self._s3.objects = dict.fromkeys(self._s3.objects, b"other")


@asynccontextmanager
async def bucket(secret: str = SECRET, name: str = BUCKET) -> AsyncIterator[tuple[Blobs, S3]]:
    s3 = S3()
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(serving(s3.asgi))
        transport = AioTransport()
        stack.push_async_callback(transport.aclose)
        opening = open_s3(
            address, name, Keys(ACCESS, secret, REGION), transport=transport, clock=HurriedClock()
        )
        yield await stack.enter_async_context(opening), s3


@pytest.fixture(params=["folder", "s3"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    if request.param == "folder":
        yield Place(FolderBlobs(tmp_path / "blobs"), tmp_path / "blobs", None)
        return
    async with bucket() as (blobs, s3):
        yield Place(blobs, None, s3)


async def test_what_is_put_is_found_by_its_digest(place: Place) -> None:
    assert await place.blobs.put(RAW) == ADDRESS
    assert await place.blobs.put(RAW) == ADDRESS
    assert await place.blobs.get(ADDRESS) == RAW


async def test_nothing_and_much_are_kept_too(place: Place) -> None:
    for raw in (b"", b"x" * 3_000_000):
        assert await place.blobs.get(await place.blobs.put(raw)) == raw


async def test_what_is_not_there_is_missing(place: Place) -> None:
    for address in ("0" * 64, "../../../etc/passwd", "A" * 64, ""):
        with pytest.raises(BlobMissing):
            await place.blobs.get(address)


async def test_what_was_changed_is_not_handed_out_and_a_put_mends_it(place: Place) -> None:
    await place.blobs.put(RAW)
    place.spoil(ADDRESS)
    with pytest.raises(BlobMissing):
        await place.blobs.get(ADDRESS)
    await place.blobs.put(RAW)
    assert await place.blobs.get(ADDRESS) == RAW


async def test_what_is_forgotten_is_gone_and_forgetting_twice_is_no_error(place: Place) -> None:
    await place.blobs.put(RAW)
    for _ in range(2):
        await place.blobs.forget(ADDRESS)
    with pytest.raises(BlobMissing):
        await place.blobs.get(ADDRESS)


async def test_many_put_the_same_at_once(place: Place) -> None:
    assert {*await asyncio.gather(*(place.blobs.put(RAW) for _ in range(8)))} == {ADDRESS}
    assert await place.blobs.get(ADDRESS) == RAW


async def test_only_the_owner_reads_the_folder(tmp_path: Path) -> None:
    await FolderBlobs(tmp_path / "blobs").put(RAW)
    files = [p for p in (tmp_path / "blobs").rglob("*") if p.is_file()]
    assert [p.name for p in files] == [ADDRESS]
    for path in (tmp_path / "blobs", *files):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


async def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("a file, not a folder")
    with pytest.raises(BlobsAway, match="folder"):
        await FolderBlobs(tmp_path / "blobs").put(RAW)


async def test_a_put_whose_answer_is_lost_is_repeated() -> None:
    async with bucket() as (blobs, s3):
        s3.failing = [None, 503]
        assert await blobs.put(RAW) == ADDRESS
        assert [method for method, _ in s3.calls] == ["PUT"] * 3


@pytest.mark.parametrize(("secret", "name"), [("wrong", BUCKET), (SECRET, "another")])
async def test_a_wrong_key_or_bucket_is_said_without_the_key(secret: str, name: str) -> None:
    async with bucket(secret, name) as (blobs, s3):
        with pytest.raises(BlobsAway) as caught:
            await blobs.put(RAW)
        assert secret not in str(caught.value)
        assert s3.objects == {}


async def test_a_clock_that_is_wrong_is_refused() -> None:
    async with bucket() as (blobs, s3):
        s3._now = lambda: datetime.now(UTC) + timedelta(hours=1)
        with pytest.raises(BlobsAway):
            await blobs.get(ADDRESS)


# The two examples of Amazon's own description of the scheme; the keys are those of that page.
THEIRS = Keys(
    "AKIA" + "IOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY", "us-east-1"
)
THEN = datetime(2013, 5, 24, tzinfo=UTC)
HOST = "examplebucket.s3.amazonaws.com"


@pytest.mark.parametrize(
    ("method", "path", "payload", "extra", "signature"),
    [
        ("GET", "/test.txt", b"", {"range": "bytes=0-9"},
         "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
        ("PUT", "/test$file.text", b"Welcome to Amazon S3.",
         {"date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"},
         "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
    ],
)  # fmt: skip
def test_their_own_examples_are_signed_as_they_say(
    method: str, path: str, payload: bytes, extra: dict[str, str], signature: str
) -> None:
    digest = hashlib.sha256(payload).hexdigest()
    headers = signed_headers(
        THEIRS, method, HOST, path, payload_sha256=digest, now=THEN, extra=extra
    )
    assert headers["authorization"].endswith(f"Signature={signature}")
    assert "secret" not in repr(THEIRS)
