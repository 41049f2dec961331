"""The other side of each payment gateway, and a hand on it."""

from __future__ import annotations

import asyncio
import os
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, TypeVar

import pytest

from adapters.midtrans import simulator as midtrans_
from adapters.stripe import simulator as stripe_
from adapters.xendit import simulator as xendit_
from core.domain.payments.payment import Checkout, RefundFact, RefundFactState
from ports.payment_gateway import PaymentGateway
from tests.contract.opening import opened
from tests.fakes.memory_payment_gateway import MemoryPaymentGateway
from tests.servers.asgi import serving

KEY = "sk_test_notARealKey5e1f00c0ffee"
RESTRICTED = "rk_test_notARealKey5e1f00restricted"
WEBHOOK_SECRET = "whsec_notARealSecret5e1f00c0ffee"
MIDTRANS_KEY = "SB-Mid-server-notARealKey5e1f00c0ffee"
MERCHANT = "G123456789"
XENDIT_KEY = "xnd_development_notARealKey5e1f00c0ffee"
XENDIT_RESTRICTED = "xnd_development_notARealKey5e1f00restricted"
CALLBACK_TOKEN = "notARealToken5e1f00c0ffee"
BUSINESS = "5f27a14a9bf05c73dd040bc8"
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
    """gateway: what is tested. The rest plays the vendor, the customer and the bank.

    refunded: what the answer to a refund says at once. knows_absence: whether it can say that
    there is no such checkout. guards_key: whether it notices that a key comes back with another order.
    """

    refunded: RefundFactState
    knows_absence: bool
    guards_key: bool

    @property
    def gateway(self) -> PaymentGateway: ...
    @property
    def time(self) -> Time: ...
    async def pay(self, checkout: Checkout) -> None: ...
    async def settle_refund(self, fact: RefundFact, *, succeeds: bool = True) -> None: ...
    def refunds_pend(self) -> None: ...
    def lose_answer(self, operation: str) -> None: ...
    def checkouts_of(self, reference: str) -> int: ...
    def refunds_of(self, reference: str) -> int: ...


class Eager:
    """Most are."""

    refunded = RefundFactState.SUCCEEDED
    knows_absence = True
    guards_key = True


class MemoryRig(Eager):
    def __init__(self) -> None:
        self.time = Time()
        self.gateway = MemoryPaymentGateway(self.time)

    async def pay(self, checkout: Checkout) -> None:
        self.gateway.pay(checkout.gateway_reference)

    async def settle_refund(self, fact: RefundFact, *, succeeds: bool = True) -> None:
        state = RefundFactState.SUCCEEDED if succeeds else RefundFactState.FAILED
        self.gateway.settle_refund(fact.gateway_reference, state)

    def refunds_pend(self) -> None:
        self.gateway.refunds_pend = True

    def lose_answer(self, operation: str) -> None:
        self.gateway.lose_answer(operation)

    def checkouts_of(self, reference: str) -> int:
        return sum(c.reference == reference for c in self.gateway.checkouts.values())

    def refunds_of(self, reference: str) -> int:
        return sum(r.reference == reference for r in self.gateway.refunds.values())


class WireRig(Rig, Protocol):
    """An adapter on real sockets, against its simulator.

    secrets: what no error and no log may hold. probes: what its connection test asks.
    """

    secrets: tuple[str, ...]
    probes: str

    @property
    def requests(self) -> int: ...
    def break_(self, kind: Any, operation: str, **how: Any) -> None: ...


S = TypeVar("S", stripe_.Simulator, midtrans_.Simulator, xendit_.Simulator)


class OnWire(Eager, ABC, Generic[S]):
    """A hand on the simulator, where it is the same at all of them."""

    def __init__(self, gateway: PaymentGateway, simulator: S, time: Time) -> None:
        self.gateway = gateway
        self.simulator: S = simulator
        self.time = time

    @property
    def requests(self) -> int:
        return len(self.simulator.requests)

    async def pay(self, checkout: Checkout) -> None:
        self.simulator.books.pay(checkout.gateway_reference)

    def refunds_pend(self) -> None:
        self.simulator.books.refunds_pend = True

    def lose_answer(self, operation: str) -> None:
        self.break_("lose_answer", operation)

    @abstractmethod
    def break_(self, kind: Any, operation: str, **how: Any) -> None: ...

    def refunds_of(self, reference: str) -> int:
        return len(self.simulator.books.refunds_of(reference))


class StripeRig(OnWire[stripe_.Simulator]):
    secrets: tuple[str, ...] = (KEY, WEBHOOK_SECRET)
    probes = "GET /v1/balance"

    async def settle_refund(self, fact: RefundFact, *, succeeds: bool = True) -> None:
        self.simulator.books.settle_refund(fact.gateway_reference, succeeds=succeeds)

    def break_(self, kind: Any, operation: str, **how: Any) -> None:
        self.simulator.faults.plant(stripe_.Fault(kind, operation, **how))  # type: ignore[arg-type]

    def checkouts_of(self, reference: str) -> int:
        return len(self.simulator.books.sessions_of(reference))


class MidtransRig(OnWire[midtrans_.Simulator]):
    """Its refunds are under way until the bank confirms, and it forgets what its keys were for."""

    refunded = RefundFactState.PENDING
    knows_absence = False
    guards_key = False
    secrets: tuple[str, ...] = (MIDTRANS_KEY,)
    probes = "GET /v2/{order_id}/status"

    async def settle_refund(self, fact: RefundFact, *, succeeds: bool = True) -> None:
        assert succeeds
        self.simulator.books.confirm_refund(fact.reference)

    def break_(self, kind: Any, operation: str, **how: Any) -> None:
        """One call of theirs serves three of ours."""
        asked = {"find_refund": "find", "probe": "find"}.get(operation, operation)
        self.simulator.faults.plant(midtrans_.Fault(kind, asked, **how))

    def checkouts_of(self, reference: str) -> int:
        return len(self.simulator.books.pages_of(reference))


class XenditRig(OnWire[xendit_.Simulator]):
    """Its refunds are under way at first; nothing of its own guards an invoice."""

    refunded = RefundFactState.PENDING
    secrets: tuple[str, ...] = (XENDIT_KEY, CALLBACK_TOKEN)
    probes = "GET /v2/invoices"

    async def settle_refund(self, fact: RefundFact, *, succeeds: bool = True) -> None:
        self.simulator.books.settle_refund(fact.gateway_reference, succeeds=succeeds)

    def break_(self, kind: Any, operation: str, **how: Any) -> None:
        asked = {"probe": "list"}.get(operation, operation)
        self.simulator.faults.plant(xendit_.Fault(kind, asked, **how))

    def checkouts_of(self, reference: str) -> int:
        return len(self.simulator.books.invoices_of(reference))


class LiveRig(Eager):
    """Stripe's own test mode. Nobody pays there, and nothing can be broken on demand."""

    def __init__(self, gateway: PaymentGateway) -> None:
        self.gateway = gateway
        self.time = TheirTime()

    async def pay(self, checkout: Checkout) -> None:
        pytest.skip("only a person can pay at Stripe's page")

    async def settle_refund(self, fact: RefundFact, *, succeeds: bool = True) -> None:
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
    simulator = stripe_.Simulator(keys=(KEY,), restricted=(RESTRICTED,), now=time.unix)
    async with serving(simulator.asgi) as address:
        config = {"api_key": key, "base_url": f"{address}/stripe", "webhook_secret": WEBHOOK_SECRET}
        async with opened("stripe", config, time) as gateway:
            yield StripeRig(gateway, simulator, time)
        await simulator.aclose()


@asynccontextmanager
async def midtrans(key: str = MIDTRANS_KEY) -> AsyncIterator[MidtransRig]:
    time = Time()
    simulator = midtrans_.Simulator(key=MIDTRANS_KEY, merchant=MERCHANT, now=time.unix)
    async with serving(simulator.asgi) as address:
        config = {
            "server_key": key,
            "merchant_id": MERCHANT,
            "notification_url": "http://hub.example/in/con_x",
            "base_url": f"{address}/midtrans",
        }
        async with opened("midtrans", config, time) as gateway:
            yield MidtransRig(gateway, simulator, time)
        await simulator.aclose()


@asynccontextmanager
async def xendit(key: str = XENDIT_KEY) -> AsyncIterator[XenditRig]:
    time = Time()
    simulator = xendit_.Simulator(
        key=XENDIT_KEY,
        restricted=XENDIT_RESTRICTED,
        token=CALLBACK_TOKEN,
        business=BUSINESS,
        now=time.unix,
    )
    async with serving(simulator.asgi) as address:
        config = {
            "secret_key": key,
            "callback_token": CALLBACK_TOKEN,
            "business_id": BUSINESS,
            "base_url": f"{address}/xendit",
        }
        async with opened("xendit", config, time) as gateway:
            yield XenditRig(gateway, simulator, time)
        await simulator.aclose()


@asynccontextmanager
async def stripe_live() -> AsyncIterator[Rig]:
    key = os.environ.get(LIVE_KEY)
    if not key:
        pytest.skip(f"{LIVE_KEY} holds no key of Stripe's test mode")
    config = {"api_key": key, "webhook_secret": WEBHOOK_SECRET}
    async with opened("stripe", config, Time()) as gateway:
        yield LiveRig(gateway)


Open = Callable[[], AbstractAsyncContextManager[Rig]]
WIRES: dict[str, Callable[..., AbstractAsyncContextManager[WireRig]]] = {
    "midtrans": midtrans,
    "stripe": stripe,
    "xendit": xendit,
}
GATEWAYS: dict[str, Open] = {"memory": memory, **WIRES}
LIVE: dict[str, Open] = {"stripe-live": stripe_live}
