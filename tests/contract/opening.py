"""An adapter as the hub opens it, on real sockets of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from adapters import registry
from adapters._kit.transport import AioTransport
from adapters._kit.wiring import Wiring
from adapters.limiter.memory import MemoryLimiter
from core.domain.tenancy import Environment
from ports.clock import Clock

CONNECTION = "con_test"


@asynccontextmanager
async def opened(
    adapter: str,
    config: Mapping[str, Any],
    clock: Clock,
    environment: Environment = Environment.TEST,
) -> AsyncIterator[Any]:
    """In test, *config* has to be one that an operator could enter."""
    manifest = registry.load(adapter)
    converted = msgspec.convert(config, manifest.config)
    assert environment is Environment.LIVE or not manifest.check(converted, environment)
    transport = AioTransport()
    wiring = Wiring(
        connection=CONNECTION,
        budget="acc_test",
        environment=environment,
        transport=transport,
        limiter=MemoryLimiter(clock),
        clock=clock,
    )
    try:
        async with manifest.open(converted, wiring) as client:
            yield client
    finally:
        await transport.aclose()
