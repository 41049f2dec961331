"""Ask every supplier that can, at once, under one deadline; partial answers are answers."""

from __future__ import annotations

import asyncio
import enum
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from typing import Generic

import msgspec

from core.application.bookings.offer_token import OfferOnSale, seal_offer
from core.application.hub import Asking, Hub
from core.domain.bookings.offer import AnOffer
from core.domain.bookings.pricing import priced
from core.domain.connections.connection import Connection, VendorAccount
from core.domain.problem import Fault, Invalid
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


class SupplierAnswer(msgspec.Struct, Generic[AnOffer], frozen=True):
    """code: why it failed or was skipped, the name of a port error, or `internal`; else None."""

    connection: str
    adapter: str
    outcome: Outcome
    elapsed_ms: int
    offers: tuple[OfferOnSale[AnOffer], ...] = ()
    code: str | None = None
    message: str | None = None


Supplier = tuple[Connection, VendorAccount]
# A connection with its account and the seconds it has → what it can sell.
Ask = Callable[[Connection, VendorAccount, float], Awaitable[Sequence[AnOffer]]]


async def fan_out(
    hub: Hub, asking: Asking, suppliers: Sequence[Supplier], ask: Ask[AnOffer], deadline_s: float
) -> AsyncGenerator[SupplierAnswer[AnOffer], None]:
    """One answer for each supplier, as they come; whoever is not back by then is late.

    ask: raises ports.errors. Nothing is written.
    """
    ends = hub.clock.monotonic() + deadline_s
    tasks = {asyncio.create_task(_ask(hub, asking, ask, c, a, ends)): c for c, a in suppliers}
    timer = asyncio.create_task(hub.clock.sleep(deadline_s))
    try:
        async for answer in _as_they_come(tasks, timer, deadline_s):
            yield answer
    finally:
        for task in (timer, *tasks):
            task.cancel()
        await asyncio.gather(timer, *tasks, return_exceptions=True)


async def _as_they_come(
    tasks: dict[asyncio.Task[SupplierAnswer[AnOffer]], Connection],
    timer: asyncio.Task[None],
    deadline_s: float,
) -> AsyncIterator[SupplierAnswer[AnOffer]]:
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
    ask: Ask[AnOffer],
    connection: Connection,
    account: VendorAccount,
    ends: float,
) -> SupplierAnswer[AnOffer]:
    began = hub.clock.monotonic()

    def answer(outcome: Outcome, **more: object) -> SupplierAnswer[AnOffer]:
        elapsed = round((hub.clock.monotonic() - began) * 1000)
        made = SupplierAnswer[AnOffer](connection.id, connection.adapter, outcome, elapsed)
        return msgspec.structs.replace(made, **more)

    try:
        found = await ask(connection, account, ends - began)
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
    hub: Hub, asking: Asking, found: Iterable[AnOffer], connection: Connection
) -> Iterable[OfferOnSale[AnOffer]]:
    for offer in found:
        yield put_on_sale(hub, asking, priced(offer, connection.markup))


def put_on_sale(hub: Hub, asking: Asking, offer: AnOffer) -> OfferOnSale[AnOffer]:
    """With its token, for half an hour or as long as the supplier's own."""
    until = hub.clock.now() + OFFER_HOLDS
    ends = min(until, offer.expires_at) if offer.expires_at else until
    return seal_offer(hub.vault, asking.scope, msgspec.structs.replace(offer, expires_at=ends))


async def suppliers_of(
    hub: Hub,
    asking: Asking,
    role: Role,
    wanted: Sequence[str] | None,
    coded: Iterable[str] | None = None,
    pointer: str = "",
) -> Sequence[Supplier]:
    """The active connections of *role* to ask. wanted: only these; None: every one.

    coded: those whose own codes were named, by *pointer*; nobody else knows them.
    Invalid: no such connection.
    """
    sellers = {m.name for m in hub.vendors.manifests() if role in m.roles}
    async with hub.store.read(asking.scope) as view:
        active = [(c, a) for c, a in await view.active_connections() if c.adapter in sellers]
    known = {c.id for c, _ in active}
    for named, where in ((wanted, "/connections"), (coded, pointer)):
        unknown = [id for id in named or () if id not in known]
        if unknown:
            raise Invalid(Fault(where, f"no active {_WORDS[role]} connection {', '.join(unknown)}"))
    asked = [set(named) for named in (wanted, coded) if named is not None]
    return [(c, a) for c, a in active if all(c.id in named for named in asked)]


_WORDS = {Role.HOTEL_SUPPLIER: "hotel", Role.ACTIVITY_SUPPLIER: "activity", Role.GDS: "GDS"}
