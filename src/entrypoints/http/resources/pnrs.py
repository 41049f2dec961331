from __future__ import annotations

from collections.abc import Awaitable, Callable

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from core.application.hub import Asking, Hub, by_itself
from core.application.pnrs.ask_tickets import refund_quote, refund_tickets, ticket_pnr, void_tickets
from core.application.pnrs.read_pnr import (
    acknowledge_pnr,
    list_pnrs,
    look_at_pnr,
    read_pnr,
    resolve_pnr,
)
from core.domain.bookings.kept_pnr import KeptPnr, PnrState
from core.domain.idempotency import Answer
from core.domain.tenancy import Permission
from entrypoints.http import answers
from entrypoints.http.call import Call, Called, reasoned
from entrypoints.http.idempotency import once
from entrypoints.http.operation import Key, operation
from entrypoints.http.paging import Listing, listing
from entrypoints.http.wire import pnr as wire
from entrypoints.http.wire.values import Because
from ports.store import PnrFilter

Wish = Callable[[Hub, Asking, str], Awaitable[KeptPnr]]


async def _ask(call: Call, id: str, wish: Wish, granted: PnrState) -> Response[bytes]:
    because = await call.body(Because, bodyless=True)

    async def act(asking: Asking, made: str | None) -> Answer:
        if made is not None:  # the request that asked has died: how it stands now
            kept = await read_pnr(call.hub, by_itself(asking.scope), made)
        else:
            kept = await wish(call.hub, reasoned(asking, because.reason), id)
        return answers.of_pnr(call, kept, granted)

    return await once(call, act, key=Key.REQUIRED)


class PnrController(Controller):
    path = "/pnrs"
    tags = ("Flights",)

    @get(
        opt=operation(
            summary="List PNRs, newest first",
            needs=Permission.BOOKINGS_READ,
            asks=wire.PnrQuery,
            answers={200: Listing[wire.Pnr]},
        )
    )
    async def list_(self, call: Called) -> Response[bytes]:
        asked = call.query(wire.PnrQuery)
        where = PnrFilter(
            asked.state, asked.locator, asked.booking, asked.connection, asked.partner
        )
        rows = await list_pnrs(call.hub, call.asking, asked.page, where)
        return call.answer(listing(rows, asked, wire.pnr))

    @get(
        "/{pnr_id:str}",
        opt=operation(
            summary="Read a PNR: its segments, tickets and limits",
            needs=Permission.BOOKINGS_READ,
            answers={200: wire.Pnr},
        ),
    )
    async def read(self, call: Called, pnr_id: FromPath[str]) -> Response[bytes]:
        """As it was last told; the GDS is not asked."""
        return call.answer(wire.pnr(await read_pnr(call.hub, call.asking, pnr_id)))

    @post(
        "/{pnr_id:str}/read",
        opt=operation(
            summary="Read a PNR at its GDS now",
            needs=Permission.BOOKINGS_WRITE,
            key=Key.HONOURED,
            answers={200: wire.Pnr},
            problems=(409, 502, 503),
        ),
    )
    async def look(self, call: Called, pnr_id: FromPath[str]) -> Response[bytes]:
        """What differs is told by events, as if a queue had named it."""

        async def act(asking: Asking, _: str | None) -> Answer:
            return answers.given(wire.pnr(await look_at_pnr(call.hub, asking, pnr_id)), 200)

        return await once(call, act)

    @post(
        "/{pnr_id:str}/ticket",
        opt=operation(
            summary="Issue the tickets of a PNR, at most once",
            needs=Permission.BOOKINGS_WRITE,
            takes=Because,
            bodyless=True,
            key=Key.REQUIRED,
            answers={200: wire.Pnr, 202: wire.Pnr},
            problems=(502, 503),
        ),
    )
    async def ticket(self, call: Called, pnr_id: FromPath[str]) -> Response[bytes]:
        """One for every passenger, at the stored price. 200: ticketed. 202: no clear answer came;
        it is looked at by itself, and never sent again. 409, 502, 503: none was issued."""
        return await _ask(call, pnr_id, ticket_pnr, PnrState.TICKETED)

    @post(
        "/{pnr_id:str}/void",
        opt=operation(
            summary="Void the tickets of a PNR, within the void window",
            needs=Permission.BOOKINGS_WRITE,
            takes=Because,
            bodyless=True,
            key=Key.REQUIRED,
            answers={200: wire.Pnr, 202: wire.Pnr},
            problems=(502, 503),
        ),
    )
    async def void(self, call: Called, pnr_id: FromPath[str]) -> Response[bytes]:
        """At no cost, on the day they were issued; the flights are still held. 202: not clear
        yet. 409, 502, 503: they still stand."""
        return await _ask(call, pnr_id, void_tickets, PnrState.HELD)

    @get(
        "/{pnr_id:str}/refund-quote",
        opt=operation(
            summary="Ask what refunding the tickets would give back now",
            needs=Permission.BOOKINGS_READ,
            answers={200: wire.RefundOffered},
            problems=(409, 502, 503),
        ),
    )
    async def refund_quote(self, call: Called, pnr_id: FromPath[str]) -> Response[bytes]:
        """Asked of the GDS. 409 `not_supported`: the carrier has to be asked."""
        quote = await refund_quote(call.hub, call.asking, pnr_id)
        return call.answer(wire.refund_offered(pnr_id, quote, net=call.shows_net))

    @post(
        "/{pnr_id:str}/refund",
        opt=operation(
            summary="Refund the tickets of a PNR by the fare's rules",
            needs=Permission.BOOKINGS_WRITE,
            takes=Because,
            bodyless=True,
            key=Key.REQUIRED,
            answers={200: wire.Pnr, 202: wire.Pnr},
            problems=(502, 503),
        ),
    )
    async def refund(self, call: Called, pnr_id: FromPath[str]) -> Response[bytes]:
        """The flights are still held: cancel the booking next. 202: not clear yet. 409, 502,
        503: the tickets still stand."""
        return await _ask(call, pnr_id, refund_tickets, PnrState.HELD)

    @post(
        "/{pnr_id:str}/acknowledge",
        opt=operation(
            summary="Say that somebody has dealt with what a PNR asks",
            needs=Permission.BOOKINGS_WRITE,
            takes=Because,
            bodyless=True,
            key=Key.HONOURED,
            answers={200: wire.Pnr},
        ),
    )
    async def acknowledge(self, call: Called, pnr_id: FromPath[str]) -> Response[bytes]:
        """Its tasks are done until the next change. At the GDS its segments stay as they are."""
        because = await call.body(Because, bodyless=True)

        async def act(asking: Asking, _: str | None) -> Answer:
            why = reasoned(asking, because.reason)
            return answers.given(wire.pnr(await acknowledge_pnr(call.hub, why, pnr_id)), 200)

        return await once(call, act)

    @post(
        "/{pnr_id:str}/resolve",
        opt=operation(
            summary="Settle a PNR that needs an operator",
            needs=Permission.BOOKINGS_WRITE,
            takes=wire.PnrResolution,
            key=Key.HONOURED,
            answers={200: wire.Pnr},
        ),
    )
    async def resolve(self, call: Called, pnr_id: FromPath[str]) -> Response[bytes]:
        """A person looked at the GDS, and says whether it was done. The reason is audited."""
        resolve = (await call.body(wire.PnrResolution)).wish()

        async def act(asking: Asking, _: str | None) -> Answer:
            kept = await resolve_pnr(call.hub, asking, pnr_id, resolve)
            return answers.given(wire.pnr(kept), 200)

        return await once(call, act)
