from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Controller, Response, get, patch, post
from litestar.params import FromPath

from core.application.hub import Asking, Hub
from core.application.webhooks.start_recovery import preview_recovery, start_recovery
from core.application.webhooks.steer_recovery import (
    cancel_recovery,
    list_recoveries,
    pace_recovery,
    pause_recovery,
    read_recovery,
    resume_recovery,
)
from core.domain.idempotency import Answer
from core.domain.tenancy import Permission
from core.domain.webhooks.recovery import Recovery
from entrypoints.http import answers
from entrypoints.http.call import Call, Called, reasoned
from entrypoints.http.idempotency import once
from entrypoints.http.operation import Key, operation
from entrypoints.http.paging import Listing, listing
from entrypoints.http.wire import recovery as wire
from entrypoints.http.wire.values import Because
from ports.store import RecoveryFilter

Steer = Callable[[Hub, Asking, str], Awaitable[Recovery]]


def _steering(summary: str) -> dict[str, Any]:
    return operation(
        summary=summary,
        needs=Permission.DELIVERIES_WRITE,
        takes=Because,
        bodyless=True,
        key=Key.HONOURED,
        answers={200: wire.Recovery},
        problems=(409,),
    )


async def _steered(call: Call, id: str, steer: Steer) -> Response[bytes]:
    because = await call.body(Because, bodyless=True)

    async def act(asking: Asking, _: str | None) -> Answer:
        steered = await steer(call.hub, reasoned(asking, because.reason), id)
        return answers.given(wire.recovery(steered), 200)

    return await once(call, act)


class RecoveryController(Controller):
    path = "/recoveries"
    tags = ("Events",)

    @post(
        opt=operation(
            summary="Send the events of a stretch of time to an endpoint again",
            needs=Permission.DELIVERIES_WRITE,
            takes=wire.NewRecovery,
            key=Key.HONOURED,
            answers={200: wire.RecoveryPreview, 201: wire.Recovery},
            problems=(404, 409),
        )
    )
    async def start(self, call: Called) -> Response[bytes]:
        """201: it runs, at its pace, however long it takes and whatever is restarted meanwhile;
        retries and first attempts of others go before it. An ordered endpoint gets the events in
        order. 200: with `dry_run`, what it would send. Of one endpoint one runs at a time."""
        new = await call.body(wire.NewRecovery)

        async def act(asking: Asking, made: str | None) -> Answer:
            asking = reasoned(asking, new.reason)
            if new.dry_run:
                tally = await preview_recovery(call.hub, asking, new.wish())
                return answers.given(wire.preview(tally, new.wish()), 200)
            recovery = await start_recovery(call.hub, asking, new.wish(), made)
            return answers.given(wire.recovery(recovery), 201)

        return await once(call, act)

    @get(
        opt=operation(
            summary="List recoveries, newest first",
            needs=Permission.DELIVERIES_READ,
            asks=wire.RecoveryQuery,
            answers={200: Listing[wire.Recovery]},
        )
    )
    async def list_(self, call: Called) -> Response[bytes]:
        """A partner's key sees those of that partner's endpoints; the tenant's sees all."""
        asked = call.query(wire.RecoveryQuery)
        where = RecoveryFilter(endpoint=asked.endpoint, state=asked.state)
        rows = await list_recoveries(call.hub, call.asking, asked.page, where)
        return call.answer(listing(rows, asked, wire.recovery))

    @get(
        "/{recovery_id:str}",
        opt=operation(
            summary="Read a recovery with its progress",
            needs=Permission.DELIVERIES_READ,
            answers={200: wire.Recovery},
        ),
    )
    async def read(self, call: Called, recovery_id: FromPath[str]) -> Response[bytes]:
        found = await read_recovery(call.hub, call.asking, recovery_id)
        return call.answer(wire.recovery(found))

    @patch(
        "/{recovery_id:str}",
        opt=operation(
            summary="Change a recovery's pace",
            needs=Permission.DELIVERIES_WRITE,
            takes=wire.RecoveryChange,
            answers={200: wire.Recovery},
            problems=(409,),
        ),
    )
    async def change(self, call: Called, recovery_id: FromPath[str]) -> Response[bytes]:
        change = await call.body(wire.RecoveryChange)
        asking = reasoned(call.asking, change.reason)
        changed = await pace_recovery(call.hub, asking, recovery_id, change.pace_per_s)
        return call.answer(wire.recovery(changed))

    @post(
        "/{recovery_id:str}/pause",
        opt=_steering("Pause a recovery"),
    )
    async def pause(self, call: Called, recovery_id: FromPath[str]) -> Response[bytes]:
        """Deliveries it made already go out. A repeat does nothing."""
        return await _steered(call, recovery_id, pause_recovery)

    @post(
        "/{recovery_id:str}/resume",
        opt=_steering("Resume a paused recovery"),
    )
    async def resume(self, call: Called, recovery_id: FromPath[str]) -> Response[bytes]:
        """From where it stopped. A repeat does nothing."""
        return await _steered(call, recovery_id, resume_recovery)

    @post(
        "/{recovery_id:str}/cancel",
        opt=_steering("Cancel a recovery for good"),
    )
    async def cancel(self, call: Called, recovery_id: FromPath[str]) -> Response[bytes]:
        """Deliveries it made already go out. A repeat does nothing."""
        return await _steered(call, recovery_id, cancel_recovery)
