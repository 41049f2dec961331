"""Signing keys are kept sealed, one at a time is made, and claims hand out those that sign."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from adapters.sql import SqlStore
from adapters.sql.keyring import KEPT_S, KeyRing
from adapters.sql.kinds import ENDPOINT
from adapters.sql.rows import get
from adapters.sql.seals import Seals
from adapters.sql.tables import endpoint as endpoints
from adapters.sql.tables import signing_key
from adapters.system import SystemMint
from adapters.vault import EnvelopeVault
from core.domain.secret import Secret
from core.domain.tenancy import Scope
from core.domain.webhooks.partner import Endpoint, Signatures
from core.domain.webhooks.signature import private_from, public_from
from core.domain.webhooks.signing_key import SigningKey
from ports.store import ClaimedDelivery, Violated
from ports.vault import Unreadable, Vault
from tests.sql.conftest import VAULT
from tests.sql.given import World, an_id
from tests.sql.hand import HandClock, fill, record

pytestmark = pytest.mark.anyio
DAY = timedelta(days=1)


def a_key(number: int, **other: object) -> SigningKey:
    private, public = bytes([number]) * 32, bytes([255 - number]) * 32
    made = SigningKey(
        id=an_id("sgk"),
        public=public_from(public),
        private=Secret(private_from(private)),
        created_at=datetime(2026, 12, 1, 8, 30, 0, 123456, tzinfo=UTC),
    )
    return msgspec.structs.replace(made, **other)


async def put(store: SqlStore, scope: Scope, *keys: SigningKey) -> None:
    async with store.begin(scope) as tx:
        for key in keys:
            await tx.put_signing_key(key)


async def keys_of(store: SqlStore, scope: Scope) -> list[SigningKey]:
    async with store.read(scope) as view:
        return list(await view.signing_keys())


async def test_keys_read_as_they_were_put_newest_first(store: SqlStore, world: World) -> None:
    assert await keys_of(store, world.scope) == []
    first, second = a_key(1), a_key(2)
    await put(store, world.scope, first)
    ended = msgspec.structs.replace(
        first, signs_until=first.created_at + DAY, shown_until=first.created_at + 2 * DAY
    )
    await put(store, world.scope, ended, second)
    assert await keys_of(store, world.scope) == [second, ended]


async def test_two_cannot_sign_without_an_end(store: SqlStore, world: World) -> None:
    await put(store, world.scope, a_key(1))
    with pytest.raises(Violated):
        await put(store, world.scope, a_key(2))
    assert len(await keys_of(store, world.scope)) == 1


async def test_keys_of_another_scope_are_not_there(store: SqlStore, world: World) -> None:
    key = a_key(1)
    await put(store, world.scope, key)
    other = World()
    await fill(store, other)
    assert await keys_of(store, other.scope) == []
    with pytest.raises(Violated):
        await put(store, other.scope, key)
    await put(store, other.scope, a_key(2))
    assert await keys_of(store, world.scope) == [key]


async def test_of_many_who_want_the_first_key_one_makes_it(store: SqlStore, world: World) -> None:
    async def need(number: int) -> None:
        async with store.begin(world.scope) as tx:
            if not await tx.signing_keys():
                await asyncio.sleep(0.01)
                await tx.put_signing_key(a_key(number))

    await asyncio.gather(*(need(number) for number in range(6)))
    assert len(await keys_of(store, world.scope)) == 1


async def test_a_key_that_does_not_open_is_still_shown_and_kept(
    store: SqlStore, world: World, clock: HandClock
) -> None:
    key = a_key(1)
    await put(store, world.scope, key)
    strange = SqlStore(store._database, EnvelopeVault([b"x" * 32]), SystemMint())
    (found,) = await keys_of(strange, world.scope)
    assert found == msgspec.structs.replace(key, private=None)
    ended = msgspec.structs.replace(found, signs_until=key.created_at + DAY)
    await put(strange, world.scope, ended)
    (left,) = await keys_of(store, world.scope)
    assert left.private == key.private, "what was not given is left as it was"
    assert left.signs_until == key.created_at + DAY


async def test_the_private_half_lies_sealed(store: SqlStore, world: World) -> None:
    key = a_key(7)
    await put(store, world.scope, key)
    async with store._database.read() as conn:
        row = await get(conn, signing_key, world.scope, key.id, lock=False)
    assert row is not None
    assert bytes([7]) * 8 not in row["private"]
    with pytest.raises(Unreadable):
        Seals(VAULT, world.scope).open("signing_key", an_id("sgk"), "private", row["private"])
    other = Scope("tnt_other", world.scope.environment)
    with pytest.raises(Unreadable):
        Seals(VAULT, other).open("signing_key", key.id, "private", row["private"])


async def test_a_tenant_is_found_by_its_id(store: SqlStore, world: World) -> None:
    assert await store.tenant(world.tenant.id) == world.tenant
    assert await store.tenant(an_id("tnt")) is None


async def claim(store: SqlStore, world: World, signatures: Signatures) -> ClaimedDelivery:
    wants = msgspec.structs.replace(world.endpoint, signatures=signatures)
    async with store.begin(world.scope) as tx:
        await tx.put_endpoint(wants)
    await record(store, world)
    (got,) = await store.claim_deliveries(an_id("lse"), lease_s=30, limit=10, retries=10)
    return got


@pytest.mark.parametrize("signatures", list(Signatures))
async def test_a_claim_hands_out_what_signs_now(
    store: SqlStore, world: World, clock: HandClock, signatures: Signatures
) -> None:
    now = clock.now()
    past, over = a_key(1, signs_until=now), a_key(2, signs_until=now + DAY)
    newest = a_key(3)
    await put(store, world.scope, past, over, newest)
    got = await claim(store, world, signatures)
    secrets = [world.endpoint.secrets[0].value] if signatures is not Signatures.V1A else []
    keys = [newest.private, over.private] if signatures is not Signatures.V1 else []
    assert list(got.to.keys) == [*secrets, *keys]


async def test_a_claim_without_a_key_to_sign_with_hands_out_none(
    store: SqlStore, world: World
) -> None:
    assert (await claim(store, world, Signatures.V1A)).to.keys == ()


async def test_an_endpoint_that_changes_how_it_is_signed_is_signed_so_at_once(
    store: SqlStore, world: World
) -> None:
    key = a_key(1)
    await put(store, world.scope, key)
    for signatures, prefixes in (("v1", "whsec_"), ("v1a", "whsk_"), ("v1", "whsec_")):
        got = await claim(store, world, Signatures(signatures))
        assert [k.reveal()[: len(prefixes)] for k in got.to.keys] == [prefixes]


class CountingVault:
    """Counts what is opened."""

    def __init__(self, vault: Vault) -> None:
        self._vault, self.opened = vault, 0

    def seal(self, plain: bytes, context: str) -> bytes:
        return self._vault.seal(plain, context)

    def open(self, sealed: bytes, context: str) -> bytes:
        self.opened += 1
        return self._vault.open(sealed, context)


async def test_what_signs_is_opened_once_a_minute_and_kept_no_longer(
    store: SqlStore, world: World, clock: HandClock
) -> None:
    await put(store, world.scope, a_key(1))
    vault = CountingVault(VAULT)
    ring = KeyRing(vault, clock.monotonic)
    place = (world.scope, world.endpoint.id, await _sealed(store, world.endpoint, world.scope))

    async def opened_again() -> int:
        before = vault.opened
        async with store._database.read() as conn:
            (key,) = (await ring.signing_keys(conn, {world.scope}, clock.now()))[world.scope]
        assert ring.secrets(*place) == world.endpoint.secrets
        assert key.private == a_key(1).private
        return vault.opened - before

    assert [await opened_again() for _ in range(3)] == [2, 0, 0]
    clock.advance(KEPT_S - 1)
    assert await opened_again() == 0
    clock.advance(1)
    ring.drop_old()
    assert len(ring._secrets) + len(ring._keys) == 0
    assert await opened_again() == 2
    rotated = (
        world.scope,
        world.endpoint.id,
        ENDPOINT.row(world.endpoint, _seals(world))["secrets"],
    )
    assert ring.secrets(*rotated) == world.endpoint.secrets
    assert vault.opened == 5, "another seal is another secret"


async def test_secrets_that_do_not_open_are_none(
    store: SqlStore, world: World, clock: HandClock
) -> None:
    ring = KeyRing(EnvelopeVault([b"x" * 32]), clock.monotonic)
    sealed = await _sealed(store, world.endpoint, world.scope)
    assert ring.secrets(world.scope, world.endpoint.id, sealed) == ()


def _seals(world: World) -> Seals:
    return Seals(VAULT, world.scope)


async def _sealed(store: SqlStore, of: Endpoint, scope: Scope) -> bytes:
    async with store._database.read() as conn:
        row = await get(conn, endpoints, scope, of.id, lock=False)
    assert row is not None
    sealed: bytes = row["secrets"]
    return sealed
