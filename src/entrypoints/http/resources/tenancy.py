from __future__ import annotations

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from core.application.bookings.read_booking import erase_person
from core.application.hub import Asking
from core.application.tenants.add_tenant import add_entity, list_audit, list_entities, read_entity
from core.application.tenants.issue_key import issue_key, list_keys, revoke_key
from core.domain.idempotency import Answer
from core.domain.tenancy import Permission
from entrypoints.http import answers
from entrypoints.http.call import Called, reasoned
from entrypoints.http.idempotency import once
from entrypoints.http.operation import Key, operation
from entrypoints.http.paging import Listing, Paging, listing
from entrypoints.http.wire import tenancy as wire
from entrypoints.http.wire.values import BecauseOwed


class EntityController(Controller):
    path = "/entities"
    tags = ("Agency",)

    @post(
        opt=operation(
            summary="Add a legal entity",
            needs=Permission.CONNECTIONS_WRITE,
            takes=wire.NewEntity,
            key=Key.HONOURED,
            answers={201: wire.Entity},
        )
    )
    async def add(self, call: Called) -> Response[bytes]:
        new = (await call.body(wire.NewEntity)).wish()

        async def act(asking: Asking, _: str | None) -> Answer:
            return answers.given(wire.entity(await add_entity(call.hub, asking, new)), 201)

        return await once(call, act)

    @get(
        opt=operation(
            summary="List legal entities, newest first",
            needs=Permission.CONNECTIONS_READ,
            asks=Paging,
            answers={200: Listing[wire.Entity]},
        )
    )
    async def list_(self, call: Called) -> Response[bytes]:
        asked = call.query(Paging)
        rows = await list_entities(call.hub, call.asking, asked.page)
        return call.answer(listing(rows, asked, wire.entity))

    @get(
        "/{entity_id:str}",
        opt=operation(
            summary="Read a legal entity",
            needs=Permission.CONNECTIONS_READ,
            answers={200: wire.Entity},
        ),
    )
    async def read(self, call: Called, entity_id: FromPath[str]) -> Response[bytes]:
        return call.answer(wire.entity(await read_entity(call.hub, call.asking, entity_id)))


class KeyController(Controller):
    path = "/keys"
    tags = ("Agency",)

    @post(
        opt=operation(
            summary="Issue an API key",
            needs=Permission.KEYS_WRITE,
            takes=wire.NewKey,
            key=Key.HONOURED,
            answers={201: wire.IssuedKey},
            problems=(404,),
        )
    )
    async def issue(self, call: Called) -> Response[bytes]:
        """Its text is in this answer and in no other. A key gives only what it has itself."""
        new = (await call.body(wire.NewKey)).wish()

        async def act(asking: Asking, _: str | None) -> Answer:
            key, text = await issue_key(call.hub, asking, new)
            return answers.given(wire.IssuedKey(wire.key(key), text), 201)

        return await once(call, act)

    @get(
        opt=operation(
            summary="List API keys, newest first",
            needs=Permission.KEYS_READ,
            asks=Paging,
            answers={200: Listing[wire.Key]},
        )
    )
    async def list_(self, call: Called) -> Response[bytes]:
        asked = call.query(Paging)
        rows = await list_keys(call.hub, call.asking, asked.page)
        return call.answer(listing(rows, asked, wire.key))

    @post(
        "/{key_id:str}/revoke",
        opt=operation(
            summary="Revoke an API key", needs=Permission.KEYS_WRITE, answers={200: wire.Key}
        ),
    )
    async def revoke(self, call: Called, key_id: FromPath[str]) -> Response[bytes]:
        """It opens nothing from now on."""
        return call.answer(wire.key(await revoke_key(call.hub, call.asking, key_id)))


class PersonController(Controller):
    path = "/people"
    tags = ("Agency",)

    @post(
        "/{person_id:str}/erase",
        opt=operation(
            summary="Erase a person for good",
            needs=Permission.PEOPLE_ERASE,
            takes=BecauseOwed,
            answers={204: None},
        ),
    )
    async def erase(self, call: Called, person_id: FromPath[str]) -> Response[bytes]:
        """Destroys the key of their data. Bookings, events and the audit trail stay whole."""
        because = await call.body(BecauseOwed)
        await erase_person(call.hub, reasoned(call.asking, because.reason), person_id)
        return Response(b"", status_code=204)


class AuditController(Controller):
    path = "/audit"
    tags = ("Agency",)

    @get(
        opt=operation(
            summary="Read the audit trail, newest first",
            needs=Permission.AUDIT_READ,
            asks=wire.AuditQuery,
            answers={200: Listing[wire.AuditEntry]},
        )
    )
    async def list_(self, call: Called) -> Response[bytes]:
        asked = call.query(wire.AuditQuery)
        rows = await list_audit(call.hub, call.asking, asked.page, subject=asked.subject)
        net = call.shows_net
        return call.answer(listing(rows, asked, lambda e: wire.entry(e, net=net)))

    @get(
        "/verify",
        opt=operation(
            summary="Verify the audit trail's hash chain",
            needs=Permission.AUDIT_READ,
            answers={200: wire.Verification},
        ),
    )
    async def verify(self, call: Called) -> Response[bytes]:
        """Walks the whole chain of this tenant and environment."""
        call.asking.need(Permission.AUDIT_READ)
        return call.answer(wire.verification(*await call.hub.store.verify_audit(call.asking.scope)))
