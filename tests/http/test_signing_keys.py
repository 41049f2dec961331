"""The key set over a real socket, and the routes that keep it."""

from __future__ import annotations

import asyncio
import base64
import re
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from adapters.sql.outbox import idempotency
from core.application.webhooks.sign_message import signed_headers
from core.domain.tenancy import PARTNER_PERMISSIONS
from core.domain.webhooks.partner import Signatures
from core.domain.webhooks.signing_key import signing
from entrypoints.asgi import address, listen, serve_asgi
from tests.http.rig import Api
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.anyio
PAGE = Path(__file__).parents[2] / "docs" / "webhooks.md"
DAY_S = 86400


@pytest.fixture
async def served(api: Api) -> AsyncIterator[str]:
    """Where the API listens on a port of its own."""
    stop, sock = asyncio.Event(), listen("127.0.0.1", 0)
    serving = asyncio.create_task(serve_asgi(api.app, sock, stop, drain_s=1))
    yield address("127.0.0.1", sock)
    stop.set()
    await serving


async def key_set(served: str, api: Api) -> httpx.Response:
    scope = api.world.scope
    async with httpx.AsyncClient(base_url=served, timeout=PATIENCE_S) as client:
        return await client.get(f"/webhook-keys/{scope.tenant}/{scope.environment}")


async def an_endpoint(api: Api, signatures: str | None = None) -> dict[str, Any]:
    asked = {"url": "https://hooks.example.test/a", "types": ["*"]}
    more = {} if signatures is None else {"signatures": signatures}
    return await api.made("/v1/endpoints", {**asked, **more, "partner": await api.a_partner()})


async def signed(api: Api, raw: bytes, at: int | None = None) -> dict[str, str]:
    """What an endpoint that wants v1a would get now."""
    world = api.world
    async with world.store.read(world.scope) as view:
        keys = signing(await view.signing_keys(), world.clock.now())
    return signed_headers(world.hub.signer, keys, "evt_1", at or int(time.time()), raw)


async def test_the_key_set_is_public_and_may_be_kept(served: str, api: Api) -> None:
    await an_endpoint(api, "v1a")
    answer = await key_set(served, api)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/jwk-set+json"
    assert answer.headers["cache-control"] == "public, max-age=300"
    (key,) = answer.json()["keys"]
    assert key.pop("kid").startswith("sgk_")
    raw = base64.urlsafe_b64decode(key.pop("x") + "=")
    assert len(raw) == 32
    assert key.pop("webhook_key") == "whpk_" + base64.b64encode(raw).decode()
    assert key == {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA"}


async def test_a_message_verifies_by_the_key_set_alone(served: str, api: Api) -> None:
    await an_endpoint(api, "v1a")
    headers = await signed(api, b"{}")
    (key,) = (await key_set(served, api)).json()["keys"]
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "="))
    signature = base64.b64decode(headers["webhook-signature"].removeprefix("v1a,"))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode()
    public.verify(signature, content + b"{}")
    with pytest.raises(InvalidSignature):
        public.verify(signature, content + b"{ }")


@pytest.mark.parametrize(
    "path", ["tnt_06f3m8r1c5x9h2m6q0v4z8d3ky/test", "{}/other", "{}/LIVE", "{}%00/test", "{}/"]
)
async def test_what_there_is_not_is_a_problem(served: str, api: Api, path: str) -> None:
    async with httpx.AsyncClient(base_url=served, timeout=PATIENCE_S) as client:
        answer = await client.get("/webhook-keys/" + path.format(api.world.scope.tenant))
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"
    assert "cache-control" not in answer.headers


async def test_a_new_key_is_shown_before_it_signs_alone(served: str, api: Api) -> None:
    await an_endpoint(api, "v1a")
    cached = (await key_set(served, api)).json()["keys"]
    fresh = await api.made("/v1/signing-keys/rotate")
    assert (await signed(api, b"{}"))["webhook-signature"].count("v1a,") == 2
    both = (await key_set(served, api)).json()["keys"]
    assert [k["kid"] for k in both] == [fresh["id"], cached[0]["kid"]]
    api.world.clock.move(DAY_S)
    assert (await signed(api, b"{}"))["webhook-signature"].count("v1a,") == 1
    assert len((await key_set(served, api)).json()["keys"]) == 2
    api.world.clock.move(DAY_S)
    (left,) = (await key_set(served, api)).json()["keys"]
    assert (left["kid"], left["webhook_key"]) == (fresh["id"], fresh["public_key"])


async def test_the_snippet_of_the_page_verifies_and_refuses(served: str, api: Api) -> None:
    endpoint = (await an_endpoint(api, "both"))["endpoint"]
    address = served + "/" + endpoint["key_set"].partition("//")[2].partition("/")[2]
    page = PAGE.read_text().partition("## Verifying without a secret")[2]
    found = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert found is not None
    snippet: dict[str, Any] = {}
    exec(found.group(1), snippet)  # noqa: S102  (it is our own page)
    keys = await asyncio.to_thread(snippet["public_keys"], address)
    raw, verify = b'{"type":"booking.confirmed"}', snippet["verify"]
    await api.made("/v1/signing-keys/rotate")
    headers = await signed(api, raw)
    assert verify(keys, raw, headers) == {"type": "booking.confirmed"}
    wrong: dict[str, tuple[bytes, dict[str, str]]] = {
        "another body": (raw + b" ", {}),
        "another id": (raw, {"webhook-id": "evt_2"}),
        "another time": (raw, {"webhook-timestamp": str(int(time.time()) - 1)}),
        "a shared secret's": (raw, {"webhook-signature": "v1,AAAA"}),
        "garbage": (raw, {"webhook-signature": "garbage v1a,x"}),
        "none": (raw, {"webhook-signature": ""}),
    }
    for why, (body, other) in wrong.items():
        assert _refused(verify, keys, body, {**headers, **other}), why
    for seconds in (-301, 302):
        assert _refused(verify, keys, raw, await signed(api, raw, int(time.time()) + seconds))


def _refused(verify: Callable[..., object], *given: object) -> bool:
    try:
        verify(*given)
    except ValueError as e:
        return str(e) == "this message is not ours"
    return False


@pytest.mark.parametrize("signatures", [None, *Signatures])
async def test_an_endpoint_says_how_it_is_signed(api: Api, signatures: str | None) -> None:
    endpoint = (await an_endpoint(api, signatures))["endpoint"]
    assert endpoint["signatures"] == (signatures or "v1")
    scope = api.world.scope
    wanted = None if endpoint["signatures"] == "v1" else f"/{scope.tenant}/{scope.environment}"
    told = endpoint["key_set"]
    assert told is None if wanted is None else told.endswith("/webhook-keys" + wanted)
    path = f"/v1/endpoints/{endpoint['id']}"
    assert (await api.get(path)).json() == endpoint
    changed = (await api.send("PATCH", path, {"signatures": "both"})).json()
    assert (changed["signatures"], changed["key_set"] is None) == ("both", False)


async def test_a_version_there_is_not_is_refused(api: Api) -> None:
    asked = {"url": "https://a.test", "types": ["*"], "partner": await api.a_partner()}
    answer = await api.post("/v1/endpoints", {**asked, "signatures": "v2"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/signatures"


async def test_the_list_tells_the_lives_of_the_keys(api: Api) -> None:
    empty = (await api.get("/v1/signing-keys")).json()
    scope = api.world.scope
    assert empty["data"] == []
    assert empty["key_set"].endswith(f"/webhook-keys/{scope.tenant}/{scope.environment}")
    first = await api.made("/v1/signing-keys/rotate")
    second = await api.made("/v1/signing-keys/rotate")
    newest, oldest = (await api.get("/v1/signing-keys")).json()["data"]
    assert newest == second
    assert (oldest["id"], oldest["public_key"]) == (first["id"], first["public_key"])
    assert (first["signs_until"], oldest["signs_until"]) == (None, "2026-11-23T09:00:00Z")
    assert oldest["shown_until"] == "2026-11-24T09:00:00Z"


async def test_rotating_is_done_once_under_one_key(api: Api) -> None:
    one = await api.post("/v1/signing-keys/rotate", once="same")
    two = await api.post("/v1/signing-keys/rotate", once="same")
    assert (one.status_code, two.status_code, one.json()) == (201, 201, two.json())
    assert two.headers["idempotency-replayed"] == "true"
    assert len((await api.get("/v1/signing-keys")).json()["data"]) == 1


@pytest.mark.parametrize("path", ["/v1/signing-keys/rotate", "/v1/endpoints/{}/rotate-secret"])
async def test_a_rotation_whose_answer_was_lost_is_not_done_again(api: Api, path: str) -> None:
    """The process died between the rotation and keeping its answer; 90 s later it is asked again."""
    path = path.format((await an_endpoint(api))["endpoint"]["id"])
    one = await api.post(path, once="same")
    await _lose_answer(api)
    api.world.clock.move(91)
    two = await api.post(path, once="same")
    assert two.json() == one.json()
    assert "idempotency-replayed" not in two.headers


async def _lose_answer(api: Api) -> None:
    async with api.world.store._database.write() as conn:
        lost = idempotency.update().values(status=None, answer=None, media_type=None)
        await conn.execute(lost.where(idempotency.c.key == "same"))


async def test_a_partners_key_reads_the_set_and_nothing_else(api: Api) -> None:
    partner = await api.a_partner()
    key = await api.a_key(*PARTNER_PERMISSIONS, partner=partner)
    asked = {"url": "https://hooks.example.test/a", "types": ["*"], "signatures": "v1a"}
    made = await api.post("/v1/endpoints", asked, key=key)
    assert made.status_code == 201
    for answer in (
        await api.get("/v1/signing-keys", key=key),
        await api.post("/v1/signing-keys/rotate", key=key),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    scope = api.world.scope
    shown = await api.client.get(f"/webhook-keys/{scope.tenant}/{scope.environment}")
    assert len(shown.json()["keys"]) == 1


async def test_no_answer_holds_a_private_half(api: Api) -> None:
    await an_endpoint(api, "v1a")
    scope = api.world.scope
    rotated = await api.post("/v1/signing-keys/rotate")
    for answer in (
        rotated,
        await api.get("/v1/signing-keys"),
        await api.get("/v1/audit"),
        await api.client.get(f"/webhook-keys/{scope.tenant}/{scope.environment}"),
    ):
        assert "whsk_" not in answer.text
        assert '"d"' not in answer.text
