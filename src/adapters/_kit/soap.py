"""How a vendor is called over SOAP 1.1: zeep builds, VendorHttp sends, lxml reads.

Nothing goes through zeep's own transport, so that deadline, budget, breaker, bounded body and
the difference between sent and not sent are those of `VendorHttp`. A fault comes as HTTP 500:
give the VendorHttp `read_fault=fault_reader(kinds)`, so that it is judged like any other error.

    contract = SoapContract(contract_folder("acme"), "acme.wsdl", "all.xsd")
    http = VendorHttp(client, ..., read_fault=fault_reader(kinds))
    soap = SoapClient(http, contract, clock, kinds)
    rules = await soap.call("RulesRQ", {...}, headers={...}, asked="fare_rules",
                            repeatable=True, read=mapping.rules)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from adapters._kit.answer import Answer, broken
from adapters._kit.apart import read_apart, work_apart
from adapters._kit.http import VendorHttp
from adapters._kit.soap_contract import SOAP_11, DoesNotFit, SoapContract
from adapters._kit.unreadable import Unreadable
from adapters._kit.verdict import Fault, ReadFault, verdict
from adapters._kit.xml import FREED_AT_ONCE, Element, let_go, local, read_xml
from ports.clock import Clock
from ports.errors import Refused, VendorError

T = TypeVar("T")
_MOST_WORDS = 4000


class SoapFault(msgspec.Struct, frozen=True):
    """code: faultcode without its prefix. words: faultstring and detail, to be searched for
    the vendor's own codes and never shown."""

    code: str
    words: str

    def __repr__(self) -> str:
        return f"SoapFault({self.code!r})"


class Envelope(msgspec.Struct, frozen=True):
    """header: its Header element, None where it has none. body: the first child of its Body."""

    header: Element
    body: Element


Kinds = Callable[[SoapFault], Fault | None]


def fault_reader(kinds: Kinds) -> ReadFault:
    """For `VendorHttp`: what a fault means. *kinds* knows the vendor's; what it does not know is
    a refusal when it is the client's fault (SOAP 1.1, 4.4.1), else left to the HTTP status."""

    def read(answer: Answer) -> Fault | None:
        fault = _fault(_envelope(read_xml(answer.body)).body)
        return None if fault is None else _judged(fault, kinds)

    return read


class SoapClient:
    """contract: built when the connection was opened. kinds: as given to `fault_reader`.
    path: of the service, below the base URL."""

    def __init__(
        self,
        http: VendorHttp,
        contract: SoapContract,
        clock: Clock,
        kinds: Kinds,
        *,
        path: str = "/",
    ) -> None:
        self._http = http
        self._contract = contract
        self._clock = clock
        self._kinds = kinds
        self._path = path

    async def call(
        self,
        operation: str,
        message: Mapping[str, Any] | Callable[[], Element],
        *,
        headers: Mapping[str, Any],
        asked: str,
        repeatable: bool,
        read: Callable[[Envelope], T],
        vendor: str,
        deadline_s: float | None = None,
    ) -> T:
        """What *read* makes of the answer. asked: our word for the call, for errors.

        message: values for zeep; of a large one what makes its element, which runs in a thread.
        *read* is pure, runs in a thread when the answer is large, and keeps no element. Errors are those of
        `VendorHttp.call`; besides, Refused: the request does not fit the contract, nothing was
        sent. BrokenContract, or OutcomeUnknown when not repeatable: no envelope, or *read*
        raised ValueError or LookupError.
        """
        content = await self._built(operation, message, headers, vendor, asked)
        answer = await self._http.call(
            "POST",
            self._path,
            operation=asked,
            repeatable=repeatable,
            content=content,
            headers={
                "Content-Type": "text/xml; charset=utf-8",
                "Accept": "text/xml",
                "SOAPAction": f'"{self._contract.action(operation)}"',
            },
            deadline_s=deadline_s,
        )
        return await self._understood(answer, read)

    async def _built(
        self,
        operation: str,
        message: Mapping[str, Any] | Callable[[], Element],
        headers: Mapping[str, Any],
        vendor: str,
        asked: str,
    ) -> bytes:
        def made() -> bytes:
            values = message() if callable(message) else message
            return self._contract.envelope(operation, values, headers)

        try:
            return await work_apart(made) if callable(message) else made()
        except DoesNotFit as e:
            error = Refused(f"not sent: {e}", vendor=vendor, operation=asked)
        raise error

    async def _understood(self, answer: Answer, read: Callable[[Envelope], T]) -> T:
        def apart(data: bytes) -> T | SoapFault:
            root = read_xml(data)
            try:
                envelope = _envelope(root)
                fault = _fault(envelope.body)
                return read(envelope) if fault is None else fault
            finally:
                if len(data) > FREED_AT_ONCE:
                    let_go(root)

        reason = ""
        try:
            found = await read_apart(answer.body, apart)
        except Unreadable as e:
            reason = str(e)
        except (ValueError, LookupError, ArithmeticError):
            reason = "its parts do not fit together"
        if reason:  # outside the except: its context quotes the message
            raise broken(answer, reason)
        if isinstance(found, SoapFault):
            raise self._under_a_good_status(answer)
        return found

    def _under_a_good_status(self, answer: Answer) -> VendorError:
        """Some send a fault with 200: it is judged as if it had come with 500."""
        wrong = msgspec.structs.replace(answer, status=500)
        error = verdict(wrong, now=self._clock.now(), read_fault=fault_reader(self._kinds))
        assert error is not None
        return error


def _envelope(root: Element) -> Envelope:
    if root.tag != f"{{{SOAP_11}}}Envelope":
        raise Unreadable("no SOAP envelope")
    body = root.find(f"{{{SOAP_11}}}Body")
    if body is None or len(body) == 0:
        raise Unreadable("an envelope without a body")
    return Envelope(root.find(f"{{{SOAP_11}}}Header"), body[0])


def _fault(body: Element) -> SoapFault | None:
    if body.tag != f"{{{SOAP_11}}}Fault":
        return None
    words = " ".join(piece.strip() for piece in body.itertext() if piece.strip())
    code = next((child.text or "" for child in body if local(child) == "faultcode"), "")
    return SoapFault(code.strip().rpartition(":")[2], words[:_MOST_WORDS])


def _judged(fault: SoapFault, kinds: Kinds) -> Fault:
    known = kinds(fault)
    if known is not None:
        return known
    return Fault(fault.code, Refused if fault.code.partition(".")[0] == "Client" else None)
