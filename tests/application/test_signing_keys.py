"""The agency's signing keys: made at the first wish, rotated with overlap, shown to anybody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.application.hub import Asking
from core.application.webhooks.add_endpoint import (
    EndpointChange,
    NewEndpoint,
    add_endpoint,
    change_endpoint,
    rotate_endpoint_secret,
)
from core.application.webhooks.add_partner import add_partner
from core.application.webhooks.rotate_signing_key import (
    key_set,
    list_signing_keys,
    rotate_signing_key,
)
from core.application.webhooks.sign_message import is_signed
from core.domain.problem import Conflict, Forbidden, NotFound
from core.domain.tenancy import PARTNER_PERMISSIONS, Environment, Permission, Scope
from core.domain.webhooks.partner import Endpoint, Partner, Sees, Signatures
from core.domain.webhooks.signature import MOST, private_of, public_of
from core.domain.webhooks.signing_key import SigningKey
from ports.store import Page
from tests.application.test_booking import OFFER
from tests.fakes.hub import World, an_asking

pytestmark = pytest.mark.anyio
DAY_S = 86400


@pytest.fixture
async def partner(world: World) -> Partner:
    return await add_partner(world.hub, world.asking, "one", Sees.OWN)


def as_partner(world: World, partner: Partner) -> Asking:
    return an_asking(world.scope, *PARTNER_PERMISSIONS, partner=partner.id)


async def an_endpoint(world: World, partner: Partner, signatures: Signatures) -> Endpoint:
    new = NewEndpoint("https://one.test/hook", ("*",), partner.id, signatures=signatures)
    return await add_endpoint(world.hub, world.asking, new)


async def keys_of(world: World, scope: Scope | None = None) -> list[SigningKey]:
    async with world.store.read(scope or world.scope) as view:
        return list(await view.signing_keys())


async def shown(world: World) -> list[str]:
    found = await key_set(world.hub, world.scope.tenant, world.scope.environment)
    return [k.id for k in found]


async def actions(world: World, subject: str) -> list[str]:
    async with world.store.read(world.scope) as view:
        return [e.action for e in await view.audit_entries(Page(), subject=subject)]


async def test_no_key_is_made_for_whoever_does_not_want_one(world: World, partner: Partner) -> None:
    await an_endpoint(world, partner, Signatures.V1)
    assert await keys_of(world) == []
    assert await shown(world) == []


@pytest.mark.parametrize("signatures", [Signatures.V1A, Signatures.BOTH])
async def test_the_first_endpoint_that_wants_v1a_makes_the_key_and_no_other_does(
    world: World, partner: Partner, signatures: Signatures
) -> None:
    await an_endpoint(world, partner, signatures)
    (key,) = await keys_of(world)
    await an_endpoint(world, partner, signatures)
    assert await keys_of(world) == [key]
    assert await actions(world, key.id) == ["signing_key.added"]
    assert key.private is not None
    signed = world.hub.signer.sign(private_of(key.private.reveal()), b"x")
    assert world.hub.signer.verify(public_of(key.public), signed, b"x")


async def test_an_endpoint_that_changes_its_mind_makes_the_key_too(
    world: World, partner: Partner
) -> None:
    endpoint = await an_endpoint(world, partner, Signatures.V1)
    mine = as_partner(world, partner)
    for signatures, count in ((Signatures.BOTH, 1), (Signatures.V1A, 1), (Signatures.V1, 1)):
        change = EndpointChange(signatures=signatures)
        after = await change_endpoint(world.hub, mine, endpoint.id, change)
        assert after.signatures is signatures
        assert len(await keys_of(world)) == count


async def test_an_endpoint_that_was_refused_leaves_no_key(world: World) -> None:
    new = NewEndpoint("https://x.test", ("*",), world.entity.id, signatures=Signatures.V1A)
    with pytest.raises(NotFound):
        await add_endpoint(world.hub, world.asking, new)
    assert await keys_of(world) == []


def signs(world: World, key: str) -> bool:
    """Whether *key* verifies what was posted last."""
    posted = world.sender.posted[-1]
    header, id = posted.headers["webhook-signature"], posted.headers["webhook-id"]
    at = int(posted.headers["webhook-timestamp"])
    return is_signed(world.hub.signer, key, header, id, at, posted.raw)


@pytest.mark.parametrize("signatures", list(Signatures))
async def test_a_delivery_is_signed_as_its_endpoint_wants(
    world: World, partner: Partner, signatures: Signatures
) -> None:
    key = await rotate_signing_key(world.hub, world.asking)
    endpoint = await an_endpoint(world, partner, signatures)
    await world.book(OFFER, partner=partner.id)
    assert await world.dispatch() == 1
    secret = endpoint.secrets[0].value.reveal()
    assert signs(world, key.public) is (signatures is not Signatures.V1)
    assert signs(world, secret) is (signatures is not Signatures.V1A)


async def test_each_attempt_is_signed_by_the_keys_of_its_own_time(
    world: World, partner: Partner
) -> None:
    old = await rotate_signing_key(world.hub, world.asking)
    endpoint = await an_endpoint(world, partner, Signatures.V1A)
    world.sender.answers[endpoint.url] = 500
    await world.book(OFFER, partner=partner.id)
    await world.dispatch()
    assert signs(world, old.public)
    new = await rotate_signing_key(world.hub, world.asking)
    world.clock.move(10)
    await world.dispatch()
    assert (signs(world, old.public), signs(world, new.public)) == (True, True)
    world.clock.move(DAY_S)
    await world.dispatch()
    assert (signs(world, old.public), signs(world, new.public)) == (False, True)
    assert len({posted.headers["webhook-id"] for posted in world.sender.posted}) == 1
    assert len(world.sender.posted) == 3


async def test_rotating_makes_the_first_key_and_then_follows_it_by_time(world: World) -> None:
    first = await rotate_signing_key(world.hub, world.asking)
    assert await shown(world) == [first.id]
    world.clock.move(3600)
    second = await rotate_signing_key(world.hub, world.asking)
    assert await actions(world, first.id) == ["signing_key.added"]
    assert await actions(world, second.id) == ["signing_key.rotated"]
    signs = {0: 2, DAY_S - 1: 2, DAY_S: 1, 2 * DAY_S: 1}
    shows = {0: 2, DAY_S - 1: 2, DAY_S: 2, 2 * DAY_S - 1: 2, 2 * DAY_S: 1}
    start = world.clock.now()
    for passed in sorted(signs | shows):
        world.clock.move((start + timedelta(seconds=passed) - world.clock.now()).total_seconds())
        now = world.clock.now()
        if passed in signs:
            assert sum(k.signs(now) for k in await keys_of(world)) == signs[passed], passed
        if passed in shows:
            assert len(await shown(world)) == shows[passed], passed
    listed = await list_signing_keys(world.hub, world.asking)
    assert [k.id for k in listed] == [second.id]


async def test_what_is_shown_no_more_is_forgotten(world: World) -> None:
    await rotate_signing_key(world.hub, world.asking)
    second = await rotate_signing_key(world.hub, world.asking)
    world.clock.move(2 * DAY_S - 1)
    await world.store.forget_old(world.clock.now())
    assert len(await keys_of(world)) == 2
    world.clock.move(1)
    await world.store.forget_old(world.clock.now())
    assert [k.id for k in await keys_of(world)] == [second.id]


async def test_a_request_that_died_after_it_rotated_does_not_rotate_again(
    world: World, partner: Partner
) -> None:
    fresh = await rotate_signing_key(world.hub, world.asking)
    again = await rotate_signing_key(world.hub, world.asking, fresh.id)
    assert (again, await keys_of(world)) == (fresh, [fresh])
    endpoint = await an_endpoint(world, partner, Signatures.V1)
    once = await rotate_endpoint_secret(world.hub, world.asking, endpoint.id)
    twice = await rotate_endpoint_secret(world.hub, world.asking, endpoint.id, done=True)
    assert twice == once


async def test_rotating_too_often_is_refused_before_a_promise_is_broken(
    world: World, partner: Partner
) -> None:
    endpoint = await an_endpoint(world, partner, Signatures.V1)
    for _ in range(MOST - 1):
        await rotate_signing_key(world.hub, world.asking)
        await rotate_endpoint_secret(world.hub, world.asking, endpoint.id)
    await rotate_signing_key(world.hub, world.asking)
    for refused in (
        rotate_signing_key(world.hub, world.asking),
        rotate_endpoint_secret(world.hub, world.asking, endpoint.id),
    ):
        with pytest.raises(Conflict, match="the first of them ends 2026-11-23T09:00Z"):
            await refused
    assert len(await keys_of(world)) == MOST
    world.clock.move(DAY_S)
    await rotate_signing_key(world.hub, world.asking)
    await rotate_endpoint_secret(world.hub, world.asking, endpoint.id)


async def test_the_trail_holds_no_private_half(world: World) -> None:
    key = await rotate_signing_key(world.hub, world.asking)
    async with world.store.read(world.scope) as view:
        (entry,) = await view.audit_entries(Page(), subject=key.id)
    assert entry.after is not None
    assert entry.after["private"] == "•••"
    assert entry.after["public"] == key.public
    assert "whsk_" not in str(entry)


async def test_a_partner_may_neither_rotate_nor_list(world: World, partner: Partner) -> None:
    await an_endpoint(world, partner, Signatures.V1A)
    mine = as_partner(world, partner)
    for refused in (rotate_signing_key(world.hub, mine), list_signing_keys(world.hub, mine)):
        with pytest.raises(Forbidden, match="the agency's own"):
            await refused
    assert len(await keys_of(world)) == 1
    assert len(await shown(world)) == 1, "what anybody may see, a partner may"


async def test_whoever_lacks_the_permission_is_refused(world: World) -> None:
    reader = an_asking(world.scope, Permission.ENDPOINTS_READ)
    with pytest.raises(Forbidden, match="endpoints:write"):
        await rotate_signing_key(world.hub, reader)
    assert list(await list_signing_keys(world.hub, reader)) == []
    with pytest.raises(Forbidden, match="endpoints:read"):
        await list_signing_keys(world.hub, an_asking(world.scope, Permission.SEARCH))


async def test_tenants_and_environments_have_keys_of_their_own(world: World) -> None:
    ours = await rotate_signing_key(world.hub, world.asking)
    live = Scope(world.scope.tenant, Environment.LIVE)
    abroad, stranger = await world.another_tenant()
    for asking in (an_asking(live), stranger):
        assert list(await list_signing_keys(world.hub, asking)) == []
        theirs = await rotate_signing_key(world.hub, asking)
        assert [k.id for k in await keys_of(world, asking.scope)] == [theirs.id]
    assert await keys_of(world) == [ours]
    assert ours.signs_until is None
    found = await key_set(world.hub, abroad.tenant, abroad.environment)
    assert [k.id for k in found] != [ours.id]


@pytest.mark.parametrize("environment", ["live", "test"])
async def test_an_agency_without_keys_has_an_empty_set(world: World, environment: str) -> None:
    assert list(await key_set(world.hub, world.scope.tenant, environment)) == []


async def test_a_key_set_that_does_not_exist_is_not_found(world: World) -> None:
    for tenant, environment in (
        ("tnt_none", "test"),
        (world.scope.tenant, "Test"),
        (world.scope.tenant, ""),
        ("", "test"),
    ):
        with pytest.raises(NotFound):
            await key_set(world.hub, tenant, environment)
