"""Blobs in a bucket of an S3-compatible store, by path-style addresses.

The bucket has to exist. Every call may be repeated: the same address is the same bytes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256

import httpx

from adapters._kit.http import Answer, VendorHttp, open_client
from adapters.blobs.address import known, whole
from adapters.blobs.sigv4 import Keys, signed_headers
from ports.blobs import BlobMissing, BlobsAway, address_of
from ports.clock import Clock
from ports.errors import VendorError

MAX_BLOB = 64 * 1024 * 1024
DEADLINE_S = 60.0
EMPTY = sha256(b"").hexdigest()


@asynccontextmanager
async def open_s3(
    endpoint: str, bucket: str, keys: Keys, *, transport: httpx.AsyncBaseTransport, clock: Clock
) -> AsyncIterator[S3Blobs]:
    """endpoint: https://host[:port], without a path. transport: lent."""
    async with open_client(endpoint, transport=transport) as client:
        http = VendorHttp(
            client,
            vendor="s3",
            clock=clock,
            deadline_s=DEADLINE_S,
            max_body=MAX_BLOB,
            request_id_header="x-amz-request-id",
        )
        host = client.base_url.netloc.decode("ascii")
        yield S3Blobs(http, host, bucket, keys, clock)


class S3Blobs:
    def __init__(self, http: VendorHttp, host: str, bucket: str, keys: Keys, clock: Clock) -> None:
        self._http, self._host, self._bucket = http, host, bucket
        self._keys, self._clock = keys, clock

    async def put(self, raw: bytes) -> str:
        address = address_of(raw)
        await self._call("PUT", address, content=raw, payload=address)
        return address

    async def get(self, address: str) -> bytes:
        answer = await self._call("GET", known(address), accept=(404,))
        if answer.status == 404:
            raise BlobMissing(f"there is nothing under {address}")
        return whole(address, answer.body)

    async def forget(self, address: str) -> None:
        await self._call("DELETE", known(address), accept=(404,))

    async def _call(
        self,
        method: str,
        address: str,
        *,
        content: bytes | None = None,
        payload: str = EMPTY,
        accept: tuple[int, ...] = (),
    ) -> Answer:
        """payload: the digest of *content*, which S3 checks too."""
        path = f"/{self._bucket}/{address[:2]}/{address}"
        now = self._clock.now()
        try:
            return await self._http.call(
                method,
                path,
                operation=method.lower(),
                repeatable=True,
                content=content,
                headers=signed_headers(
                    self._keys, method, self._host, path, payload_sha256=payload, now=now
                ),
                accept=accept,
            )
        except VendorError as e:
            reason = str(e)
        raise BlobsAway(reason)
