"""Many genuine webhooks at once while their database goes away and comes back.

The vendors behave as they say they do: what gets no 2xx is sent again. What counts is what is
stored afterwards: every message that was answered 2xx, and in the end every message.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable

import httpx
import msgspec

from core.application.hub import Hub
from core.domain.tenancy import Scope
from entrypoints.sandbox import STALLS
from ports.store import InboxFilter, Page
from tests.contract.inbound_senders import FIXTURES, Signed, midtrans_signed, stripe_signed
from tests.contract.payment_rigs import WEBHOOK_SECRET
from tests.http.house import House

AT_ONCE = 48
GIVE_UP_S = 900.0
CONFIG = {s.adapter: s.config for s in STALLS}


class Posted(msgspec.Struct, frozen=True):
    """vendor_id: under which it is to be found in the inbox."""

    path: str
    message: Signed
    vendor_id: str


class Outcome(msgspec.Struct):
    """statuses: how often each was answered. early: answered 2xx before the outage was over.

    lost: answered 2xx and not stored. missing: never stored at all. doubled: stored twice.
    """

    sent: int
    statuses: Counter[int]
    early: int
    lost: int
    missing: int
    doubled: int
    seconds: float


async def connected(house: House) -> dict[str, str]:
    """adapter → connection, of the gateways whose sandbox knows its own secrets."""
    ids = {name: await house.connect(name) for name in ("stripe", "midtrans", "xendit")}
    secret = {"secrets": {"webhook_secret": WEBHOOK_SECRET}}
    answer = await house.send("POST", f"/v1/connections/{ids['stripe']}/secret", secret)
    assert answer.status_code == 200, answer.text
    return ids


def messages(ids: dict[str, str], count: int) -> list[Posted]:
    """So many, of the vendors in turn, each with an id of its own."""
    makers = {"stripe": _of_stripe, "midtrans": _of_midtrans, "xendit": _of_xendit}
    names = [name for name in makers if name in ids]
    return [
        makers[name](f"/in/{ids[name]}", number)
        for number in range(count)
        for name in [names[number % len(names)]]
    ]


def _body(fixture: str, **fields: str) -> bytes:
    whole = json.loads((FIXTURES / fixture / "body.json").read_bytes())
    return json.dumps({**whole, **fields}).encode()


def _of_stripe(path: str, number: int) -> Posted:
    id = f"evt_storm{number:08}"
    raw = _body("stripe/webhook/completed", id=id)
    return Posted(path, stripe_signed(raw, at=int(time.time())), id)


def _of_midtrans(path: str, number: int) -> Posted:
    config = CONFIG["midtrans"]
    merchant = {"merchant_id": config["merchant_id"], "order_id": f"SHOP-{number}"}
    message = midtrans_signed(
        _body("midtrans/webhook/settled", **merchant), secret=config["server_key"]
    )
    return Posted(path, message, hashlib.sha256(message.raw).hexdigest())


def _of_xendit(path: str, number: int) -> Posted:
    config = CONFIG["xendit"]
    who = {"user_id": config["business_id"], "external_id": f"SHOP-{number}"}
    raw = _body("xendit/webhook/invoice_paid", **who)
    headers = {"x-callback-token": config["callback_token"]}
    return Posted(path, Signed(headers, raw), hashlib.sha256(raw).hexdigest())


async def storm(
    client: httpx.AsyncClient,
    hub: Hub,
    scope: Scope,
    posted: list[Posted],
    outage: Callable[[asyncio.Event], Awaitable[None]],
) -> Outcome:
    """outage: takes the database away, says so, and gives it back; begins when a third was
    answered. The last third is sent once it is away."""
    statuses: Counter[int] = Counter()
    taken: set[str] = set()
    begun, gone, free = asyncio.Event(), asyncio.Event(), asyncio.Semaphore(AT_ONCE)
    began = time.monotonic()

    async def send(number: int, one: Posted) -> None:
        """As the vendor does: again and again until it is taken."""
        wait = 0.05
        if number * 3 >= len(posted) * 2:
            await gone.wait()
        while time.monotonic() - began < GIVE_UP_S:
            async with free:
                answer = await client.post(
                    one.path, content=one.message.raw, headers=one.message.headers
                )
            statuses[answer.status_code] += 1
            if answer.status_code == 200:
                taken.add(one.vendor_id)
                if len(taken) * 3 >= len(posted):
                    begun.set()
                return
            await asyncio.sleep(wait)
            wait = min(wait * 2, 2.0)

    async def away() -> int:
        await begun.wait()
        await outage(gone)
        return len(taken)

    absence = asyncio.create_task(away())
    await asyncio.gather(*(send(number, one) for number, one in enumerate(posted)))
    stored = Counter(await _stored(hub, scope))
    return Outcome(
        sent=len(posted),
        statuses=statuses,
        early=await absence,
        lost=len(taken - set(stored)),
        missing=len({one.vendor_id for one in posted} - set(stored)),
        doubled=sum(n - 1 for n in stored.values()),
        seconds=round(time.monotonic() - began, 1),
    )


async def _stored(hub: Hub, scope: Scope) -> list[str]:
    found: list[str] = []
    async with hub.store.read(scope) as view:
        page = Page(limit=200)
        while rows := await view.inbox(page, InboxFilter()):
            found += [row.vendor_id for row in rows]
            page = Page(after=rows[-1].id, limit=200)
    return found
