"""Xendit: hosted invoices in six currencies, refunds, callbacks that are only hints."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from adapters._kit.http import Budget, VendorHttp, open_client
from adapters._kit.wiring import Wiring
from adapters.xendit import mapping
from adapters.xendit.client import XenditGateway
from adapters.xendit.config import XenditConfig, check
from adapters.xendit.webhooks import XenditWebhooks
from ports.limiter import Rate
from ports.manifest import Evidence, Manifest, Role

DEADLINE_S = 30.0
# Theirs count by endpoint, 60 and 600 a minute; ours counts all together, and live leaves
# half to other programs of the account.
TEST_RATE, LIVE_RATE = Rate(60, 60.0), Rate(300, 60.0)


@asynccontextmanager
async def open_gateway(config: XenditConfig, wiring: Wiring) -> AsyncIterator[XenditGateway]:
    async with open_client(
        config.base_url,
        transport=wiring.transport,
        headers={"accept": "application/json"},
        auth=httpx.BasicAuth(config.secret_key, ""),
    ) as client:
        http = VendorHttp(
            client,
            vendor="xendit",
            clock=wiring.clock,
            deadline_s=DEADLINE_S,
            limiter=wiring.limiter,
            budgets=(Budget(wiring.budget, LIVE_RATE if config.is_live else TEST_RATE),),
            read_fault=mapping.read_fault,
            request_id_header="request-id",
        )
        yield XenditGateway(
            http,
            clock=wiring.clock,
            business=config.business_id,
            callbacks_ready=bool(config.callback_token),
        )


def inbound(config: XenditConfig) -> XenditWebhooks:
    return XenditWebhooks(config.callback_token, business=config.business_id)


MANIFEST = Manifest(
    name="xendit",
    title="Xendit",
    roles=frozenset({Role.PAYMENT_GATEWAY, Role.INBOUND_WEBHOOK}),
    config=XenditConfig,
    api_version="v2 invoices",
    can=frozenset({"list_settlements"}),
    evidence={
        "start_checkout": Evidence.DOCUMENTED,
        "find": Evidence.DOCUMENTED,
        "expire": Evidence.CONSTRUCTED,
        "refund": Evidence.DOCUMENTED,
        "find_refund": Evidence.DOCUMENTED,
        "find_reference": Evidence.DOCUMENTED,
        "list_settlements": Evidence.DOCUMENTED,
        "probe": Evidence.CONSTRUCTED,
        "verify": Evidence.DOCUMENTED,
        "parse": Evidence.DOCUMENTED,
    },
    # A request may still be at work at Xendit after we gave up on it.
    absence_certain_after_s=300.0,
    # No key guards an invoice: it is looked for by our reference before it is made again.
    repeatable_for_s=23 * 3600.0,
    reference_length=255,
    deadline_s=DEADLINE_S,
    check=check,
    open=open_gateway,
    inbound=inbound,
)
