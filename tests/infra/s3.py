"""An S3-compatible store in miniature: strict about signatures, digests and time.

It checks AWS Signature Version 4 by itself, from the request as it arrived.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

ACCESS, SECRET, REGION, BUCKET = "sandboxaccess", "sandbox/secret+key", "ap-southeast-3", "akad"
SKEW_S = 900


class S3:
    """objects: what is kept, by path. failing: statuses of the next answers; None loses one."""

    def __init__(self, now: Any = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self.objects: dict[str, bytes] = {}
        self.failing: list[int | None] = []
        self.calls: list[tuple[str, str]] = []

    async def asgi(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = {k.decode().lower(): v.decode() for k, v in scope["headers"]}
        self.calls.append((scope["method"], scope["path"]))
        status, answer = self._serve(scope, headers, body)
        if self.failing:
            planted = self.failing.pop(0)
            if planted is None:
                raise ConnectionResetError
            status, answer = planted, b"<Error/>"
        sized = [(b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": sized})
        await send({"type": "http.response.body", "body": answer})

    def _serve(self, scope: Any, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        wrong = self._wrong(scope, headers, body)
        if wrong:
            return 403, f"<Error><Code>{wrong}</Code></Error>".encode()
        path, method = scope["path"], scope["method"]
        if not path.startswith(f"/{BUCKET}/"):
            return 404, b"<Error><Code>NoSuchBucket</Code></Error>"
        if method == "PUT":
            self.objects[path] = body
            return 200, b""
        if method == "DELETE":
            self.objects.pop(path, None)
            return 204, b""
        if path not in self.objects:
            return 404, b"<Error><Code>NoSuchKey</Code></Error>"
        return 200, self.objects[path]

    def _wrong(self, scope: Any, headers: dict[str, str], body: bytes) -> str | None:
        digest = headers.get("x-amz-content-sha256", "")
        if digest != hashlib.sha256(body).hexdigest():
            return "XAmzContentSHA256Mismatch"
        stamp = headers.get("x-amz-date", "")
        at = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if abs((self._now() - at).total_seconds()) > SKEW_S:
            return "RequestTimeTooSkewed"
        algorithm, _, rest = headers.get("authorization", "").partition(" ")
        parts = dict(part.split("=", 1) for part in rest.split(","))
        area = [stamp[:8], REGION, "s3", "aws4_request"]
        if algorithm != "AWS4-HMAC-SHA256" or parts["Credential"] != "/".join([ACCESS, *area]):
            return "InvalidAccessKeyId"
        names = parts["SignedHeaders"].split(";")
        if names != sorted(names) or not {"host", "x-amz-date", "x-amz-content-sha256"} <= {*names}:
            return "AccessDenied"
        asked = [scope["method"], scope["raw_path"].decode(), scope["query_string"].decode()]
        canonical = [*asked, *(f"{n}:{headers[n]}" for n in names), "", ";".join(names), digest]
        text = "\n".join(
            [
                algorithm,
                stamp,
                "/".join(area),
                hashlib.sha256("\n".join(canonical).encode()).hexdigest(),
            ]
        )
        key = b"AWS4" + SECRET.encode()
        for word in area:
            key = hmac.digest(key, word.encode(), "sha256")
        good = hmac.digest(key, text.encode(), "sha256").hex()
        return None if hmac.compare_digest(good, parts["Signature"]) else "SignatureDoesNotMatch"
