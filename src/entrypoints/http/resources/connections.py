from __future__ import annotations

from litestar import Controller, Response, get, patch, post
from litestar.params import FromPath

from core.application.connections.add_connection import (
    ConnectionChange,
    add_connection,
    change_connection,
    list_connections,
    read_connection,
    rotate_secret,
)
from core.application.connections.probe_connection import probe_connection
from core.application.hub import Asking
from core.application.inbound.record_rejection import list_rejections
from core.domain.connections.connection import Connection, ConnectionState
from core.domain.idempotency import Answer
from core.domain.problem import NotFound
from core.domain.tenancy import Permission
from entrypoints.http import answers
from entrypoints.http.call import Call, Called, reasoned
from entrypoints.http.idempotency import once
from entrypoints.http.operation import Key, operation
from entrypoints.http.paging import Listing, Paging, listing
from entrypoints.http.wire import connection as wire
from entrypoints.http.wire.values import Because, BecauseOwed
from ports.manifest import Role


def _shown(call: Call, connection: Connection) -> wire.Connection:
    manifest = call.hub.vendors.manifest(connection.adapter)
    takes = manifest is not None and Role.INBOUND_WEBHOOK in manifest.roles
    base = call.settings.public_url.rstrip("/")
    return wire.connection(connection, f"{base}/in/{connection.id}" if takes else None)


class AdapterController(Controller):
    path = "/adapters"
    tags = ("Connections",)

    @get(
        opt=operation(
            summary="List the adapters: forms, capabilities, evidence",
            needs=Permission.CONNECTIONS_READ,
            answers={200: wire.Adapters},
        )
    )
    async def list_(self, call: Called) -> Response[bytes]:
        call.asking.need(Permission.CONNECTIONS_READ)
        shown = tuple(wire.adapter(m) for m in call.hub.vendors.manifests())
        return call.answer(wire.Adapters(shown))

    @get(
        "/{name:str}",
        opt=operation(
            summary="Read one adapter",
            needs=Permission.CONNECTIONS_READ,
            answers={200: wire.Adapter},
        ),
    )
    async def read(self, call: Called, name: FromPath[str]) -> Response[bytes]:
        call.asking.need(Permission.CONNECTIONS_READ)
        manifest = call.hub.vendors.manifest(name)
        if manifest is None:
            raise NotFound("adapter", name)
        return call.answer(wire.adapter(manifest))


class ConnectionController(Controller):
    path = "/connections"
    tags = ("Connections",)

    @post(
        opt=operation(
            summary="Connect a vendor",
            needs=Permission.CONNECTIONS_WRITE,
            takes=wire.NewConnection,
            key=Key.HONOURED,
            answers={201: wire.Connection},
            problems=(404,),
        )
    )
    async def add(self, call: Called) -> Response[bytes]:
        """The config is checked against the adapter's own form; its secrets are encrypted and
        never shown again. Test it next: POST /v1/connections/{id}/test."""
        new = (await call.body(wire.NewConnection)).wish()

        async def act(asking: Asking, _: str | None) -> Answer:
            return answers.given(_shown(call, await add_connection(call.hub, asking, new)), 201)

        return await once(call, act)

    @get(
        opt=operation(
            summary="List connections, newest first",
            needs=Permission.CONNECTIONS_READ,
            asks=Paging,
            answers={200: Listing[wire.Connection]},
        )
    )
    async def list_(self, call: Called) -> Response[bytes]:
        asked = call.query(Paging)
        rows = await list_connections(call.hub, call.asking, asked.page)
        return call.answer(listing(rows, asked, lambda c: _shown(call, c)))

    @get(
        "/{connection_id:str}",
        opt=operation(
            summary="Read a connection",
            needs=Permission.CONNECTIONS_READ,
            answers={200: wire.Connection},
        ),
    )
    async def read(self, call: Called, connection_id: FromPath[str]) -> Response[bytes]:
        connection = await read_connection(call.hub, call.asking, connection_id)
        return call.answer(_shown(call, connection))

    @patch(
        "/{connection_id:str}",
        opt=operation(
            summary="Change a connection's name, markup or settings",
            needs=Permission.CONNECTIONS_WRITE,
            takes=wire.ConnectionChange,
            answers={200: wire.Connection},
        ),
    )
    async def change(self, call: Called, connection_id: FromPath[str]) -> Response[bytes]:
        """Secrets are not changed here: POST /v1/connections/{id}/secret."""
        change = (await call.body(wire.ConnectionChange)).wish()
        connection = await change_connection(call.hub, call.asking, connection_id, change)
        return call.answer(_shown(call, connection))

    @post(
        "/{connection_id:str}/test",
        opt=operation(
            summary="Ask the vendor whether a connection works",
            needs=Permission.CONNECTIONS_WRITE,
            answers={200: wire.ConnectionTest},
        ),
    )
    async def test(self, call: Called, connection_id: FromPath[str]) -> Response[bytes]:
        """`verified`, `rejected`, `unreachable` or `cannot_test`, with what was seen."""
        return call.answer(wire.test(await probe_connection(call.hub, call.asking, connection_id)))

    @get(
        "/{connection_id:str}/rejections",
        opt=operation(
            summary="List the messages to a connection that were not believed, newest first",
            needs=Permission.CONNECTIONS_READ,
            asks=Paging,
            answers={200: Listing[wire.Rejection]},
        ),
    )
    async def rejections(self, call: Called, connection_id: FromPath[str]) -> Response[bytes]:
        """Why and when, never what was in them. The newest 200 are kept, for 30 days, and of many
        at once 20 a minute; `passed_over` counts the others."""
        asked = call.query(Paging)
        rows = await list_rejections(call.hub, call.asking, connection_id, asked.page)
        return call.answer(listing(rows, asked, wire.rejection))

    @post(
        "/{connection_id:str}/secret",
        opt=operation(
            summary="Rotate a connection's secrets",
            needs=Permission.CONNECTIONS_WRITE,
            takes=wire.NewSecrets,
            key=Key.HONOURED,
            answers={200: wire.Connection},
        ),
    )
    async def rotate(self, call: Called, connection_id: FromPath[str]) -> Response[bytes]:
        """Every connection on the same vendor account follows."""
        new = await call.body(wire.NewSecrets)

        async def act(asking: Asking, _: str | None) -> Answer:
            rotated = await rotate_secret(call.hub, asking, connection_id, new.secrets)
            return answers.given(_shown(call, rotated), 200)

        return await once(call, act)

    @post(
        "/{connection_id:str}/disable",
        opt=operation(
            summary="Disable a connection",
            needs=Permission.CONNECTIONS_WRITE,
            takes=BecauseOwed,
            answers={200: wire.Connection},
        ),
    )
    async def disable(self, call: Called, connection_id: FromPath[str]) -> Response[bytes]:
        """It sells nothing new; what is under way is still settled."""
        because = await call.body(BecauseOwed)
        return await _switch(call, connection_id, ConnectionState.DISABLED, because.reason)

    @post(
        "/{connection_id:str}/enable",
        opt=operation(
            summary="Enable a connection again",
            needs=Permission.CONNECTIONS_WRITE,
            takes=Because,
            bodyless=True,
            answers={200: wire.Connection},
        ),
    )
    async def enable(self, call: Called, connection_id: FromPath[str]) -> Response[bytes]:
        because = await call.body(Because, bodyless=True)
        return await _switch(call, connection_id, ConnectionState.ACTIVE, because.reason)


async def _switch(call: Call, id: str, state: ConnectionState, reason: str) -> Response[bytes]:
    asking = reasoned(call.asking, reason)
    changed = await change_connection(call.hub, asking, id, ConnectionChange(state=state))
    return call.answer(_shown(call, changed))
