from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters._kit.body import BodyBroken, BodyTooLarge, read_body

pytestmark = pytest.mark.anyio


class Pieces(httpx.AsyncByteStream):
    def __init__(self, data: bytes, size: int) -> None:
        self._data, self._size = data, size

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for at in range(0, len(self._data), self._size):
            yield self._data[at : at + self._size]


def response(data: bytes, encoding: str = "", size: int = 10) -> httpx.Response:
    headers = {"content-encoding": encoding} if encoding else {}
    return httpx.Response(200, headers=headers, stream=Pieces(data, size))


@given(st.binary(max_size=300), st.integers(1, 50), st.sampled_from(["", "gzip", "deflate"]))
async def test_every_way_gives_the_same_bytes(data: bytes, size: int, encoding: str) -> None:
    packed = {"": data, "gzip": gzip.compress(data), "deflate": zlib.compress(data)}[encoding]
    assert await read_body(response(packed, encoding, size), cap=1000) == data


@given(st.integers(1, 300), st.integers(1, 50), st.sampled_from(["", "gzip", "deflate"]))
async def test_the_cap_is_exact(length: int, size: int, encoding: str) -> None:
    data = bytes(range(256)) * 2
    data = data[:length]
    packed = {"": data, "gzip": gzip.compress(data), "deflate": zlib.compress(data)}[encoding]
    cap = max(length, len(packed))
    assert await read_body(response(packed, encoding, size), cap=cap) == data
    with pytest.raises(BodyTooLarge):
        await read_body(response(packed, encoding, size), cap=length - 1)


async def test_a_bomb_never_unfolds() -> None:
    bomb = gzip.compress(b"0" * 100_000_000)
    tracemalloc.start()
    with pytest.raises(BodyTooLarge):
        await read_body(response(bomb, "gzip", 65_536), cap=1_000_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


PACKED = gzip.compress(b"abc", mtime=0)  # in the names of tests: the same in every process


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (PACKED[:-1], "gzip"),
        (PACKED[:5], "gzip"),
        (b"abc", "gzip"),
        (b"abc", "deflate"),
        (b"abc", "br"),
        (PACKED, "gzip, gzip"),
        (PACKED + b"more", "gzip"),
    ],
)
async def test_badly_packed(data: bytes, encoding: str) -> None:
    with pytest.raises(BodyBroken):
        await read_body(response(data, encoding), cap=1000)


async def test_a_declared_length_over_the_cap_is_not_even_begun() -> None:
    for length in ("1001", "9" * 5000):
        huge = httpx.Response(200, headers={"content-length": length}, stream=Pieces(b"", 1))
        with pytest.raises(BodyTooLarge):
            await read_body(huge, cap=1000)


async def test_an_empty_answer_may_claim_to_be_packed() -> None:
    assert await read_body(response(b"", "gzip"), cap=10) == b""
