"""Tell a partner why a message that its receiver got does not verify, or that it does."""

from __future__ import annotations

import asyncio

from core.application.hub import Asking, Hub
from core.application.webhooks.add_endpoint import read_endpoint
from core.application.webhooks.read_events import read_event
from core.application.webhooks.sign_message import is_signed
from core.domain.event import body
from core.domain.ids import is_id
from core.domain.problem import Fault, Forbidden, Invalid, NotFound
from core.domain.webhooks.diagnosis import (
    V1A_DOES_NOT_FIT,
    V1A_FITS,
    Cause,
    Diagnosis,
    Known,
    Received,
    diagnose,
)
from ports.store import Page

BODY_MAX = 256 * 1024  # bytes; an event's body has a few hundred
HEADERS_MAX = 100


async def diagnose_signature(hub: Hub, asking: Asking, id: str, received: Received) -> Diagnosis:
    """Nothing that was pasted is stored or logged; asking again says the same.

    The bytes Serai sent are compared only where the asker may read the event. Invalid: more
    than 256 kB of body or 100 headers.
    """
    endpoint = await read_endpoint(hub, asking, id)
    _check(received)
    async with hub.store.read(asking.scope) as view:
        siblings = await view.endpoints(Page(limit=200), partner=endpoint.partner)
    known = Known(
        secrets=endpoint.secrets,
        elsewhere=tuple((s.id, s.secrets) for s in siblings if s.id != endpoint.id),
        sent=await _sent(hub, asking, received),
    )
    found = await asyncio.to_thread(diagnose, received, known, now=hub.clock.now())
    return await _by_public_key(hub, asking, received, found)


async def _by_public_key(
    hub: Hub, asking: Asking, received: Received, found: Diagnosis
) -> Diagnosis:
    """What the domain cannot compute: whether a message that has v1a alone is the agency's."""
    others = tuple(f for f in found.findings if f.code is not Cause.ONLY_V1A)
    if len(others) == len(found.findings):
        return found
    async with hub.store.read(asking.scope) as view:
        keys = [k for k in await view.signing_keys() if k.shown(hub.clock.now())]
    one = {name.lower(): value for name, value in received.headers}
    try:
        id, stamp = one["webhook-id"], int(one["webhook-timestamp"])
        signature = one["webhook-signature"]
        fits = [is_signed(hub.signer, k.public, signature, id, stamp, received.raw) for k in keys]
    except (KeyError, ValueError):  # the findings say which of them it is
        return found
    if any(fits):
        return Diagnosis(not others, (V1A_FITS, *others))
    return Diagnosis(False, (V1A_DOES_NOT_FIT, *others))


def _check(received: Received) -> None:
    faults = []
    if len(received.headers) > HEADERS_MAX:
        faults.append(Fault("/headers", f"has more than {HEADERS_MAX} headers"))
    if len(received.raw) > BODY_MAX:
        faults.append(Fault("/body", f"has more than {BODY_MAX} bytes"))
    if faults:
        raise Invalid(*faults)


async def _sent(hub: Hub, asking: Asking, received: Received) -> bytes | None:
    """None: no header names an event, or none that the asker may see."""
    named = (v.strip() for n, v in received.headers if n.lower().endswith(("-id", "_id")))
    event = next((value for value in named if is_id(value, "evt")), None)
    if event is None:
        return None
    try:
        return body(await read_event(hub, asking, event))
    except (NotFound, Forbidden):
        return None
