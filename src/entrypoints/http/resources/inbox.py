from __future__ import annotations

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from core.application.hub import Asking
from core.application.inbound.handle_message import dismiss_message, retry_message
from core.application.inbound.read_message import list_messages, read_message
from core.domain.idempotency import Answer
from core.domain.tenancy import Permission
from entrypoints.http import answers
from entrypoints.http.call import Called, reasoned
from entrypoints.http.idempotency import once
from entrypoints.http.operation import Key, operation
from entrypoints.http.paging import Listing, listing
from entrypoints.http.wire import inbox as wire
from entrypoints.http.wire.values import Because, BecauseOwed
from ports.store import InboxFilter


class InboxController(Controller):
    path = "/inbox"
    tags = ("Connections",)

    @get(
        opt=operation(
            summary="List what vendors sent in, newest first",
            needs=Permission.CONNECTIONS_READ,
            asks=wire.InboxQuery,
            answers={200: Listing[wire.InboxMessage]},
        )
    )
    async def list_(self, call: Called) -> Response[bytes]:
        """Their state and why, never the bytes: those may hold personal data."""
        asked = call.query(wire.InboxQuery)
        where = InboxFilter(asked.connection, asked.state)
        rows = await list_messages(call.hub, call.asking, asked.page, where)
        return call.answer(listing(rows, asked, wire.message))

    @get(
        "/{message_id:str}",
        opt=operation(
            summary="Read what became of a message that a vendor sent in",
            needs=Permission.CONNECTIONS_READ,
            answers={200: wire.InboxMessage},
        ),
    )
    async def read(self, call: Called, message_id: FromPath[str]) -> Response[bytes]:
        return call.answer(wire.message(await read_message(call.hub, call.asking, message_id)))

    @post(
        "/{message_id:str}/retry",
        opt=operation(
            summary="Have a quarantined message read again",
            needs=Permission.CONNECTIONS_WRITE,
            takes=Because,
            bodyless=True,
            key=Key.HONOURED,
            answers={202: wire.InboxMessage},
            problems=(409,),
        ),
    )
    async def retry(self, call: Called, message_id: FromPath[str]) -> Response[bytes]:
        """After what kept it was mended. It is read in a moment: `inbox.settled` or
        `inbox.quarantined` tells. What it says is applied once."""
        because = await call.body(Because, bodyless=True)

        async def act(asking: Asking, _: str | None) -> Answer:
            why = reasoned(asking, because.reason)
            return answers.given(wire.message(await retry_message(call.hub, why, message_id)), 202)

        return await once(call, act)

    @post(
        "/{message_id:str}/dismiss",
        opt=operation(
            summary="Dismiss a quarantined message for good",
            needs=Permission.CONNECTIONS_WRITE,
            takes=BecauseOwed,
            key=Key.HONOURED,
            answers={200: wire.InboxMessage},
            problems=(409,),
        ),
    )
    async def dismiss(self, call: Called, message_id: FromPath[str]) -> Response[bytes]:
        """It is never read, and its bytes are forgotten. The reason is audited and shown."""
        reason = (await call.body(BecauseOwed)).reason

        async def act(asking: Asking, _: str | None) -> Answer:
            message = await dismiss_message(call.hub, asking, message_id, reason)
            return answers.given(wire.message(message), 200)

        return await once(call, act)
