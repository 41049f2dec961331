"""Ask every supplier that can, at once, under one deadline; partial answers are answers."""

from __future__ import annotations

import asyncio
import enum
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import timedelta

import msgspec

from core.application.hub import Asking, Hub
from core.application.offer_token import OfferOnSale, seal_offer
from core.domain.connection import Connection, VendorAccount
from core.domain.hotel import HotelCodes, HotelSearch, Offer
from core.domain.pricing import priced
from core.domain.problem import Fault, Invalid
from core.domain.tenancy import Permission
from ports.errors import Skipped, VendorError
from ports.manifest import Role

OFFER_HOLDS = timedelta(minutes=30)
log = logging.getLogger(__name__)


class Outcome(enum.StrEnum):
    """What became of one supplier's part of a search."""

    ANSWERED = "answered"
    LATE = "late"
    FAILED = "failed"
    SKIPPED = "skipped"


class SupplierAnswer(msgspec.Struct, frozen=True):
    """code: why it failed or was skipped, the name of a port error, or `internal`; else None."""

    connection: str
    adapter: str
    outcome: Outcome
    elapsed_ms: int
    offers: tuple[OfferOnSale, ...] = ()
    code: str | None = None
    message: str | None = None


async def search_hotels(
    hub: Hub,
    asking: Asking,
    request: HotelSearch,
    *,
    deadline_s: float,
    connections: Sequence[str] | None = None,
) -> AsyncIterator[SupplierAnswer]:
    """One answer for each connection, as they come; whoever is not back by then is late.

    connections: only these; None asks every active hotel supplier.
    Invalid: no such connection, or dates in the past. Nothing is written.
    """
    asking.need(Permission.SEARCH)
    if request.stay.has_begun(hub.clock.now()):
        raise Invalid(Fault("/check_in", "is in the past"))
    asked = await _suppliers(hub, asking, request, connections)
    ends = hub.clock.monotonic() + deadline_s
    tasks = {asyncio.create_task(_ask(hub, asking, request, c, a, ends)): c for c, a in asked}
    timer = asyncio.create_task(hub.clock.sleep(deadline_s))
    try:
        async for answer in _as_they_come(tasks, timer, deadline_s):
            yield answer
    finally:
        for task in (timer, *tasks):
            task.cancel()
        await asyncio.gather(timer, *tasks, return_exceptions=True)


async def _as_they_come(
    tasks: dict[asyncio.Task[SupplierAnswer], Connection],
    timer: asyncio.Task[None],
    deadline_s: float,
) -> AsyncIterator[SupplierAnswer]:
    waiting = set(tasks)
    while waiting:
        done, _ = await asyncio.wait({timer, *waiting}, return_when=asyncio.FIRST_COMPLETED)
        for task in [t for t in tasks if t in done]:
            waiting.discard(task)
            yield task.result()
        if timer in done:
            for task in [t for t in tasks if t in waiting]:
                late = round(deadline_s * 1000)
                yield SupplierAnswer(tasks[task].id, tasks[task].adapter, Outcome.LATE, late)
            return


async def _ask(
    hub: Hub,
    asking: Asking,
    request: HotelSearch,
    connection: Connection,
    account: VendorAccount,
    ends: float,
) -> SupplierAnswer:
    began = hub.clock.monotonic()

    def answer(outcome: Outcome, **more: object) -> SupplierAnswer:
        elapsed = round((hub.clock.monotonic() - began) * 1000)
        made = SupplierAnswer(connection.id, connection.adapter, outcome, elapsed)
        return msgspec.structs.replace(made, **more)

    try:
        supplier = await hub.vendors.hotel_supplier(asking.scope, connection, account)
        found = await supplier.search(request, deadline_s=ends - began)
        offers = tuple(_on_sale(hub, asking, found, connection))
    except Skipped as e:
        return answer(Outcome.SKIPPED, code="breaker_open", message=e.message)
    except VendorError as e:
        return answer(Outcome.FAILED, code=type(e).__name__, message=str(e))
    except Exception:  # the boundary: one supplier's fault must not cost the others' answers
        log.exception("search.supplier-failed", extra={"connection": connection.id})
        return answer(Outcome.FAILED, code="internal", message="a fault of the hub's own")
    return answer(Outcome.ANSWERED, offers=offers)


def _on_sale(
    hub: Hub, asking: Asking, found: Iterable[Offer], connection: Connection
) -> Iterable[OfferOnSale]:
    until = hub.clock.now() + OFFER_HOLDS
    for offer in found:
        ours = priced(offer, connection.markup)
        ends = min(until, ours.expires_at) if ours.expires_at else until
        yield seal_offer(hub.vault, asking.scope, msgspec.structs.replace(ours, expires_at=ends))


async def _suppliers(
    hub: Hub, asking: Asking, request: HotelSearch, wanted: Sequence[str] | None
) -> Sequence[tuple[Connection, VendorAccount]]:
    sellers = {m.name for m in hub.vendors.manifests() if Role.HOTEL_SUPPLIER in m.roles}
    async with hub.store.read(asking.scope) as view:
        active = [(c, a) for c, a in await view.active_connections() if c.adapter in sellers]
    known = {c.id for c, _ in active}
    named, pointer = list(wanted or ()), "/connections"
    if isinstance(request.destination, HotelCodes):
        named, pointer = [*named, *request.destination.codes], "/destination/codes"
        known_codes = set(request.destination.codes)
        active = [(c, a) for c, a in active if c.id in known_codes]
    unknown = [id for id in named if id not in known]
    if unknown:
        raise Invalid(Fault(pointer, f"no active hotel connection {', '.join(unknown)}"))
    return [(c, a) for c, a in active if wanted is None or c.id in wanted]
