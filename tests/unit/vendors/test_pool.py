import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from adapters.limiter.memory import MemoryLimiter
from adapters.vendors import VendorPool
from core.domain.connections.connection import Connection, VendorAccount
from core.domain.tenancy import Environment
from ports.errors import Misconfigured, NotSupported
from ports.manifest import Role
from ports.vendors import Vendors
from tests.fakes.clock import HandClock
from tests.unit.vendors.acme import KEY, SCOPE, Acme, AcmeClient, account, connection

pytestmark = pytest.mark.anyio


@pytest.fixture
def acme() -> Acme:
    return Acme()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def pool(acme: Acme, clock: HandClock) -> AsyncIterator[VendorPool]:
    pool = VendorPool(acme, transport=acme.transport, limiter=MemoryLimiter(clock), clock=clock)
    yield pool
    await pool.aclose()


async def client(pool: Vendors, c: Connection, a: VendorAccount) -> AcmeClient:
    return cast(AcmeClient, await pool.hotel_supplier(SCOPE, c, a))


def closed(acme: Acme) -> tuple[list[bool], list[bool]]:
    return [c.closed for c in acme.clients], [t.closed for t in acme.transports]


async def test_a_client_is_opened_once_with_its_config_and_wiring(
    pool: VendorPool, acme: Acme
) -> None:
    got = await asyncio.gather(*[client(pool, connection(), account()) for _ in range(20)])
    assert len({id(c) for c in got}) == len(acme.clients) == len(acme.transports) == 1
    assert (got[0].config.api_key, got[0].config.hotel) == (KEY, 7)
    wiring = got[0].wiring
    assert (wiring.connection, wiring.budget) == ("con_1", "acc_1")
    assert wiring.environment is Environment.TEST
    assert wiring.transport is acme.transports[0]
    assert await pool.testable(SCOPE, connection(), account()) is got[0]


async def test_connections_of_one_account_share_its_budget_only(pool: VendorPool) -> None:
    one = await client(pool, connection(id="con_1"), account())
    two = await client(pool, connection(id="con_2"), account())
    assert one is not two
    assert one.wiring.budget == two.wiring.budget
    assert one.wiring.transport is not two.wiring.transport


@pytest.mark.parametrize(("c", "a"), [(2, 1), (1, 2)])
async def test_a_newer_version_replaces_the_client_after_its_calls_can_have_ended(
    pool: VendorPool, acme: Acme, clock: HandClock, c: int, a: int
) -> None:
    old = await client(pool, connection(), account())
    new = await client(pool, connection(c, hotel="8"), account(a))
    assert (old.config.hotel, new.config.hotel) == (7, 8)
    assert await client(pool, connection(), account()) is new  # read before the change
    await clock.advance(39)
    assert closed(acme) == ([False, False], [False, False])
    await clock.advance(2)
    assert closed(acme) == ([True, False], [True, False])


async def test_all_is_closed_in_the_end_whatever_one_of_them_does(
    acme: Acme, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    pool = VendorPool(acme, transport=acme.transport, limiter=MemoryLimiter(clock), clock=clock)
    for version in (1, 2):
        await client(pool, connection(version), account())
    await client(pool, connection(id="con_2"), account())
    acme.closes_badly = True
    await pool.aclose()
    assert closed(acme) == ([True] * 3, [True] * 3)
    assert [r.levelno for r in caplog.records] == [logging.ERROR] * 3


async def test_what_could_not_be_opened_is_tried_again(pool: VendorPool, acme: Acme) -> None:
    acme.fails = RuntimeError("no")
    with pytest.raises(RuntimeError):
        await client(pool, connection(), account())
    acme.fails = None
    await client(pool, connection(), account())
    assert closed(acme) == ([False], [True, False])


async def test_a_caller_that_gives_up_while_it_opens_spoils_nothing(pool: VendorPool) -> None:
    first = asyncio.create_task(client(pool, connection(), account()))
    second = asyncio.create_task(client(pool, connection(), account()))
    await asyncio.sleep(0.001)
    first.cancel()
    assert not (await second).closed


@pytest.mark.parametrize(
    ("config", "key", "field"),
    [
        ({"hotel": "seven-secret"}, KEY, "hotel"),
        ({"hotel": None}, KEY, "hotel"),
        ({"colour": "red-secret"}, KEY, "colour"),
        ({}, "wrong-secret", "api_key"),
        ({"live": True}, KEY, "/live"),
    ],
)
async def test_a_config_that_does_not_fit_names_the_field_and_no_value(
    pool: VendorPool, config: dict[str, Any], key: str, field: str
) -> None:
    for ask in (pool.hotel_supplier, pool.testable):
        with pytest.raises(Misconfigured, match=field) as raised:
            await ask(SCOPE, connection(**config), account(key=key))
        assert "secret" not in str(raised.value)
        assert raised.value.__cause__ is raised.value.__context__ is None


async def test_a_missing_field_is_named(pool: VendorPool) -> None:
    bare = VendorAccount(
        id="acc_1", adapter="acme", name="", credential={}, created_at=account().created_at
    )
    with pytest.raises(Misconfigured, match="api_key"):
        await client(pool, connection(), bare)


async def test_an_unreadable_credential_is_to_be_entered_again(pool: VendorPool) -> None:
    with pytest.raises(Misconfigured, match="re-enter"):
        await client(pool, connection(), account(key=None))


async def test_a_role_it_does_not_have_and_an_adapter_there_is_not(
    pool: VendorPool, acme: Acme
) -> None:
    for ask in (pool.payment_gateway, pool.activity_supplier, pool.gds):
        with pytest.raises(NotSupported):
            await ask(SCOPE, connection(), account())
    with pytest.raises(Misconfigured):
        await client(pool, connection(adapter="gone"), account())
    assert not acme.clients
    assert pool.manifest("gone") is None
    assert [m.name for m in pool.manifests()] == ["acme"]


async def test_an_activity_supplier_is_opened_for_its_role(acme: Acme, pool: VendorPool) -> None:
    acme.roles = frozenset({Role.ACTIVITY_SUPPLIER})
    supplier: Any = await pool.activity_supplier(SCOPE, connection(), account())
    assert supplier is acme.clients[0]
    with pytest.raises(NotSupported):
        await client(pool, connection(), account())


async def test_a_gateway_with_webhooks(acme: Acme, pool: VendorPool) -> None:
    assert pool.inbound(SCOPE, connection(), account()) is None
    acme.roles = frozenset({Role.PAYMENT_GATEWAY, Role.INBOUND_WEBHOOK})
    inbound: Any = pool.inbound(SCOPE, connection(), account())
    assert inbound.config.api_key == KEY
    assert not acme.clients  # verifying opens no client
    gateway: Any = await pool.payment_gateway(SCOPE, connection(), account())
    assert gateway is acme.clients[0]
    with pytest.raises(Misconfigured, match="re-enter"):
        pool.inbound(SCOPE, connection(), account(key=None))
