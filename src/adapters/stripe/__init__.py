"""Stripe: hosted Checkout pages, refunds, signed webhooks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters._kit.http import Budget, VendorHttp, open_client
from adapters._kit.wiring import Wiring
from adapters.stripe.client import StripeGateway
from adapters.stripe.config import StripeConfig, check
from adapters.stripe.mapping import payments
from adapters.stripe.webhooks import StripeWebhooks
from ports.limiter import Rate
from ports.manifest import Evidence, Manifest, Role

API_VERSION = "2026-10-28.endive"
DEADLINE_S = 30.0
# Half of what Stripe is known to take, because dashboards and other programs share the account.
TEST_RATE, LIVE_RATE = Rate(12, 1.0), Rate(50, 1.0)


@asynccontextmanager
async def open_gateway(config: StripeConfig, wiring: Wiring) -> AsyncIterator[StripeGateway]:
    async with open_client(
        config.base_url,
        transport=wiring.transport,
        headers={"authorization": f"Bearer {config.api_key}", "stripe-version": API_VERSION},
    ) as client:
        http = VendorHttp(
            client,
            vendor="stripe",
            clock=wiring.clock,
            deadline_s=DEADLINE_S,
            limiter=wiring.limiter,
            budgets=(Budget(wiring.budget, LIVE_RATE if config.is_live else TEST_RATE),),
            read_fault=payments.read_fault,
            request_id_header="request-id",
        )
        yield StripeGateway(
            http,
            live=config.is_live,
            webhooks_ready=bool(config.webhook_secret),
        )


def inbound(config: StripeConfig) -> StripeWebhooks:
    return StripeWebhooks(config.webhook_secret, live=config.is_live)


MANIFEST = Manifest(
    name="stripe",
    title="Stripe",
    roles=frozenset({Role.PAYMENT_GATEWAY, Role.INBOUND_WEBHOOK}),
    config=StripeConfig,
    api_version=API_VERSION,
    can=frozenset({"list_settlements"}),
    evidence={
        "start_checkout": Evidence.DOCUMENTED,
        "find": Evidence.DOCUMENTED,
        "expire": Evidence.DOCUMENTED,
        "refund": Evidence.DOCUMENTED,
        "find_refund": Evidence.CONSTRUCTED,
        "find_reference": Evidence.DOCUMENTED,
        "list_settlements": Evidence.DOCUMENTED,
        "probe": Evidence.DOCUMENTED,
        "verify": Evidence.DOCUMENTED,
        "parse": Evidence.DOCUMENTED,
    },
    # A request may still be at work at Stripe's side after we gave up on it.
    absence_certain_after_s=300.0,
    repeatable_for_s=23 * 3600.0,  # keys are pruned after 24 h at the earliest
    reference_length=200,  # client_reference_id; metadata would take 500
    deadline_s=DEADLINE_S,
    check=check,
    open=open_gateway,
    inbound=inbound,
)
