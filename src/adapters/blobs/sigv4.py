"""AWS Signature Version 4 for S3, as S3-compatible stores check it.

Written from the published description; tests hold it against the examples of that page.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from urllib.parse import quote

import msgspec

ALGORITHM = "AWS4-HMAC-SHA256"


class Keys(msgspec.Struct, frozen=True):
    """access_key is shown in every request; secret_key never leaves."""

    access_key: str
    secret_key: str
    region: str

    def __repr__(self) -> str:
        return f"Keys({self.region})"


def signed_headers(
    keys: Keys,
    method: str,
    host: str,
    path: str,
    *,
    payload_sha256: str,
    now: datetime,
    extra: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The headers that make the request genuine. path: absolute, not yet percent-encoded;
    it is encoded once, as S3 does. extra: further headers to sign, in lower case."""
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    headers = {
        "host": host,
        "x-amz-content-sha256": payload_sha256,
        "x-amz-date": stamp,
        **(extra or {}),
    }
    names = ";".join(sorted(headers))
    canonical = "\n".join(
        (
            method,
            quote(path, safe="/~"),
            "",
            *(f"{name}:{headers[name].strip()}" for name in sorted(headers)),
            "",
            names,
            payload_sha256,
        )
    )
    scope = f"{stamp[:8]}/{keys.region}/s3/aws4_request"
    digest = sha256(canonical.encode()).hexdigest()
    to_sign = "\n".join((ALGORITHM, stamp, scope, digest))
    signature = hmac.new(_key(keys, stamp[:8]), to_sign.encode(), sha256).hexdigest()
    credential = f"{keys.access_key}/{scope}"
    value = f"{ALGORITHM} Credential={credential},SignedHeaders={names},Signature={signature}"
    return {**{k: v for k, v in headers.items() if k != "host"}, "authorization": value}


def _key(keys: Keys, day: str) -> bytes:
    key = f"AWS4{keys.secret_key}".encode()
    for part in (day, keys.region, "s3", "aws4_request"):
        key = hmac.new(key, part.encode(), sha256).digest()
    return key
