"""The other side of each payment gateway, and a hand on it."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec
import pytest
import uvicorn

from adapters import registry
from adapters._kit.transport import AioTransport
from adapters._kit.wiring import Wiring
from adapters.limiter.memory import MemoryLimiter
from adapters.stripe.simulator import Fault, Simulator
from core.domain.payment import RefundFactState
from core.domain.tenancy import Environment
from ports.payment_gateway import PaymentGateway
from tests.fakes.memory_payment_gateway import MemoryPaymentGateway

KEY = "sk_test_notARealKey5e1f00c0ffee"
RESTRICTED = "rk_test_notARealKey5e1f00restricted"
WEBHOOK_SECRET = "whsec_notARealSecret5e1f00c0ffee"
LIVE_KEY = "SERAI_LIVE_STRIPE_KEY"


class Time:
    """The real time plus what a test adds; sleeps end at once."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def later(self, seconds: float) -> None:
        self.ahead += seconds

    def unix(self) -> float:
        return time.time() + self.ahead

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.unix(), UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


class TheirTime(Time):
    def later(self, seconds: float) -> None:
        pytest.skip("a vendor's own time cannot be moved")


class Rig(Protocol):
    """gateway: what is tested. The rest plays the vendor, the customer and the bank."""

    @property
    def gateway(self) -> PaymentGateway: ...
    @property
    def time(self) -> Time: ...
    async def pay(self, gateway_reference: str) -> None: ...
    async def settle_refund(self, gateway_reference: str, *, succeeds: bool) -> None: ...
    def refunds_pend(self) -> None: ...
    def lose_answer(self, operation: str) -> None: ...
    def checkouts_of(self, reference: str) -> int: ...
    def refunds_of(self, reference: str) -> int: ...


class MemoryRig:
    def __init__(self) -> None:
        self.time = Time()
        self.gateway = MemoryPaymentGateway(self.time)

    async def pay(self, gateway_reference: str) -> None:
        self.gateway.pay(gateway_reference)

    async def settle_refund(self, gateway_reference: str, *, succeeds: bool) -> None:
        state = RefundFactState.SUCCEEDED if succeeds else RefundFactState.FAILED
        self.gateway.settle_refund(gateway_reference, state)

    def refunds_pend(self) -> None:
        self.gateway.refunds_pend = True

    def lose_answer(self, operation: str) -> None:
        self.gateway.lose_answer(operation)

    def checkouts_of(self, reference: str) -> int:
        return sum(c.reference == reference for c in self.gateway.checkouts.values())

    def refunds_of(self, reference: str) -> int:
        return sum(r.reference == reference for r in self.gateway.refunds.values())


class StripeRig:
    """The adapter on real sockets, against its simulator."""

    def __init__(self, gateway: PaymentGateway, simulator: Simulator, time: Time) -> None:
        self.gateway = gateway
        self.simulator = simulator
        self.time = time

    async def pay(self, gateway_reference: str) -> None:
        self.simulator.books.pay(gateway_reference)

    async def settle_refund(self, gateway_reference: str, *, succeeds: bool) -> None:
        self.simulator.books.settle_refund(gateway_reference, succeeds=succeeds)

    def refunds_pend(self) -> None:
        self.simulator.books.refunds_pend = True

    def lose_answer(self, operation: str) -> None:
        self.break_("lose_answer", operation)

    def break_(self, kind: Any, operation: str, **how: Any) -> None:
        self.simulator.faults.plant(Fault(kind, operation, **how))  # type: ignore[arg-type]

    def checkouts_of(self, reference: str) -> int:
        return len(self.simulator.books.sessions_of(reference))

    def refunds_of(self, reference: str) -> int:
        return len(self.simulator.books.refunds_of(reference))


class LiveRig:
    """Stripe's own test mode. Nobody pays there, and nothing can be broken on demand."""

    def __init__(self, gateway: PaymentGateway) -> None:
        self.gateway = gateway
        self.time = TheirTime()

    async def pay(self, gateway_reference: str) -> None:
        pytest.skip("only a person can pay at Stripe's page")

    async def settle_refund(self, gateway_reference: str, *, succeeds: bool) -> None:
        pytest.skip("only Stripe settles")

    def refunds_pend(self) -> None:
        pytest.skip("only Stripe decides")

    def lose_answer(self, operation: str) -> None:
        pytest.skip("Stripe loses no answer on demand")

    def checkouts_of(self, reference: str) -> int:
        pytest.skip("Stripe lists no checkouts by our reference")

    refunds_of = checkouts_of


@asynccontextmanager
async def memory() -> AsyncIterator[Rig]:
    yield MemoryRig()


@asynccontextmanager
async def stripe(key: str = KEY) -> AsyncIterator[StripeRig]:
    time = Time()
    simulator = Simulator(keys=(KEY,), restricted=(RESTRICTED,), now=time.unix)
    async with serving(simulator.asgi) as address:
        async with opened(key, f"{address}/stripe", time) as gateway:
            yield StripeRig(gateway, simulator, time)
        await simulator.aclose()


@asynccontextmanager
async def stripe_live() -> AsyncIterator[Rig]:
    key = os.environ.get(LIVE_KEY)
    if not key:
        pytest.skip(f"{LIVE_KEY} holds no key of Stripe's test mode")
    async with opened(key, "https://api.stripe.com", Time()) as gateway:
        yield LiveRig(gateway)


@asynccontextmanager
async def opened(key: str, base_url: str, time: Time) -> AsyncIterator[PaymentGateway]:
    manifest = registry.load("stripe")
    config = msgspec.convert(
        {"api_key": key, "base_url": base_url, "webhook_secret": WEBHOOK_SECRET}, manifest.config
    )
    assert manifest.check(config, Environment.TEST) == []
    transport = AioTransport()
    wiring = Wiring(
        connection="con_test",
        budget="acc_test",
        environment=Environment.TEST,
        transport=transport,
        limiter=MemoryLimiter(time),
        clock=time,
    )
    async with manifest.open(config, wiring) as gateway:
        yield gateway
    await transport.aclose()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # Ctrl-C is for the tests


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """*app* on a loopback port of its own; yields its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = _Server(
            uvicorn.Config(
                app,
                interface="asgi3",
                lifespan="off",
                ws="none",
                log_config=None,
                access_log=False,
            )
        )
        running = asyncio.create_task(server.serve(sockets=[listening]))
        await server.up.wait()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running


Open = Callable[[], AbstractAsyncContextManager[Rig]]
GATEWAYS: dict[str, Open] = {"memory": memory, "stripe": stripe}
LIVE: dict[str, Open] = {"stripe-live": stripe_live}
