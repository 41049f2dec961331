"""Idempotency-Key on the wire (draft-ietf-httpapi-idempotency-key-header)."""

from __future__ import annotations

import re

from litestar import Response

from core.application.answer_once import Act, answer_once
from core.domain.idempotency import Answer, fingerprint
from entrypoints.http.call import Call
from entrypoints.http.operation import Key
from entrypoints.http.problems import At, Malformed

HEADER = "Idempotency-Key"
REPLAYED = "idempotency-replayed"
_QUOTED = re.compile(r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_BARE = re.compile(r"[\x21\x23-\x7e]+")


def key_of(text: str) -> str:
    """The key itself, from a quoted structured field or a bare word. Malformed: neither."""
    quoted = _QUOTED.fullmatch(text.strip())
    key = re.sub(r"\\(.)", r"\1", quoted.group(1)) if quoted else text.strip()
    if not 1 <= len(key) <= 255 or not (quoted or _BARE.fullmatch(key)):
        message = "is 1 to 255 visible ASCII characters, in double quotes or bare"
        raise Malformed(f"{HEADER} {message}", At(message, header=HEADER))
    return key


async def once(call: Call, act: Act, *, key: Key = Key.HONOURED) -> Response[bytes]:
    """What *act* answers, under the request's key if it has one, marked when replayed."""
    text = call.request.headers.get(HEADER)
    if text is None:
        if key is Key.REQUIRED:
            message = "is required here, so that a repeat does nothing twice"
            raise Malformed(
                f"the header {HEADER} {message}",
                At(message, header=HEADER),
                code="idempotency_key_required",
            )
        return _response(await act(call.asking, None))
    raw = await call.request.body()
    print_ = fingerprint(call.request.method, call.request.scope["path"], raw)
    answer, replayed = await answer_once(call.hub, call.asking, key_of(text), print_, act)
    return _response(answer, {REPLAYED: "true"} if replayed else {})


def _response(answer: Answer, headers: dict[str, str] | None = None) -> Response[bytes]:
    return Response(
        answer.body, status_code=answer.status, media_type=answer.media_type, headers=headers
    )
