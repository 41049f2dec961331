"""An invented vendor that counts how often it is opened and closed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import anyio
import httpx
import msgspec

from adapters._kit.wiring import Wiring
from core.domain.connections.connection import Connection, VendorAccount, Verdict
from core.domain.problem import Fault
from core.domain.secret import Secret
from core.domain.tenancy import Environment, Scope
from ports.manifest import Manifest, Role
from ports.probe import Probe

KEY = "not-a-real-key-77aa"
THEN = datetime(2026, 11, 1, tzinfo=UTC)
SCOPE = Scope("tnt_1", Environment.TEST)


class AcmeConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    api_key: Annotated[str, msgspec.Meta(pattern="^not-a-real-key-[0-9a-f]+$")]
    hotel: int
    live: bool = False


class AcmeInbound:
    def __init__(self, config: AcmeConfig) -> None:
        self.config = config


class AcmeClient:
    def __init__(self, config: AcmeConfig, wiring: Wiring) -> None:
        self.config = config
        self.wiring = wiring
        self.closed = False

    async def probe(self) -> Probe:
        return Probe(Verdict.VERIFIED, {})


class Transport(httpx.AsyncBaseTransport):
    def __init__(self) -> None:
        self.closed = False

    async def aclose(self) -> None:
        self.closed = True


class Acme:
    """The registry of a hub that knows acme only. fails: opening raises this."""

    def __init__(self, roles: frozenset[Role] = frozenset({Role.HOTEL_SUPPLIER})) -> None:
        self.roles = roles
        self.clients: list[AcmeClient] = []
        self.transports: list[Transport] = []
        self.fails: Exception | None = None
        self.closes_badly = False

    def names(self) -> Sequence[str]:
        return ("acme",)

    def load(self, name: str) -> Manifest:
        return Manifest(
            name=name,
            title="Acme",
            roles=self.roles,
            config=AcmeConfig,
            api_version="1",
            can=frozenset(),
            evidence={},
            absence_certain_after_s=None,
            repeatable_for_s=None,
            reference_length=20,
            deadline_s=10.0,
            check=_check,
            open=self.open,
            inbound=AcmeInbound if Role.INBOUND_WEBHOOK in self.roles else None,  # type: ignore[arg-type]
        )

    def transport(self) -> Transport:
        self.transports.append(Transport())
        return self.transports[-1]

    @asynccontextmanager
    async def open(self, config: Any, wiring: Any) -> AsyncIterator[AcmeClient]:
        await anyio.sleep(0.01)
        if self.fails:
            raise self.fails
        client = AcmeClient(config, wiring)
        self.clients.append(client)
        yield client
        client.closed = True
        if self.closes_badly:
            raise RuntimeError("closed badly")


def _check(config: Any, environment: Environment) -> Sequence[Fault]:
    if config.live and environment is Environment.TEST:
        return [Fault("/live", "a live key in test")]
    return []


def connection(
    version: int = 1, *, id: str = "con_1", adapter: str = "acme", **config: Any
) -> Connection:
    return Connection(
        id=id,
        entity="ent_1",
        account="acc_1",
        adapter=adapter,
        name="Acme",
        config={"hotel": "7"} | config,
        created_at=THEN,
        version=version,
    )


def account(version: int = 1, *, key: str | None = KEY) -> VendorAccount:
    credential = None if key is None else {"api_key": Secret(key)}
    return VendorAccount(
        id="acc_1",
        adapter="acme",
        name="Acme",
        credential=credential,
        created_at=THEN,
        version=version,
    )
