"""Adapters, connections, and what came in through them and was not believed."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from core.application.connections import add_connection
from core.domain.connections import connection as domain
from core.domain.inbound import rejection as domain_rejection
from core.domain.markup import Markup
from entrypoints.http.wire.values import Id, Name, NewMarkup
from ports.manifest import Evidence, Manifest, Role, secret_fields


class Adapter(msgspec.Struct, frozen=True, kw_only=True):
    """form: the JSON Schema of a connection's config; x-order is the place of a field in the
    form, x-secret marks what is encrypted and never shown again. can: operations beyond those
    its roles require. evidence: operation → what stands behind it."""

    name: str
    title: str
    roles: tuple[Role, ...]
    api_version: str
    can: tuple[str, ...]
    evidence: dict[str, str]
    secrets: tuple[str, ...]
    takes_webhooks: bool
    form: dict[str, Any]


class Adapters(msgspec.Struct, frozen=True):
    data: tuple[Adapter, ...]


class NewConnection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """config: the adapter's form, secrets included; with account, those of that account are
    used again and left out here."""

    adapter: Annotated[str, Meta(min_length=1, max_length=50)]
    name: Name
    entity: Id
    config: dict[str, Any]
    account: Id | None = None
    markup: NewMarkup = NewMarkup()

    def wish(self) -> add_connection.NewConnection:
        return add_connection.NewConnection(
            adapter=self.adapter,
            name=self.name,
            entity=self.entity,
            config=self.config,
            account=self.account,
            markup=self.markup.markup(),
        )


class ConnectionChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whatever is left out stays. config replaces the fields it names, never secrets."""

    name: Name | None = None
    markup: NewMarkup | None = None
    config: dict[str, Any] | None = None

    def wish(self) -> add_connection.ConnectionChange:
        markup = self.markup.markup() if self.markup is not None else None
        return add_connection.ConnectionChange(self.name, markup, self.config)


class NewSecrets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """secrets: one or more secret fields of the adapter's form. Every connection on the same
    account follows."""

    secrets: Annotated[dict[str, Annotated[str, Meta(max_length=10_000)]], Meta(min_length=1)]


class ConnectionTest(msgspec.Struct, frozen=True):
    """verdict: verified, rejected, unreachable or cannot_test. evidence: what was seen.

    remedy: what to do about it, "" when nothing is to be done.
    """

    verdict: domain.Verdict
    tested_at: datetime.datetime
    elapsed_ms: int
    evidence: dict[str, str]
    remedy: str


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """config: without its secrets. inbound_url: where the vendor sends its webhooks."""

    id: str
    adapter: str
    name: str
    state: domain.ConnectionState
    entity: str
    account: str
    config: dict[str, Any]
    markup: Markup
    last_test: ConnectionTest | None
    inbound_url: str | None
    created_at: datetime.datetime


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    """adapter: the vendor it claimed to be of. reason: why it was not believed. digest: SHA-256 of
    its body, by which two are known for the same. size: of the body, in bytes. passed_over: how
    many before it are not kept, because too many came at once."""

    id: str
    connection: str
    adapter: str
    reason: str
    digest: str
    size: int
    passed_over: int
    received_at: datetime.datetime


class Received(msgspec.Struct, frozen=True):
    received: bool


def adapter(of: Manifest) -> Adapter:
    (schema,), components = msgspec.json.schema_components(
        [of.config], ref_template="#/$defs/{name}"
    )
    return Adapter(
        name=of.name,
        title=of.title,
        roles=tuple(sorted(of.roles)),
        api_version=of.api_version,
        can=tuple(sorted(of.can)),
        evidence={op: Evidence(level).name.lower() for op, level in sorted(of.evidence.items())},
        secrets=tuple(sorted(secret_fields(of.config))),
        takes_webhooks=Role.INBOUND_WEBHOOK in of.roles,
        form={**schema, "$defs": components},
    )


def test(of: domain.ConnectionTest) -> ConnectionTest:
    return ConnectionTest(of.verdict, of.tested_at, of.elapsed_ms, of.evidence, of.remedy)


def connection(of: domain.Connection, inbound_url: str | None) -> Connection:
    return Connection(
        id=of.id,
        adapter=of.adapter,
        name=of.name,
        state=of.state,
        entity=of.entity,
        account=of.account,
        config=of.config,
        markup=of.markup,
        last_test=test(of.last_test) if of.last_test is not None else None,
        inbound_url=inbound_url,
        created_at=of.created_at,
    )


def rejection(of: domain_rejection.Rejection) -> Rejection:
    return Rejection(
        id=of.id,
        connection=of.connection,
        adapter=of.adapter,
        reason=of.reason,
        digest=of.digest,
        size=of.size,
        passed_over=of.passed_over,
        received_at=of.received_at,
    )
