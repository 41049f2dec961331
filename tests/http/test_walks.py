"""Walks over every route there is: strangers read and write nothing, and each route wants its
permission. A route added tomorrow is walked without anybody thinking of it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from core.application.connections.add_connection import NewConnection, add_connection
from core.application.tenants.add_tenant import NewEntity, add_entity
from core.domain.ids import PREFIXES
from core.domain.tenancy import PARTNER_PERMISSIONS, Environment, Permission, Scope
from entrypoints.http.operation import Operation, operation_of
from entrypoints.http.wire.examples import EXAMPLES
from tests.fakes.hub import World, an_asking
from tests.http.rig import Api, open_api, row_counts

pytestmark = pytest.mark.anyio

Route = tuple[str, str, Operation]
_ID = re.compile(rf"\b(?:{'|'.join(PREFIXES)})_[0-9a-z]{{26}}\b")
OWNED = re.compile(r"\{\w+\}")
# These name nothing of anybody's: an administrator elsewhere makes something of its own.
# Not read from what is kept: asked of a vendor, or made when it is asked for; and files.
ASKED_ANEW = (
    "/cancellation-fee",
    "/refund-quote",
    "/report",
    "document",
    "/certificate",
    "/templates/{name}",
)
SHIPPED = frozenset({"/v1/adapters", "/v1/templates"})  # everybody's: they come with the hub
OWN = frozenset({"/v1/signing-keys/rotate"})


def routes(app: Litestar) -> Iterator[Route]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if (promised := operation_of(handler)) is not None:
                    for method in sorted(handler.http_methods):
                        yield method, route.path_format, promised


def guarded(app: Litestar) -> list[Route]:
    found = [r for r in routes(app) if not r[2].public]
    assert len(found) > 40
    return found


class Full:
    """A tenant that has one of everything, and what its ids are."""

    def __init__(self, api: Api, ids: dict[str, str]) -> None:
        self.api, self.ids = api, ids

    def path(self, template: str) -> str:
        return OWNED.sub(lambda m: self.ids[m.group()[1:-1]], template)

    def body(self, promised: Operation) -> Any:
        """The route's example, with the ids of this tenant in place of invented ones."""
        if promised.takes is None:
            return None
        text = msgspec.json.encode(EXAMPLES[promised.takes]).decode()
        by_prefix = {id[:3]: id for id in self.ids.values()}
        return _ID.sub(lambda m: by_prefix[m.group()[:3]], text).encode()


@pytest.fixture(scope="module")
def database(empty_database: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("walk") / "serai.db"
    path.write_bytes(empty_database)
    return path


@pytest.fixture(scope="module")
async def full(database: Path) -> AsyncIterator[Full]:
    async with open_api(database) as api:
        yield Full(api, await api.furnished())


async def strangers(api: Api) -> dict[str, str]:
    """Keys of administrators elsewhere, and of another partner here."""
    world = api.world
    _, abroad = await world.another_tenant()
    live = an_asking(Scope(world.scope.tenant, Environment.LIVE))
    other = await api.a_partner()
    return {
        "another tenant": await api.a_key(Permission.ADMIN, asking=abroad),
        "the live environment": await api.a_key(Permission.ADMIN, asking=live),
        "another partner": await api.a_key(*PARTNER_PERMISSIONS, partner=other),
    }


def _facts(database: Path) -> dict[str, int]:
    return row_counts(database)


@pytest.mark.parametrize("who", ["another tenant", "the live environment", "another partner"])
async def test_a_stranger_with_our_ids_reads_and_writes_nothing(
    full: Full, database: Path, who: str
) -> None:
    api = full.api
    key = (await strangers(api))[who]
    ours = set(full.ids.values()) - {"hotels"}
    before = {p: (await api.get(p)).json() for p in _readable(full)}
    counts = _facts(database)

    for method, template, promised in guarded(api.app):
        owned = OWNED.search(template) is not None and "{name}" not in template
        if promised.takes is not None and not owned and not _names_ours(full, promised):
            continue  # it would make something new of the stranger's own
        if template in OWN and who != "another partner":
            continue
        answer = await api.send(method, full.path(template), full.body(promised), key=key)
        where = f"{who}: {method} {template} → {answer.status_code} {answer.text[:200]}"
        assert answer.status_code < 500, where
        if owned:
            assert answer.status_code in (403, 404, 409, 422), where
        told = answer.json() if answer.content else {}
        if answer.status_code == 200:
            assert not ours & set(_ID.findall(answer.text)), where
            assert told.get("data", []) == [] or template in SHIPPED or _own(told), where
        else:
            assert answer.status_code >= 400, where

    assert {p: (await api.get(p)).json() for p in before} == before
    assert _facts(database) == counts


def _names_ours(full: Full, promised: Operation) -> bool:
    body = full.body(promised)
    return bool(set(full.ids.values()) & set(_ID.findall(body.decode())))


def _own(told: dict[str, Any]) -> bool:
    """A list that holds only the stranger's own key and partner."""
    return all(row["id"].startswith(("key_", "ptn_", "aud_")) for row in told["data"])


def _readable(full: Full) -> list[str]:
    return [
        full.path(template)
        for method, template, promised in guarded(full.api.app)
        if method == "GET" and OWNED.search(template) and not template.endswith(ASKED_ANEW)
    ]


async def test_every_route_refuses_a_key_without_its_permission(full: Full, database: Path) -> None:
    keys: dict[Permission, str] = {}
    for method, template, promised in guarded(full.api.app):
        needed = promised.needs
        assert needed is not None, f"{method} {template} is open to every key"
        if needed not in keys:
            others = set(Permission) - {needed, Permission.ADMIN}
            keys[needed] = await full.api.a_key(*others)
        counts = _facts(database)
        answer = await full.api.send(method, full.path(template), b"not json", key=keys[needed])
        assert answer.status_code == 403, f"{method} {template}: {answer.text}"
        assert str(needed) in answer.json()["detail"]
        assert _facts(database) == counts


@pytest.mark.parametrize(
    "header", [None, "Bearer", "Basic YTpi", "Bearer serai_test_none_000000", "Bearer é"]
)
async def test_every_route_refuses_whoever_has_no_key(full: Full, header: str | None) -> None:
    headers = [] if header is None else [(b"authorization", header.encode())]
    for method, template, _ in guarded(full.api.app):
        answer = await full.api.client.request(method, full.path(template), headers=headers)
        assert answer.status_code == 401, f"{method} {template}"
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.json()["code"] == "unauthorized"


async def test_a_live_connection_cannot_be_made_of_anothers_account(full: Full) -> None:
    """The same tenant's own account of the other environment is not there."""
    world: World = full.api.world
    live = an_asking(Scope(world.scope.tenant, Environment.LIVE))
    entity = await add_entity(world.hub, live, NewEntity("PT Contoh", "ID", "IDR"))
    config = {"endpoint": "https://vendor.test", "api_key": "not-a-real-key", "mode": "live"}
    await add_connection(world.hub, live, NewConnection("hotels", "x", entity.id, config))
    asked = {
        "adapter": "hotels",
        "name": "x",
        "entity": entity.id,
        "config": {"endpoint": "https://vendor.test", "mode": "live"},
        "account": world.hotel.account,
    }
    key = await full.api.a_key(Permission.ADMIN, asking=live)
    answer = await full.api.post("/v1/connections", asked, key=key)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_partner_sees_its_own_events_and_deliveries_only(full: Full) -> None:
    api = full.api
    mine = await api.a_key(*PARTNER_PERMISSIONS, partner=full.ids["partner_id"])
    await api.a_booking()  # nobody's but the tenant's
    everything = (await api.get("/v1/events?limit=200")).json()["data"]
    own = (await api.get("/v1/events?limit=200", key=mine)).json()["data"]
    subjects = {e["data"].get("booking") for e in own}
    assert subjects == {full.ids["booking_id"]}
    assert 0 < len(own) < len(everything)
    foreign = next(e["id"] for e in everything if e["id"] not in {o["id"] for o in own})
    assert (await api.get(f"/v1/events/{foreign}", key=mine)).status_code == 404
    deliveries = (await api.get("/v1/deliveries", key=mine)).json()["data"]
    assert {d["partner"] for d in deliveries} == {full.ids["partner_id"]}
