"""Midtrans: Snap payment pages in rupiah, refunds, notifications that are only hints."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx

from adapters._kit.http import Budget, VendorHttp, open_client
from adapters._kit.wiring import Wiring
from adapters.midtrans import mapping
from adapters.midtrans.client import MidtransGateway
from adapters.midtrans.config import MidtransConfig, check
from adapters.midtrans.webhooks import MidtransWebhooks
from ports.limiter import Rate
from ports.manifest import Evidence, Manifest, Role

DEADLINE_S = 30.0
# Midtrans says 429 and no number: one call in flight for each of a busy agency's customers.
RATE = Rate(10, 1.0)
# A key lives five minutes at Midtrans; the last repeat has to arrive within them.
REPEATABLE_S = 300.0 - DEADLINE_S


@asynccontextmanager
async def open_gateway(config: MidtransConfig, wiring: Wiring) -> AsyncIterator[MidtransGateway]:
    headers = {"accept": "application/json"}
    auth = httpx.BasicAuth(config.server_key, "")
    async with AsyncExitStack() as stack:
        snap, core = [
            VendorHttp(
                await stack.enter_async_context(
                    open_client(base, transport=wiring.transport, headers=headers, auth=auth)
                ),
                vendor="midtrans",
                clock=wiring.clock,
                deadline_s=DEADLINE_S,
                limiter=wiring.limiter,
                budgets=(Budget(wiring.budget, RATE),),
                read_fault=mapping.read_fault,
            )
            for base in config.hosts
        ]
        yield MidtransGateway(
            snap,
            core,
            clock=wiring.clock,
            merchant=config.merchant_id,
            notification_url=config.notification_url,
        )


def inbound(config: MidtransConfig) -> MidtransWebhooks:
    return MidtransWebhooks(config.server_key, merchant=config.merchant_id)


MANIFEST = Manifest(
    name="midtrans",
    title="Midtrans",
    roles=frozenset({Role.PAYMENT_GATEWAY, Role.INBOUND_WEBHOOK}),
    config=MidtransConfig,
    api_version="snap/v1, v2",
    can=frozenset(),
    evidence={
        "start_checkout": Evidence.DOCUMENTED,
        "find": Evidence.DOCUMENTED,
        "expire": Evidence.DOCUMENTED,
        "refund": Evidence.DOCUMENTED,
        "find_refund": Evidence.DOCUMENTED,
        "find_reference": Evidence.DOCUMENTED,
        "probe": Evidence.CONSTRUCTED,
        "verify": Evidence.DOCUMENTED,
        "parse": Evidence.DOCUMENTED,
    },
    # A request may still be at work at Midtrans after we gave up on it.
    absence_certain_after_s=300.0,
    repeatable_for_s=REPEATABLE_S,
    reference_length=50,  # order_id
    deadline_s=DEADLINE_S,
    check=check,
    open=open_gateway,
    inbound=inbound,
)
