"""Privy's General API: documents uploaded for signing, asked about, and fetched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx

from adapters._kit.answer import understood
from adapters._kit.http import Answer, Budget, VendorHttp, broken, decode, open_client
from adapters._kit.probing import evidence_of
from adapters._kit.unreadable import Unreadable
from adapters._kit.wiring import Wiring
from adapters.privyid import mapping
from adapters.privyid.config import PrivyidConfig
from adapters.privyid.signing import Signing, compact
from core.domain.agreements.agreement import SignatureFact, SignatureState
from core.domain.connections.connection import Verdict
from ports.errors import Misconfigured, NotSupported, Refused, Unavailable, VendorError
from ports.esign import AgreementOrder, SignedFiles
from ports.limiter import Rate
from ports.probe import Probe

VENDOR = "privyid"
DEADLINE_S = 45.0
MARGIN_S = 60.0
MAX_BODY = 64 * 1024 * 1024
RATE = Rate(5, 1.0)  # nothing is known of a limit; this is what one agency needs


@asynccontextmanager
async def open_privyid(config: PrivyidConfig, wiring: Wiring) -> AsyncIterator[PrivyidESign]:
    signing = Signing(config.api_key, config.secret_key, wiring.clock)
    async with open_client(config.base_url, transport=wiring.transport, auth=signing) as client:
        yield PrivyidESign(config, wiring, client)


class PrivyidESign:
    def __init__(self, config: PrivyidConfig, wiring: Wiring, client: httpx.AsyncClient) -> None:
        self._config, self._wiring = config, wiring
        self._http = self._http_over(client)
        self._lock = asyncio.Lock()
        self._token, self._ends = "", 0.0

    async def send(self, order: AgreementOrder, *, key: str) -> SignatureFact:
        """Nothing says what a second document under one reference_number becomes, and nothing
        finds one by it: an answer that got lost is for a callback, or for a person."""
        try:
            body = mapping.order_body(order, self._config)
        except Unreadable as e:
            raise Refused(str(e), vendor=VENDOR, operation="send", vendor_code="signer") from None
        answer = await self._post(mapping.SIGNING, "send", body, repeatable=False)
        return self._fact(answer)

    async def find(self, key: str) -> SignatureFact | None:
        raise NotSupported("a document is only found by its token", vendor=VENDOR, operation="find")

    async def status(self, vendor_reference: str, *, reference: str) -> SignatureFact | None:
        answer = await self._status(vendor_reference, reference, "status")
        return None if answer is None else self._fact(answer)

    async def signed_document(self, vendor_reference: str, *, reference: str) -> SignedFiles:
        """The certificate lies inside the PDF: Privy makes no other."""
        answer = await self._status(vendor_reference, reference, "signed_document")
        found = None if answer is None else decode(answer, mapping.Reply).data
        if answer is None or found is None or not self._is_signed(answer):
            raise Refused("not everybody has signed", vendor=VENDOR, operation="signed_document")
        text = found.signed_document or ""
        pdf = understood(answer, lambda: mapping.pdf_in(text))
        return SignedFiles(await self._download(answer, text) if pdf is None else pdf)

    async def void(self, vendor_reference: str, reason: str, *, reference: str) -> SignatureFact:
        """By deleting the document; what Privy refuses to delete is asked about instead."""
        body = mapping.question(reference, vendor_reference, self._config)
        refused: Refused | None = None
        try:
            await self._post(mapping.DELETE, "void", body)
        except Refused as e:
            refused = e
        fact = await self.status(vendor_reference, reference=reference)
        if fact is None or (refused is not None and fact.state is SignatureState.SENT):
            raise refused or Refused("it is not there", vendor=VENDOR, operation="void")
        return fact

    async def probe(self) -> Probe:
        """Only the token is free to ask for: it proves client ID and secret, not the keys."""
        asked = {"endpoint": f"POST {mapping.TOKEN}"}
        try:
            await self._bearer(renew=True)
        except (Misconfigured, Refused) as e:
            remedy = "Check client ID and secret, and that Privy lists this hub's IP address."
            return Probe(Verdict.REJECTED, {**asked, **evidence_of(e)}, remedy)
        except Unavailable as e:
            remedy = "Try again; Privy often admits only IP addresses that it lists."
            return Probe(Verdict.UNREACHABLE, {**asked, **evidence_of(e)}, remedy)
        except VendorError as e:
            remedy = "What answered does not speak as Privy does: check the base address."
            return Probe(Verdict.CANNOT_TEST, {**asked, **evidence_of(e)}, remedy)
        facts = {**asked, "keys": "API key and secret key are proved only by a document"}
        if self._config.callback_secret:
            return Probe(Verdict.VERIFIED, facts)
        return Probe(
            Verdict.VERIFIED,
            {**facts, "callbacks": "no secret of the callback address is set"},
            "Make up a secret, enter it, and give Privy the address with it.",
        )

    async def _status(self, token: str, reference: str, operation: str) -> Answer | None:
        body = mapping.question(reference, token, self._config)
        answer = await self._post(mapping.STATUS, operation, body, accept=(404,))
        if answer.status != 404:
            return answer
        if not mapping.is_absent(answer):
            raise broken(answer, "not found, and not in Privy's words")
        return None

    def _fact(self, answer: Answer) -> SignatureFact:
        return understood(answer, lambda: mapping.fact(decode(answer, mapping.Reply).data))

    def _is_signed(self, answer: Answer) -> bool:
        return self._fact(answer).state is SignatureState.SIGNED

    async def _download(self, answer: Answer, url: str) -> bytes:
        """From wherever they keep it, without our token."""
        to, ours = urlsplit(url), urlsplit(self._config.base_url)
        if to.scheme != "https" and (to.scheme, to.netloc) != (ours.scheme, ours.netloc):
            raise broken(answer, "the signed document lies nowhere that can be trusted")
        path = f"{to.path or '/'}{'?' + to.query if to.query else ''}"
        origin = f"{to.scheme}://{to.netloc}"
        async with open_client(origin, transport=self._wiring.transport) as client:
            found = await self._http_over(client).call(
                "GET", path, operation="signed_document", repeatable=True
            )
        return found.body

    async def _post(
        self,
        path: str,
        operation: str,
        body: Mapping[str, Any],
        *,
        repeatable: bool = True,
        accept: tuple[int, ...] = (),
    ) -> Answer:
        """A 401 may be a token that ended early: it is renewed once, for a 401 did nothing."""
        for renew in (False, True):
            bearer = await self._bearer(renew=renew)
            try:
                return await self._http.call(
                    "POST",
                    path,
                    operation=operation,
                    repeatable=repeatable,
                    content=compact(body).encode(),
                    headers={
                        "content-type": "application/json",
                        "authorization": f"Bearer {bearer}",
                    },
                    accept=accept,
                )
            except Misconfigured:
                if renew:
                    raise
        raise AssertionError("unreachable")

    async def _bearer(self, *, renew: bool) -> str:
        async with self._lock:
            now = self._wiring.clock.monotonic()
            if renew or not self._token or now >= self._ends:
                data = (await self._sign_in()).data
                self._token = data.access_token
                self._ends = now + max(data.expires_in - MARGIN_S, data.expires_in / 2)
            return self._token

    async def _sign_in(self) -> mapping.Token:
        body = {
            "client_id": self._config.client_id,
            "client_secret": self._config.client_secret,
            "grant_type": "client_credentials",
        }
        answer = await self._http.call(
            "POST",
            mapping.TOKEN,
            operation="sign_in",
            repeatable=True,
            content=compact(body).encode(),
            headers={"content-type": "application/json"},
        )
        return decode(answer, mapping.Token)

    def _http_over(self, client: httpx.AsyncClient) -> VendorHttp:
        return VendorHttp(
            client,
            vendor=VENDOR,
            clock=self._wiring.clock,
            deadline_s=DEADLINE_S,
            max_body=MAX_BODY,
            limiter=self._wiring.limiter,
            budgets=(Budget(self._wiring.budget, RATE),),
            read_fault=mapping.read_fault,
            request_id_header="request-id",
        )
