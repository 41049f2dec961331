"""DocuSign eSignature: envelopes sent once under a transaction id, and what became of them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import quote, urlsplit

from adapters._kit.answer import understood
from adapters._kit.http import Answer, decode
from adapters._kit.probing import evidence_of
from adapters._kit.unreadable import Unreadable
from adapters._kit.wiring import Wiring
from adapters.docusign import mapping
from adapters.docusign.config import DocusignConfig
from adapters.docusign.session import VENDOR, Session
from core.domain.agreements.agreement import SignatureFact, SignatureState
from core.domain.connections.connection import Verdict
from ports.clock import Clock
from ports.errors import Misconfigured, Refused, Unavailable, VendorError
from ports.esign import AgreementOrder, SignedFiles
from ports.probe import Probe


@asynccontextmanager
async def open_docusign(config: DocusignConfig, wiring: Wiring) -> AsyncIterator[DocusignESign]:
    async with AsyncExitStack() as stack:
        session = Session(config, wiring, stack)
        yield DocusignESign(session, config, wiring.clock)


class DocusignESign:
    def __init__(self, session: Session, config: DocusignConfig, clock: Clock) -> None:
        self._session, self._config, self._clock = session, config, clock

    async def send(self, order: AgreementOrder, *, key: str) -> SignatureFact:
        """DocuSign keeps our transaction id for seven days but does not refuse a second envelope
        under it: whoever is not sure asks `find`."""
        try:
            body = mapping.envelope(order, key, self._clock.now())
        except Unreadable as e:
            raise Refused(str(e), vendor=VENDOR, operation="send", vendor_code="expired") from None
        answer = await self._call("POST", "/envelopes", "send", json_body=body, repeatable=False)
        created = decode(answer, mapping.Created)
        return understood(answer, lambda: mapping.sent(created, order))

    async def find(self, key: str) -> SignatureFact | None:
        params = {
            "transaction_ids": mapping.transaction_id(key),
            "include": mapping.INCLUDE,
        }
        answer = await self._call("GET", "/envelopes", "find", params=params)
        found = decode(answer, mapping.Found)
        facts = understood(answer, lambda: [mapping.fact(e) for e in found.envelopes or ()])
        named = {f.vendor_reference for f in facts}
        for status in found.envelope_transaction_statuses or ():
            ours = status.transaction_id.lower() == mapping.transaction_id(key)
            if ours and status.envelope_id and status.envelope_id not in named:
                whole = await self._fact(status.envelope_id, "find")
                facts += [] if whole is None else [whole]
        return mapping.best(f for f in facts if f.reference == key)

    async def status(self, vendor_reference: str, *, reference: str) -> SignatureFact | None:
        return await self._fact(vendor_reference, "status")

    async def signed_document(self, vendor_reference: str, *, reference: str) -> SignedFiles:
        """`combined` is handed out unsigned as well, so that the state is asked first."""
        fact = await self.status(vendor_reference, reference=reference)
        if fact is None or fact.state is not SignatureState.SIGNED:
            raise Refused("not everybody has signed", vendor=VENDOR, operation="signed_document")
        documents = f"{_path(vendor_reference)}/documents"
        both = [
            await self._call("GET", f"{documents}/{which}", "signed_document", headers=mapping.PDF)
            for which in ("combined", "certificate")
        ]
        return SignedFiles(both[0].body, both[1].body)

    async def void(self, vendor_reference: str, reason: str, *, reference: str) -> SignatureFact:
        """DocuSign refuses to void what is over; the state it has is the answer then."""
        path, refused = _path(vendor_reference), None
        try:
            body = mapping.voiding(reason)
            await self._call("PUT", path, "void", json_body=body)
        except Refused as e:
            refused = e
        fact = await self.status(vendor_reference, reference=reference)
        if fact is None or (refused is not None and fact.state is SignatureState.SENT):
            raise refused or Refused("it is not there", vendor=VENDOR, operation="void")
        return fact

    async def probe(self) -> Probe:
        asked = {"endpoint": "POST /oauth/token, GET /oauth/userinfo"}
        try:
            await self._session.current()
            answer = await self._call("GET", "", "probe")
        except Misconfigured as e:
            return Probe(Verdict.REJECTED, {**asked, **evidence_of(e)}, self._remedy(e))
        except Unavailable as e:
            remedy = "Try again; if it lasts, check the network and status.docusign.com."
            return Probe(Verdict.UNREACHABLE, {**asked, **evidence_of(e)}, remedy)
        except VendorError as e:
            remedy = "What answered does not speak as DocuSign does: check the sign-in address."
            return Probe(Verdict.CANNOT_TEST, {**asked, **evidence_of(e)}, remedy)
        account = self._session.account
        facts = {**asked, "status": str(answer.status)}
        if account is not None:
            facts |= {"account": account.account_id, "api": urlsplit(account.base_uri).netloc}
        if self._config.connect_key:
            facts["messages"] = "a Connect key is set; only a message proves it"
            return Probe(Verdict.VERIFIED, facts)
        facts["messages"] = "no Connect key is set"
        return Probe(
            Verdict.VERIFIED,
            facts,
            "Add a Connect key at DocuSign and enter it, or agreements are only asked about.",
        )

    def _remedy(self, error: Misconfigured) -> str:
        if error.vendor_code == mapping.CONSENT:
            return f"Sign in as that user and consent, once: {self._config.consent_url}"
        return "Check the integration key, the user ID, the RSA key and the account ID."

    async def _fact(self, envelope: str, operation: str) -> SignatureFact | None:
        params = {"include": mapping.INCLUDE}
        try:
            answer = await self._call("GET", _path(envelope), operation, params=params)
        except Refused as e:
            if e.vendor_code in mapping.ABSENT:
                return None
            raise
        return understood(answer, lambda: mapping.fact(decode(answer, mapping.Envelope)))

    async def _call(
        self,
        method: str,
        path: str,
        operation: str,
        *,
        json_body: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] = mapping.JSON,
        repeatable: bool = True,
    ) -> Answer:
        """A token that they no longer take is renewed once: a 401 did nothing, whatever it was."""
        content = None if json_body is None else json.dumps(json_body).encode()
        refused: str | None = None
        while True:
            api, account, token = await self._session.current(refused)
            try:
                return await api.call(
                    method,
                    f"{account}{path}",
                    operation=operation,
                    repeatable=repeatable,
                    content=content,
                    params=params,
                    headers={**headers, "authorization": f"Bearer {token}"},
                )
            except Misconfigured as e:
                if refused is not None or e.vendor_code != mapping.INVALID_TOKEN:
                    raise
                refused = token


def _path(envelope: str) -> str:
    return f"/envelopes/{quote(envelope, safe='')}"
