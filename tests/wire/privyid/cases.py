"""Each case: what is asked of the adapter, and the exchanges that then go over the wire."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx

from adapters.privyid import MANIFEST
from adapters.privyid.config import PrivyidConfig
from core.domain.agreements.agreement import Mark
from ports.esign import AgreementOrder, SignerOrder
from tests.wire.exchange import Fixtures, stopped

FIXTURES = Fixtures("privyid")
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
KEY, TOKEN = "agr_06f3m9a7b1c3d5e7f9g2h4j6km", "fakeDocumentToken0001"
CONFIG = PrivyidConfig(
    base_url="https://privy.example",
    client_id="fake-client",
    client_secret="fakeClientSecret",
    api_key="fakeApiKey",
    secret_key="fakeSecretKey",
    channel_id="001",
    owner_id="AG0001",
    enterprise_token="fakeEnterpriseToken",
    callback_secret="fakeCallbackSecretOf24chars",
)
ORDER = AgreementOrder(
    reference=KEY,
    title="Akad Wakalah bil Ujrah",
    message="Mohon ditandatangani.",
    pdf=b"%PDF-1.7\nakad\n%%EOF\n",
    signers=(
        SignerOrder("Siti Contoh", Mark(3, 65.2, 454.39), vendor_id="SI0001"),
        SignerOrder("Ahmad Contoh", Mark(3, 314.65, 454.39), vendor_id="AH0002"),
    ),
)


@dataclasses.dataclass(frozen=True)
class Case:
    """exchanges: after the token, in the order of the wire. The last one holds expected.json."""

    exchanges: tuple[str, ...]
    ask: Callable[[Any], Awaitable[Any]]
    sign_in: tuple[str, ...] = ("sign_in/token",)


def status(o: Any) -> Any:
    return o.status(TOKEN, reference=KEY)


CASES = {
    "sent": Case(("send/uploaded",), lambda o: o.send(ORDER, key=KEY)),
    "a signer nobody knows": Case(("send/unknown_signer",), lambda o: o.send(ORDER, key=KEY)),
    "half signed": Case(("status/half_signed",), status),
    "signed": Case(("status/completed",), status),
    "declined": Case(("status/rejected",), status),
    "of a state nobody knows": Case(("status/unknown_state",), status),
    "not there": Case(("status/missing",), status),
    "taken back": Case(
        ("void/deleted", "status/deleted"), lambda o: o.void(TOKEN, "x", reference=KEY)
    ),
    "fetched": Case(
        ("status/completed_before_fetching",), lambda o: o.signed_document(TOKEN, reference=KEY)
    ),
    "a token refused": Case((), status, ("sign_in/refused",)),
}


@asynccontextmanager
async def playing(transport: httpx.AsyncBaseTransport) -> AsyncIterator[Any]:
    async with MANIFEST.open(CONFIG, stopped(transport, NOW, "con_1")) as esign:
        yield esign


def asked(request: httpx.Request) -> dict[str, Any]:
    """As fixtures hold it: with the signature, which is the same for the same second and body."""
    named = ("authorization", "timestamp", "signature")
    headers = {name: request.headers[name] for name in named if name in request.headers}
    assert ("request-id" in request.headers) == ("signature" in request.headers)
    return {
        "method": request.method,
        "path": request.url.path,
        "headers": headers,
        "body": json.loads(request.content),
    }
