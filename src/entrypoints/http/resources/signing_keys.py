from __future__ import annotations

from typing import Any

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath

from core.application.hub import Asking, Hub
from core.application.webhooks.rotate_signing_key import (
    key_set,
    list_signing_keys,
    rotate_signing_key,
)
from core.domain.idempotency import Answer
from core.domain.tenancy import Permission
from entrypoints.http import answers
from entrypoints.http.call import Call, Called
from entrypoints.http.idempotency import once
from entrypoints.http.operation import Key, operation
from entrypoints.http.wire import signing_key as wire

KEY_SETS = "/webhook-keys"
JWK_SET = "application/jwk-set+json"  # RFC 7517, 8.5.2
KEPT = {"cache-control": "public, max-age=300"}


def key_set_address(call: Call) -> str:
    """Where the key set of whoever asks is, for those who verify."""
    base = call.settings.public_url or str(call.request.base_url)
    scope = call.asking.scope
    return f"{base.rstrip('/')}{KEY_SETS}/{scope.tenant}/{scope.environment}"


class SigningKeyController(Controller):
    path = "/signing-keys"
    tags = ("Partners",)

    @get(
        opt=operation(
            summary="List the agency's signing keys",
            needs=Permission.ENDPOINTS_READ,
            answers={200: wire.SigningKeys},
        )
    )
    async def list_(self, call: Called) -> Response[bytes]:
        """Those that sign by v1a, and those that did a short while ago."""
        keys = await list_signing_keys(call.hub, call.asking)
        shown = tuple(wire.signing_key(key) for key in keys)
        return call.answer(wire.SigningKeys(shown, key_set_address(call)))

    @post(
        "/rotate",
        opt=operation(
            summary="Make a new signing key",
            needs=Permission.ENDPOINTS_WRITE,
            key=Key.HONOURED,
            answers={201: wire.SigningKey},
        ),
    )
    async def rotate(self, call: Called) -> Response[bytes]:
        """The old one signs beside it for 24 hours, and stays in the key set for 24 more."""

        async def act(asking: Asking, made: str | None) -> Answer:
            key = await rotate_signing_key(call.hub, asking, made)
            return answers.given(wire.signing_key(key), 201)

        return await once(call, act)


class KeySetController(Controller):
    path = KEY_SETS
    tags = ("Partners",)

    @get(
        "/{tenant:str}/{environment:str}",
        opt=operation(
            summary="The public keys that verify an agency's webhooks (v1a)",
            public=True,
            answers={200: wire.KeySet},
            problems=(404,),
            media_type=JWK_SET,
        ),
    )
    async def read(
        self,
        request: Request[Any, Any, Any],
        tenant: FromPath[str],
        environment: FromPath[str],
    ) -> Response[bytes]:
        """Takes no API key. It may be kept for five minutes; a key is in it before it signs
        alone, and for a day after it stopped."""
        hub: Hub = request.app.state.hub
        keys = wire.key_set(await key_set(hub, tenant, environment))
        return Response(msgspec.json.encode(keys), media_type=JWK_SET, headers=KEPT)
