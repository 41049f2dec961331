from __future__ import annotations

from litestar import Controller, Response, get, post

from core.application.hub import Asking
from core.application.webhooks.trigger_events import trigger_events
from core.domain.idempotency import Answer
from core.domain.tenancy import Permission
from entrypoints.http import answers
from entrypoints.http.call import Called
from entrypoints.http.idempotency import once
from entrypoints.http.operation import Key, operation
from entrypoints.http.wire import trying as wire


class TestEventController(Controller):
    path = "/test-events"
    tags = ("Events",)

    @get(
        opt=operation(
            summary="List what can be triggered",
            needs=Permission.EVENTS_READ,
            answers={200: wire.Triggers},
        )
    )
    async def list_(self, call: Called) -> Response[bytes]:
        """Scenarios, and every event type by itself."""
        return call.answer(wire.triggers())

    @post(
        opt=operation(
            summary="Trigger a scenario or an event",
            needs=Permission.DELIVERIES_WRITE,
            takes=wire.NewTestEvents,
            asks=wire.WaitQuery,
            key=Key.HONOURED,
            answers={201: wire.TestEvents},
            problems=(404,),
        )
    )
    async def trigger(self, call: Called) -> Response[bytes]:
        """In the test environment only. Endpoints that asked for such types are told as if it
        had happened, but the body says `test`, references begin with TEST, and every id is
        of nothing. Each event is told once the one before it was tried; when `wait_s` is over
        the rest follow at once, so that with 0 a receiver may get them in any order."""
        wish, asked = (await call.body(wire.NewTestEvents)).wish(), call.query(wire.WaitQuery)

        async def act(asking: Asking, _: str | None) -> Answer:
            told = trigger_events(call.hub, asking, wish, wait_s=asked.wait_s)
            return answers.given(wire.test_events([one async for one in told]), 201)

        return await once(call, act)
