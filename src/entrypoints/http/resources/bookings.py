from __future__ import annotations

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from core.application.bookings.amend_booking import amend_booking
from core.application.bookings.book_quote import book_quote
from core.application.bookings.cancel_booking import cancel_booking, cancellation_fee
from core.application.bookings.fetch_vouchers import read_vouchers
from core.application.bookings.read_booking import list_bookings, read_booking
from core.application.bookings.resolve_booking import resolve_booking
from core.application.hub import Asking, by_itself
from core.domain.bookings.booking import Booking
from core.domain.idempotency import Answer
from core.domain.tenancy import Permission
from entrypoints.http import answers
from entrypoints.http.call import Call, Called, reasoned
from entrypoints.http.idempotency import once
from entrypoints.http.operation import Key, operation
from entrypoints.http.paging import Listing, listing
from entrypoints.http.wire import activity
from entrypoints.http.wire import booking as wire
from entrypoints.http.wire.values import Because
from ports.store import BookingFilter


async def _now(call: Call, id: str) -> Booking:
    """The booking that a request which died has left; its key need not be one that may read."""
    booking, _ = await read_booking(call.hub, by_itself(call.asking.scope), id)
    return booking


class BookingController(Controller):
    path = "/bookings"
    tags = ("Bookings",)

    @post(
        opt=operation(
            summary="Book a quote, at most once",
            needs=Permission.BOOKINGS_WRITE,
            takes=wire.NewBooking,
            key=Key.REQUIRED,
            answers={201: wire.Booking, 202: wire.Booking},
            problems=(404, 502, 503),
        )
    )
    async def book(self, call: Called) -> Response[bytes]:
        """201: it is booked. 202: `submitting`, `pending_supplier` or `needs_operator`; it
        settles by itself or by a person, and an event tells. 409: refused. 502, 503: it
        certainly was not made. Every answer after the intent names the booking."""
        new = (await call.body(wire.NewBooking)).wish()

        async def act(asking: Asking, made: str | None) -> Answer:
            if made is not None:
                return answers.of_booking(call, await _now(call, made))
            return answers.of_booking(call, await book_quote(call.hub, asking, new))

        return await once(call, act, key=Key.REQUIRED)

    @get(
        opt=operation(
            summary="List bookings, newest first",
            needs=Permission.BOOKINGS_READ,
            asks=wire.BookingQuery,
            answers={200: Listing[wire.Booking]},
        )
    )
    async def list_(self, call: Called) -> Response[bytes]:
        asked = call.query(wire.BookingQuery)
        where = BookingFilter(asked.state, asked.reference, asked.partner)
        rows = await list_bookings(call.hub, call.asking, asked.page, where)
        net = call.shows_net
        return call.answer(listing(rows, asked, lambda b: wire.booking(b, net=net)))

    @get(
        "/{booking_id:str}",
        opt=operation(
            summary="Read a booking with the people it names",
            needs=Permission.BOOKINGS_READ,
            answers={200: wire.Booking},
        ),
    )
    async def read(self, call: Called, booking_id: FromPath[str]) -> Response[bytes]:
        """A person who was erased is shown as erased."""
        booking, people = await read_booking(call.hub, call.asking, booking_id)
        return call.answer(wire.booking(booking, net=call.shows_net, people=people))

    @get(
        "/{booking_id:str}/voucher",
        opt=operation(
            summary="Read what the guests show at the door",
            needs=Permission.BOOKINGS_READ,
            answers={200: activity.Vouchers},
            problems=(409, 502, 503),
        ),
    )
    async def voucher(self, call: Called, booking_id: FromPath[str]) -> Response[bytes]:
        """As the supplier issued it; it is kept, and given as often as it is asked for. Without
        vouchers, as for a hotel, the guests say the reference. 503: not issued yet."""
        booking, sheet = await read_vouchers(call.hub, call.asking, booking_id)
        reference = booking.supplier_reference or booking.vendor_reference
        return call.answer(activity.vouchers(reference, sheet))

    @get(
        "/{booking_id:str}/cancellation-fee",
        opt=operation(
            summary="Ask what cancelling now would cost",
            needs=Permission.BOOKINGS_READ,
            answers={200: wire.Fee},
            problems=(409, 502, 503),
        ),
    )
    async def fee(self, call: Called, booking_id: FromPath[str]) -> Response[bytes]:
        """Asked of the supplier; where it cannot say, read from the booking's policy."""
        fee = await cancellation_fee(call.hub, call.asking, booking_id)
        return call.answer(wire.Fee(booking_id, fee))

    @post(
        "/{booking_id:str}/cancel",
        opt=operation(
            summary="Cancel a booking at its supplier",
            needs=Permission.BOOKINGS_WRITE,
            takes=Because,
            bodyless=True,
            key=Key.REQUIRED,
            answers={200: wire.Booking, 202: wire.Booking},
            problems=(502, 503),
        ),
    )
    async def cancel(self, call: Called, booking_id: FromPath[str]) -> Response[bytes]:
        """200: cancelled, for the fee it then names. 202: the supplier's answer is not clear
        yet. 409, 502, 503: it stays booked. Cancelling again changes nothing."""
        because = await call.body(Because, bodyless=True)

        async def act(asking: Asking, made: str | None) -> Answer:
            if made is not None:
                return answers.of_cancellation(call, await _now(call, made))
            why = reasoned(asking, because.reason)
            return answers.of_cancellation(call, await cancel_booking(call.hub, why, booking_id))

        return await once(call, act, key=Key.REQUIRED)

    @post(
        "/{booking_id:str}/amend",
        opt=operation(
            summary="Change names or dates where the supplier allows it",
            needs=Permission.BOOKINGS_WRITE,
            takes=wire.BookingChange,
            key=Key.REQUIRED,
            answers={200: wire.Booking, 202: wire.Booking},
            problems=(502, 503),
        ),
    )
    async def amend(self, call: Called, booking_id: FromPath[str]) -> Response[bytes]:
        """200: changed. 202: the supplier's answer is not clear yet. 409 `not_supported`:
        this supplier cannot; cancel and book again."""
        change = (await call.body(wire.BookingChange)).wish()

        async def act(asking: Asking, made: str | None) -> Answer:
            if made is not None:
                return answers.of_amendment(call, await _now(call, made))
            amended = await amend_booking(call.hub, asking, booking_id, change)
            return answers.of_amendment(call, amended)

        return await once(call, act, key=Key.REQUIRED)

    @post(
        "/{booking_id:str}/resolve",
        opt=operation(
            summary="Settle a booking that needs an operator",
            needs=Permission.BOOKINGS_WRITE,
            takes=wire.BookingResolution,
            key=Key.HONOURED,
            answers={200: wire.Booking},
        ),
    )
    async def resolve(self, call: Called, booking_id: FromPath[str]) -> Response[bytes]:
        """A person says what became of it, and how they know. The reason is audited."""
        resolve = (await call.body(wire.BookingResolution)).wish()

        async def act(asking: Asking, _: str | None) -> Answer:
            booking = await resolve_booking(call.hub, asking, booking_id, resolve)
            return answers.given(wire.booking(booking, net=call.shows_net), 200)

        return await once(call, act)
