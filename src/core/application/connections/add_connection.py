"""Connect a vendor: the config is validated against the adapter's own form before it is kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from core.application.channels.pull_reservations import pull_at_once
from core.application.connection_parts import connection_parts, connection_to_change
from core.application.hub import Asking, Hub, write_audit
from core.domain.connections.connection import (
    Connection,
    ConnectionState,
    QueueWatch,
    VendorAccount,
)
from core.domain.markup import Markup
from core.domain.problem import Fault, Invalid, NotFound
from core.domain.secret import Secret
from core.domain.tenancy import Permission, Scope
from core.domain.wrong_value import wrong
from ports.jobs import Bell
from ports.manifest import Manifest, Role, secret_fields
from ports.store import Page, Tx

_FIELD = re.compile(r"`\$\.?([^`]*)`")


class NewConnection(msgspec.Struct, frozen=True):
    """config: every field of the adapter's form, secrets included, or, with *account*,
    the fields that are not secret: the account's credential is used again."""

    adapter: str
    name: str
    entity: str
    config: dict[str, Any]
    account: str | None = None
    markup: Markup = Markup()


async def add_connection(hub: Hub, asking: Asking, new: NewConnection) -> Connection:
    """Invalid: names every field that is wrong; nothing is written."""
    asking.need(Permission.CONNECTIONS_WRITE)
    scope = asking.scope
    manifest = hub.vendors.manifest(new.adapter)
    if manifest is None:
        known = ", ".join(m.name for m in hub.vendors.manifests())
        raise Invalid(Fault("/adapter", f"there is no such adapter; there are {known}"))
    async with hub.store.begin(scope) as tx:
        if await tx.entity(new.entity) is None:
            raise NotFound("legal entity", new.entity)
        account = await _account(hub, tx, manifest, new)
        plain, _ = _split(manifest, new.config)
        check_config(manifest, _whole(plain, account), scope)
        await _check_own(tx, manifest, plain)
        connection = Connection(
            id=hub.mint.id("con"),
            entity=new.entity,
            account=account.id,
            adapter=new.adapter,
            name=new.name,
            config=plain,
            created_at=hub.clock.now(),
            markup=new.markup,
        )
        if new.account is None:
            await tx.put_account(account)
        await tx.put_connection(connection)
        if Role.GDS in manifest.roles:
            await tx.put_queue_watch(QueueWatch(connection.id, connection.created_at))
        await write_audit(hub, tx, asking, "connection.added", connection.id, after=connection)
    return connection


async def _account(hub: Hub, tx: Tx, manifest: Manifest, new: NewConnection) -> VendorAccount:
    _, secrets = _split(manifest, new.config)
    if new.account is None:
        return VendorAccount(
            id=hub.mint.id("acc"),
            adapter=new.adapter,
            name=new.name,
            credential=secrets,
            created_at=hub.clock.now(),
        )
    if secrets:
        faults = (Fault(f"/config/{n}", "comes from the account; leave it out") for n in secrets)
        raise Invalid(*faults)
    account = await tx.account(new.account)
    if account is None or account.adapter != new.adapter:
        raise NotFound(f"{new.adapter} account", new.account)
    return account


def _split(manifest: Manifest, config: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Secret]]:
    secret = secret_fields(manifest.config)
    wrong = [n for n in config if n in secret and not isinstance(config[n], str)]
    if wrong:
        raise Invalid(*(Fault(f"/config/{n}", "expected a text") for n in wrong))
    plain = {n: v for n, v in config.items() if n not in secret}
    return plain, {n: Secret(v) for n, v in config.items() if n in secret}


def _whole(plain: dict[str, Any], account: VendorAccount) -> dict[str, Any]:
    credential = account.credential or {}
    return plain | {n: s.reveal() for n, s in credential.items()}


def check_config(manifest: Manifest, config: dict[str, Any], scope: Scope) -> None:
    """Invalid: what the adapter's schema or its own check says of *config*, without values."""
    known = {f.name: f for f in msgspec.structs.fields(manifest.config)}
    faults = [
        Fault(f"/config/{n}", f"{manifest.title} has no such field")
        for n in config
        if n not in known
    ]
    for n, f in known.items():
        if f.required and config.get(n) in (None, ""):
            faults.append(Fault(f"/config/{n}", "is required"))
        elif n in config:
            faults += _faults_in(config[n], f.type, f"/config/{n}")
    if not faults:
        faults += _faults_in(config, manifest.config, "/config")
    if not faults:
        typed = msgspec.convert(config, manifest.config)
        found = manifest.check(typed, scope.environment)
        faults += [Fault(f"/config{fault.pointer}", fault.message) for fault in found]
    if faults:
        raise Invalid(*faults)


async def _check_own(tx: Tx, manifest: Manifest, said: dict[str, Any]) -> None:
    """Invalid: *said* names a property that the tenant has not; nothing would ever be found."""
    name = manifest.own_properties
    if name is None:
        return
    codes: Sequence[str] = said.get(name) or ()
    missing = [n for n, code in enumerate(codes) if await tx.property_by_code(code) is None]
    if missing:
        known = ", ".join(home.code for home in await tx.active_properties()) or "none yet"
        why = f"is no property of yours; there are: {known}"
        raise Invalid(*(Fault(f"/config/{name}/{n}", f"{codes[n]} {why}") for n in missing))


def _faults_in(value: object, type_: Any, pointer: str) -> Sequence[Fault]:
    try:
        msgspec.convert(value, type_)
    except msgspec.ValidationError as e:
        message, _, where = str(e).partition(" - at ")
        path = _FIELD.fullmatch(where)
        if path and path.group(1):
            pointer += "/" + path.group(1).replace(".", "/")
        return (Fault(pointer, wrong(message)),)
    return ()


class ConnectionChange(msgspec.Struct, frozen=True):
    """None leaves a thing as it is. config replaces the fields it names, never secrets."""

    name: str | None = None
    markup: Markup | None = None
    config: dict[str, Any] | None = None
    state: ConnectionState | None = None


async def change_connection(
    hub: Hub, asking: Asking, id: str, change: ConnectionChange
) -> Connection:
    asking.need(Permission.CONNECTIONS_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        before, account, manifest = await connection_to_change(hub, tx, id)
        after = msgspec.structs.replace(
            before,
            name=change.name or before.name,
            markup=change.markup or before.markup,
            state=change.state or before.state,
            config=before.config | (change.config or {}),
            version=before.version + 1,
        )
        if change.config is not None:
            _, secrets = _split(manifest, change.config)
            if secrets:
                raise Invalid(
                    *(Fault(f"/config/{n}", "is a secret; rotate it instead") for n in secrets)
                )
            check_config(manifest, _whole(after.config, account), asking.scope)
            await _check_own(tx, manifest, change.config)
        await tx.put_connection(after)
        await write_audit(hub, tx, asking, "connection.changed", id, before=before, after=after)
        if after.state is ConnectionState.ACTIVE is not before.state:
            await pull_at_once(hub, tx, id)  # nothing was asked for while it was off
    await hub.jobs.ring(Bell.PULLS)
    return after


async def rotate_secret(hub: Hub, asking: Asking, id: str, secrets: dict[str, str]) -> Connection:
    """Replace secret fields of the connection's account; every connection on it follows."""
    asking.need(Permission.CONNECTIONS_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        connection, account, manifest = await connection_to_change(hub, tx, id)
        plain, fresh = _split(manifest, secrets)
        if plain or not fresh:
            names = ", ".join(sorted(secret_fields(manifest.config)))
            raise Invalid(Fault("/secrets", f"name one or more of {names}"))
        credential = (account.credential or {}) | fresh
        after = msgspec.structs.replace(account, credential=credential, version=account.version + 1)
        check_config(manifest, _whole(connection.config, after), asking.scope)
        await tx.put_account(after)
        await write_audit(
            hub, tx, asking, "connection.secret_rotated", id, after={"fields": sorted(fresh)}
        )
    return connection


async def read_connection(hub: Hub, asking: Asking, id: str) -> Connection:
    asking.need(Permission.CONNECTIONS_READ)
    async with hub.store.read(asking.scope) as view:
        connection, _, _ = await connection_parts(hub, view, id)
    return connection


async def list_connections(hub: Hub, asking: Asking, page: Page) -> Sequence[Connection]:
    asking.need(Permission.CONNECTIONS_READ)
    async with hub.store.read(asking.scope) as view:
        return await view.connections(page)
