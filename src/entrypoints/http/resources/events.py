from __future__ import annotations

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from core.application.hub import Asking
from core.application.webhooks.read_events import (
    list_attempts,
    list_deliveries,
    list_events,
    read_delivery,
    read_event,
    resend_delivery,
)
from core.domain.event import EventBody, told
from core.domain.idempotency import Answer
from core.domain.tenancy import Permission
from entrypoints.http import answers
from entrypoints.http.call import Called
from entrypoints.http.idempotency import once
from entrypoints.http.operation import Key, operation
from entrypoints.http.paging import Listing, listing
from entrypoints.http.wire import event as wire


class EventController(Controller):
    path = "/events"
    tags = ("Events",)

    @get(
        opt=operation(
            summary="Follow the feed of events",
            needs=Permission.EVENTS_READ,
            asks=wire.FeedQuery,
            answers={200: wire.Feed},
        )
    )
    async def feed(self, call: Called) -> Response[bytes]:
        """In commit order; none is ever skipped. Keep `next`, and ask again with it."""
        asked = call.query(wire.FeedQuery)
        events = await list_events(call.hub, call.asking, after=asked.after, limit=asked.limit)
        return call.answer(wire.feed(events, asked))

    @get(
        "/{event_id:str}",
        opt=operation(
            summary="Read an event", needs=Permission.EVENTS_READ, answers={200: EventBody}
        ),
    )
    async def read(self, call: Called, event_id: FromPath[str]) -> Response[bytes]:
        """Exactly as it is signed and sent to endpoints."""
        return call.answer(told(await read_event(call.hub, call.asking, event_id)))


class DeliveryController(Controller):
    path = "/deliveries"
    tags = ("Events",)

    @get(
        opt=operation(
            summary="List deliveries, newest first",
            needs=Permission.DELIVERIES_READ,
            asks=wire.DeliveryQuery,
            answers={200: Listing[wire.Delivery]},
        )
    )
    async def list_(self, call: Called) -> Response[bytes]:
        asked = call.query(wire.DeliveryQuery)
        rows = await list_deliveries(call.hub, call.asking, asked.page, asked.wish())
        return call.answer(listing(rows, asked, wire.delivery))

    @get(
        "/{delivery_id:str}",
        opt=operation(
            summary="Read a delivery with its attempts",
            needs=Permission.DELIVERIES_READ,
            answers={200: wire.DeliveryRead},
        ),
    )
    async def read(self, call: Called, delivery_id: FromPath[str]) -> Response[bytes]:
        delivery, attempts = await read_delivery(call.hub, call.asking, delivery_id)
        return call.answer(wire.delivery_read(delivery, attempts))

    @post(
        "/{delivery_id:str}/resend",
        opt=operation(
            summary="Send an event to its endpoint once more",
            needs=Permission.DELIVERIES_WRITE,
            key=Key.HONOURED,
            answers={201: wire.Delivery},
            problems=(409,),
        ),
    )
    async def resend(self, call: Called, delivery_id: FromPath[str]) -> Response[bytes]:
        """A new delivery, due now, under the same webhook-id."""

        async def act(asking: Asking, _: str | None) -> Answer:
            again = await resend_delivery(call.hub, asking, delivery_id)
            return answers.given(wire.delivery(again), 201)

        return await once(call, act)


class AttemptController(Controller):
    path = "/attempts"
    tags = ("Events",)

    @get(
        opt=operation(
            summary="List attempts of deliveries, newest first",
            needs=Permission.DELIVERIES_READ,
            asks=wire.AttemptQuery,
            answers={200: Listing[wire.Attempt]},
        )
    )
    async def list_(self, call: Called) -> Response[bytes]:
        """What receivers answered, and whose fault it was where they did not."""
        asked = call.query(wire.AttemptQuery)
        rows = await list_attempts(call.hub, call.asking, asked.page, asked.wish())
        return call.answer(listing(rows, asked, wire.attempt))
