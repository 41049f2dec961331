"""Each case: what is asked of the adapter, and the exchanges that then go over the wire."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import httpx
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from adapters.docusign import MANIFEST
from adapters.docusign.config import DocusignConfig
from core.domain.agreements.agreement import Mark
from ports.esign import AgreementOrder, SignerOrder
from tests.wire.exchange import Fixtures, stopped

FIXTURES = Fixtures("docusign")
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
KEY = "agr_06f3m9a7b1c3d5e7f9g2h4j6km"
ENVELOPE = "0e5c2f3a-1111-4a2b-8c3d-000000000001"
RSA = generate_private_key(65537, 2048)  # made for this run, and kept nowhere
PEM = RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
CONFIG = DocusignConfig(
    client_id="00000000-0000-4000-8000-000000000001",
    user_id="00000000-0000-4000-8000-000000000002",
    private_key=PEM.replace("\n", "\\n"),
)
ORDER = AgreementOrder(
    reference=KEY,
    title="Akad Wakalah bil Ujrah",
    message="Mohon ditandatangani.",
    pdf=b"%PDF-1.7\nakad\n%%EOF\n",
    signers=(
        SignerOrder("Siti Contoh", Mark(3, 65.2, 454.39), "siti@example.com"),
        SignerOrder("Ahmad Contoh", Mark(3, 314.65, 454.39), "ahmad@example.com"),
    ),
    expires_at=datetime(2026, 12, 6, 12, 0, tzinfo=UTC),
    callback_url="https://hub.example/in/con_1",
)
SIGN_IN = ("sign_in/token", "userinfo/default_account")


@dataclasses.dataclass(frozen=True)
class Case:
    """exchanges: after the sign-in, in the order of the wire. The last one holds expected.json."""

    exchanges: tuple[str, ...]
    ask: Callable[[Any], Awaitable[Any]]
    sign_in: tuple[str, ...] = SIGN_IN


def status(o: Any) -> Any:
    return o.status(ENVELOPE, reference=KEY)


CASES = {
    "sent": Case(("send/sent",), lambda o: o.send(ORDER, key=KEY)),
    "a signer without an address": Case(("send/bad_email",), lambda o: o.send(ORDER, key=KEY)),
    "sent and not yet queued": Case(("send/created_only",), lambda o: o.send(ORDER, key=KEY)),
    "over the hour's limit": Case(("send/hourly_limit",), lambda o: o.send(ORDER, key=KEY)),
    "found": Case(("find/one",), lambda o: o.find(KEY)),
    "nothing found": Case(("find/none",), lambda o: o.find(KEY)),
    "found by its transaction alone": Case(
        ("find/by_transaction", "status/sent"), lambda o: o.find(KEY)
    ),
    "half signed": Case(("status/half_signed",), status),
    "signed": Case(("status/completed",), status),
    "declined": Case(("status/declined",), status),
    "voided": Case(("status/voided",), status),
    "out of time": Case(("status/expired",), status),
    "of a state nobody knows": Case(("status/unknown_state",), status),
    "not there": Case(("status/missing",), status),
    "asked too often": Case(("status/polled_too_often",), status),
    "taken back": Case(
        ("void/accepted", "status/voided_again"),
        lambda o: o.void(ENVELOPE, "Tanggal berubah", reference=KEY),
    ),
    "taken back too late": Case(
        ("void/too_late", "status/completed_again"),
        lambda o: o.void(ENVELOPE, "Tanggal berubah", reference=KEY),
    ),
    "fetched": Case(
        ("status/completed_before_fetching", "documents/combined", "documents/certificate"),
        lambda o: o.signed_document(ENVELOPE, reference=KEY),
    ),
    "no consent": Case((), lambda o: o.find(KEY), ("sign_in/consent_required",)),
    "in no such account": Case((), lambda o: o.find(KEY), ("sign_in/token", "userinfo/no_default")),
}


@asynccontextmanager
async def playing(transport: httpx.AsyncBaseTransport) -> AsyncIterator[Any]:
    async with MANIFEST.open(CONFIG, stopped(transport, NOW, "con_1")) as esign:
        yield esign


def asked(request: httpx.Request) -> dict[str, Any]:
    """As fixtures hold it: of a grant the claims, once its signature holds."""
    path = request.url.path
    told: dict[str, Any] = {
        "method": request.method,
        "host": request.url.host,
        "path": path,
        "query": dict(request.url.params),
        "body": None,
    }
    if path == "/oauth/token":
        form = dict(parse_qsl(request.content.decode()))
        told["body"] = {**form, "assertion": _claims(form["assertion"])}
        return told
    assert request.headers["authorization"] == "Bearer fake-access-token"
    if request.content:
        told["body"] = json.loads(request.content)
    return told


def _claims(assertion: str) -> Any:
    head, claims, signature = assertion.split(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    RSA.public_key().verify(raw, f"{head}.{claims}".encode(), PKCS1v15(), SHA256())
    assert json.loads(base64.urlsafe_b64decode(head + "==")) == {"alg": "RS256", "typ": "JWT"}
    return json.loads(base64.urlsafe_b64decode(claims + "=="))
