"""What the composition root hands an adapter when it opens a connection."""

from __future__ import annotations

import dataclasses

import httpx

from core.domain.tenancy import Environment
from ports.clock import Clock
from ports.limiter import Limiter
from ports.stock import Stock


@dataclasses.dataclass(frozen=True, kw_only=True)
class Wiring:
    """connection: its id, which offers carry. budget: the vendor account's id, under which
    all processes and connections share one rate. transport: closed by its owner, not by us.
    stock: the tenant's own, for the adapter that sells it; None where nobody keeps any.
    """

    connection: str
    budget: str
    environment: Environment
    transport: httpx.AsyncBaseTransport
    limiter: Limiter
    clock: Clock
    stock: Stock | None = None
