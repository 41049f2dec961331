"""One Idempotency-Key: one effect and one answer, however often it is asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from core.application.hub import Asking, Hub
from core.domain.idempotency import (
    Answer,
    InFlight,
    KeyRecord,
    OtherBody,
    Replay,
    Resume,
    decide,
)
from core.domain.problem import Conflict, Fault, Invalid, Problem

Act = Callable[[Asking, str | None], Awaitable[Answer]]


class KeyInUse(Conflict):
    """The first request under this key has not been answered yet."""


async def answer_once(
    hub: Hub, asking: Asking, key: str, fingerprint: str, act: Act
) -> tuple[Answer, bool]:
    """What *act* answers, or what it answered before; True says that it is a replay.

    act(asking, resource): does the work, linking the key to its intent. *resource* is what
    an earlier request under this key left behind when it died; act then continues from it.
    A Problem that act raises before it has linked the key frees it: nothing was done under it.
    """
    resource, replay = await _take(hub, asking, key, fingerprint)
    if replay is not None:
        return replay, True
    try:
        answer = await act(msgspec.structs.replace(asking, key=key), resource)
    except Problem:
        async with hub.store.begin(asking.scope) as tx:
            record = await tx.key_record(asking.who.id, key)
            if record is not None and record.resource is None:
                await tx.release_key(asking.who.id, key)
        raise
    async with hub.store.begin(asking.scope) as tx:
        await tx.answer_key(asking.who.id, key, answer)
    return answer, False


async def _take(
    hub: Hub, asking: Asking, key: str, fingerprint: str
) -> tuple[str | None, Answer | None]:
    if not 1 <= len(key) <= 255:
        raise Invalid(Fault("", "an Idempotency-Key has 1 to 255 characters"))
    now = hub.clock.now()
    record = KeyRecord(key=key, fingerprint=fingerprint, started_at=now)
    async with hub.store.begin(asking.scope) as tx:
        before = await tx.start_key(asking.who.id, record)
        if before is None:
            return None, None
        match decide(before, fingerprint, now):
            case Replay(answer):
                return None, answer
            case OtherBody():
                fault = Fault("", "this Idempotency-Key was used for another request")
                raise Invalid(fault, code="idempotency_key_reused")
            case InFlight(wait):
                raise KeyInUse(
                    "idempotency_key_in_use",
                    "the first request under this Idempotency-Key still runs",
                    retry_after_s=wait,
                    resource=before.resource,
                )
            case Resume(resource):
                await tx.restart_key(asking.who.id, key, now)
                return resource, None
