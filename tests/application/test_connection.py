"""Connecting a vendor: every fault is named, no value is ever repeated."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from adapters import registry
from core.application.bookings.read_booking import erase_person, read_booking
from core.application.connections.add_connection import (
    ConnectionChange,
    NewConnection,
    add_connection,
    change_connection,
    list_connections,
    rotate_secret,
)
from core.application.connections.probe_connection import probe_connection
from core.application.stock.add_property import NewProperty, add_property
from core.domain.connections.connection import Verdict
from core.domain.problem import Invalid, NotFound
from ports import errors
from ports.store import Page
from tests.application.test_booking import OFFER, error
from tests.fakes.hub import World

pytestmark = pytest.mark.anyio
GOOD: dict[str, Any] = {"endpoint": "https://vendor.test", "api_key": "not-a-real-key"}
TYPED = "typed-by-mistake"


@pytest.mark.parametrize(
    ("config", "pointers"),
    [
        ({}, ["/config/api_key", "/config/endpoint"]),
        ({**GOOD, "endpoint": ""}, ["/config/endpoint"]),
        ({**GOOD, "endpoint": TYPED}, ["/config/endpoint"]),
        ({**GOOD, "endpoint": 7, "retries": TYPED}, ["/config/endpoint", "/config/retries"]),
        ({**GOOD, "mode": TYPED}, ["/config/mode"]),
        ({**GOOD, "mode": "live"}, ["/config/mode"]),
        ({**GOOD, "colour": TYPED}, ["/config/colour"]),
        ({**GOOD, "api_key": 7}, ["/config/api_key"]),
        ({**GOOD, "api_key": "short"}, ["/config/api_key"]),
        ({"endpoint": TYPED, "api_key": "short"}, ["/config/api_key", "/config/endpoint"]),
    ],
)
async def test_every_wrong_field_is_named_and_nothing_repeated(
    world: World, config: dict[str, Any], pointers: list[str]
) -> None:
    before = await list_connections(world.hub, world.asking, Page())
    new = NewConnection("hotels", "x", world.entity.id, config)
    with pytest.raises(Invalid) as caught:
        await add_connection(world.hub, world.asking, new)
    assert sorted(f.pointer for f in caught.value.faults) == pointers
    said = str(caught.value) + "".join(f.message for f in caught.value.faults)
    assert TYPED not in said
    assert "short" not in said
    assert await list_connections(world.hub, world.asking, Page()) == before


async def test_a_rotated_secret_raises_the_accounts_version_and_is_written_nowhere(
    world: World,
) -> None:
    await rotate_secret(world.hub, world.asking, world.hotel.id, {"api_key": "brand-new-key"})
    async with world.store.read(world.scope) as view:
        account = await view.account(world.hotel.account)
        trail = await view.audit_entries(Page(), subject=world.hotel.id)
    assert account is not None
    assert account.credential is not None
    assert (account.version, account.credential["api_key"].reveal()) == (2, "brand-new-key")
    assert trail[0].after == {"fields": ["api_key"]}
    assert "brand-new-key" not in repr(trail)
    assert "not-a-real-key" not in repr(trail)


@pytest.mark.parametrize(
    "secrets", [{}, {"endpoint": "https://x.test"}, {"api_key": "short"}, {"nonsense": "x"}]
)
async def test_only_secrets_are_rotated(world: World, secrets: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        await rotate_secret(world.hub, world.asking, world.hotel.id, secrets)


async def test_a_change_raises_the_connections_version_and_takes_no_secret(world: World) -> None:
    change = ConnectionChange(config={"retries": 3}, name="new name")
    after = await change_connection(world.hub, world.asking, world.hotel.id, change)
    assert (after.version, after.config["retries"], after.name) == (2, 3, "new name")
    for wrong in ({"api_key": "brand-new-key"}, {"retries": "many"}, {"endpoint": None}):
        bad = ConnectionChange(config=wrong)
        with pytest.raises(Invalid):
            await change_connection(world.hub, world.asking, world.hotel.id, bad)


async def test_an_account_is_shared_and_stays_in_its_tenant(world: World) -> None:
    plain = {"endpoint": GOOD["endpoint"]}
    shared = await world.connect("hotels", config=plain, account=world.hotel.account)
    assert shared.account == world.hotel.account
    with pytest.raises(NotFound):
        await world.connect("gateway", config=plain, account=world.hotel.account)
    with pytest.raises(Invalid):
        await world.connect("hotels", config=GOOD, account=world.hotel.account)
    _, stranger = await world.another_tenant()
    with pytest.raises(NotFound):
        await rotate_secret(world.hub, stranger, world.hotel.id, {"api_key": "brand-new-key"})


async def test_a_test_is_kept_and_a_vendor_that_cannot_be_opened_is_rejected(
    world: World,
) -> None:
    good = await probe_connection(world.hub, world.asking, world.hotel.id)
    assert good.verdict is Verdict.VERIFIED
    world.vendors.clients["hotels"] = error(errors.Misconfigured)
    bad = await probe_connection(world.hub, world.asking, world.hotel.id)
    assert bad.verdict is Verdict.REJECTED
    (kept, *_) = [
        c for c in await list_connections(world.hub, world.asking, Page()) if c.id == world.hotel.id
    ]
    assert (kept.last_test, kept.version) == (bad, 1)


async def test_an_erased_person_is_gone_and_the_trail_still_holds(world: World) -> None:
    booking = await world.book(OFFER)
    _, people = await read_booking(world.hub, world.asking, booking.id)
    assert len(people) == 3
    for id in people:
        await erase_person(world.hub, world.asking, id)
        await erase_person(world.hub, world.asking, id)
    after, gone = await read_booking(world.hub, world.asking, booking.id)
    assert (after, gone) == (booking, {})
    held, broken = await world.store.verify_audit(world.scope)
    assert broken is None
    async with world.store.read(world.scope) as view:
        trail = await view.audit_entries(Page(limit=200), subject=None)
    assert held == len(trail)
    assert sum(e.action == "person.erased" for e in trail) == 3
    assert not any(word in repr(trail) for word in ("Siti", "Budi", "siti@example.test"))
    with pytest.raises(NotFound):
        await erase_person(world.hub, world.asking, "per_unknown")


async def test_a_property_that_is_not_there_is_refused_by_its_place(world: World) -> None:
    world.vendors.known["house"] = registry.load("house")
    new = NewConnection("house", "own", world.entity.id, {"properties": ["MKH", "AJYAD"]})
    with pytest.raises(Invalid) as caught:
        await add_connection(world.hub, world.asking, new)
    (first, second) = caught.value.faults
    assert (first.pointer, second.pointer) == ("/config/properties/0", "/config/properties/1")
    assert first.message == "MKH is no property of yours; there are: none yet"
    place = NewProperty(world.entity.id, "MKH", "Dar Contoh", "Asia/Riyadh", "SAR", "SA")
    await add_property(world.hub, world.asking, place)
    own = msgspec.structs.replace(new, config={"properties": ["MKH"]})
    made = await add_connection(world.hub, world.asking, own)
    for codes, well in ((["AJYAD"], False), ([], True), (["MKH"], True)):
        change = ConnectionChange(config={"properties": codes})
        if well:
            await change_connection(world.hub, world.asking, made.id, change)
            continue
        with pytest.raises(Invalid, match="properties"):
            await change_connection(world.hub, world.asking, made.id, change)
    named = ConnectionChange(name="renamed")
    assert (await change_connection(world.hub, world.asking, made.id, named)).name == "renamed"
