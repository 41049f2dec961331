from __future__ import annotations

from litestar import Controller, Response, get, patch, post, put
from litestar.params import FromPath

from core.application.hub import Asking
from core.application.webhooks.add_endpoint import (
    add_endpoint,
    change_endpoint,
    list_endpoints,
    paces_of,
    read_endpoint,
    rotate_endpoint_secret,
)
from core.application.webhooks.add_partner import add_partner, list_partners, read_partner
from core.application.webhooks.send_test import send_test
from core.application.webhooks.set_schedule import read_schedule, set_schedule
from core.domain.idempotency import Answer
from core.domain.tenancy import Permission
from core.domain.webhooks.partner import Endpoint
from entrypoints.http import answers
from entrypoints.http.call import Call, Called, reasoned
from entrypoints.http.idempotency import once
from entrypoints.http.operation import Key, operation
from entrypoints.http.paging import Listing, Paging, listing
from entrypoints.http.resources.signing_keys import key_set_address
from entrypoints.http.wire import partner as wire
from entrypoints.http.wire import trying
from entrypoints.http.wire.event import DeliveryRead


class PartnerController(Controller):
    path = "/partners"
    tags = ("Partners",)

    @post(
        opt=operation(
            summary="Add a partner",
            needs=Permission.PARTNERS_WRITE,
            takes=wire.NewPartner,
            key=Key.HONOURED,
            answers={201: wire.Partner},
        )
    )
    async def add(self, call: Called) -> Response[bytes]:
        """It owns endpoints and sees only its own events and deliveries."""
        new = await call.body(wire.NewPartner)

        async def act(asking: Asking, _: str | None) -> Answer:
            made = await add_partner(call.hub, asking, new.name, new.sees)
            return answers.given(wire.partner(made), 201)

        return await once(call, act)

    @get(
        opt=operation(
            summary="List partners, newest first",
            needs=Permission.PARTNERS_READ,
            asks=Paging,
            answers={200: Listing[wire.Partner]},
        )
    )
    async def list_(self, call: Called) -> Response[bytes]:
        asked = call.query(Paging)
        rows = await list_partners(call.hub, call.asking, asked.page)
        return call.answer(listing(rows, asked, wire.partner))

    @get(
        "/{partner_id:str}",
        opt=operation(
            summary="Read a partner", needs=Permission.PARTNERS_READ, answers={200: wire.Partner}
        ),
    )
    async def read(self, call: Called, partner_id: FromPath[str]) -> Response[bytes]:
        return call.answer(wire.partner(await read_partner(call.hub, call.asking, partner_id)))


class EndpointController(Controller):
    path = "/endpoints"
    tags = ("Partners",)

    @post(
        opt=operation(
            summary="Add a webhook endpoint",
            needs=Permission.ENDPOINTS_WRITE,
            takes=wire.NewEndpoint,
            key=Key.HONOURED,
            answers={201: wire.EndpointSecret},
            problems=(404,),
        )
    )
    async def add(self, call: Called) -> Response[bytes]:
        """The signing secret is in this answer and in no other."""
        new = (await call.body(wire.NewEndpoint)).wish()

        async def act(asking: Asking, _: str | None) -> Answer:
            made = await add_endpoint(call.hub, asking, new)
            return answers.given(wire.endpoint_secret(await _shown(call, made), made), 201)

        return await once(call, act)

    @get(
        opt=operation(
            summary="List endpoints, newest first",
            needs=Permission.ENDPOINTS_READ,
            asks=Paging,
            answers={200: Listing[wire.Endpoint]},
        )
    )
    async def list_(self, call: Called) -> Response[bytes]:
        """A partner's key sees that partner's; the tenant's sees all."""
        asked = call.query(Paging)
        rows = await list_endpoints(call.hub, call.asking, asked.page)
        paces, key_set = await paces_of(call.hub, call.asking, rows), key_set_address(call)
        return call.answer(
            listing(rows, asked, lambda e: wire.endpoint(e, key_set, paces.get(e.id)))
        )

    @get(
        "/{endpoint_id:str}",
        opt=operation(
            summary="Read an endpoint",
            needs=Permission.ENDPOINTS_READ,
            answers={200: wire.Endpoint},
        ),
    )
    async def read(self, call: Called, endpoint_id: FromPath[str]) -> Response[bytes]:
        found = await read_endpoint(call.hub, call.asking, endpoint_id)
        return call.answer(await _shown(call, found))

    @patch(
        "/{endpoint_id:str}",
        opt=operation(
            summary="Change, disable or enable an endpoint",
            needs=Permission.ENDPOINTS_WRITE,
            takes=wire.EndpointChange,
            answers={200: wire.Endpoint},
        ),
    )
    async def change(self, call: Called, endpoint_id: FromPath[str]) -> Response[bytes]:
        change = await call.body(wire.EndpointChange)
        asking = reasoned(call.asking, change.reason)
        changed = await change_endpoint(call.hub, asking, endpoint_id, change.wish())
        return call.answer(await _shown(call, changed))

    @post(
        "/{endpoint_id:str}/rotate-secret",
        opt=operation(
            summary="Rotate an endpoint's signing secret",
            needs=Permission.ENDPOINTS_WRITE,
            key=Key.HONOURED,
            answers={200: wire.EndpointSecret},
        ),
    )
    async def rotate(self, call: Called, endpoint_id: FromPath[str]) -> Response[bytes]:
        """The new secret, shown this once; the old one still signs beside it for 24 hours."""

        async def act(asking: Asking, made: str | None) -> Answer:
            done = made is not None
            rotated = await rotate_endpoint_secret(call.hub, asking, endpoint_id, done=done)
            shown = await _shown(call, rotated)
            return answers.given(wire.endpoint_secret(shown, rotated), 200)

        return await once(call, act)

    @post(
        "/{endpoint_id:str}/test",
        opt=operation(
            summary="Send a test to an endpoint",
            needs=Permission.DELIVERIES_WRITE,
            takes=trying.NewTest,
            bodyless=True,
            asks=trying.WaitQuery,
            key=Key.HONOURED,
            answers={201: DeliveryRead},
        ),
    )
    async def test(self, call: Called, endpoint_id: FromPath[str]) -> Response[bytes]:
        """One event for this endpoint alone, signed, sent and recorded as every other, tried
        once. The answer waits for the attempt and shows what the receiver did; without `tries`
        it was not sent in time, and `GET /v1/deliveries/{id}` shows it later."""
        new = await call.body(trying.NewTest, bodyless=True)
        asked = call.query(trying.WaitQuery)

        async def act(asking: Asking, _: str | None) -> Answer:
            seen = await send_test(call.hub, asking, endpoint_id, new.type, wait_s=asked.wait_s)
            return answers.given(trying.seen(seen), 201)

        return await once(call, act)


async def _shown(call: Call, endpoint: Endpoint) -> wire.Endpoint:
    paces = await paces_of(call.hub, call.asking, [endpoint])
    return wire.endpoint(endpoint, key_set_address(call), paces.get(endpoint.id))


class ScheduleController(Controller):
    path = "/retry-schedule"
    tags = ("Partners",)

    @get(
        opt=operation(
            summary="Read when webhooks are tried again",
            needs=Permission.ENDPOINTS_READ,
            answers={200: wire.Schedule},
        )
    )
    async def read(self, call: Called) -> Response[bytes]:
        """The agency's own, else the hub's; an endpoint may have its own."""
        return call.answer(wire.schedule(await read_schedule(call.hub, call.asking)))

    @put(
        opt=operation(
            summary="Set when webhooks are tried again",
            needs=Permission.ENDPOINTS_WRITE,
            takes=wire.ScheduleChange,
            answers={200: wire.Schedule},
        )
    )
    async def set(self, call: Called) -> Response[bytes]:
        """In this environment, from the next failure on. null goes back to the hub's."""
        change = await call.body(wire.ScheduleChange)
        asking = reasoned(call.asking, change.reason)
        return call.answer(wire.schedule(await set_schedule(call.hub, asking, change.wish())))
