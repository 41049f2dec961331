"""SOAP keeps what HTTP keeps: sent or not sent, refused or unknown, and nothing shown."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters._kit.apart import read_apart
from adapters._kit.http import VendorHttp, open_client
from adapters._kit.soap import Envelope, SoapClient, SoapFault, fault_reader
from adapters._kit.soap_contract import DoesNotFit, SoapContract, contract_folder
from adapters._kit.verdict import Fault
from adapters._kit.xml import text
from adapters.system import SystemClock
from ports.errors import BrokenContract, Misconfigured, OutcomeUnknown, Refused, Unavailable

pytestmark = pytest.mark.anyio
ENV = "http://schemas.xmlsoap.org/soap/envelope/"
LLS = "http://webservices.sabre.com/sabreXML/2011/10"
CONTRACT = SoapContract(contract_folder("sabre"), "sabre.wsdl", "all.xsd")
HEADERS = {
    "header": {
        "From": {"PartyId": "us"},
        "To": {"PartyId": "them"},
        "CPAId": "AB12",
        "ConversationId": "c",
        "Service": "s",
        "Action": "QueueAccessLLSRQ",
        "MessageData": {"MessageId": "m", "Timestamp": "2026-01-01T00:00:00Z"},
        "version": "1.0",
    },
    "security": {"BinarySecurityToken": "token-nobody-may-see"},
}
MESSAGE = {"Version": "2.1.0", "QueueIdentifier": {"Number": "9", "PseudoCityCode": "AB12"}}


def enveloped(body: str) -> str:
    return f'<e:Envelope xmlns:e="{ENV}"><e:Header/><e:Body>{body}</e:Body></e:Envelope>'


def fault(code: str, words: str = "Siti Contoh") -> str:
    return enveloped(
        f"<e:Fault><faultcode>e:{code}</faultcode><faultstring>{words}</faultstring></e:Fault>"
    )


def kinds(found: SoapFault) -> Fault | None:
    return Fault("WRONG_PASSWORD", Misconfigured) if "PASSWORD" in found.words else None


def the_text(envelope: Envelope) -> str:
    return text(envelope.body, "{*}Text")


async def ask(
    answer: Callable[[httpx.Request], httpx.Response],
    *,
    repeatable: bool = True,
    message: dict[str, Any] = MESSAGE,
    read: Callable[[Envelope], Any] = the_text,
) -> Any:
    async with open_client("http://soap.test/x", transport=httpx.MockTransport(answer)) as client:
        http = VendorHttp(
            client, vendor="acme", clock=SystemClock(), attempts=1, read_fault=fault_reader(kinds)
        )
        return await SoapClient(http, CONTRACT, SystemClock(), kinds).call(
            "QueueAccessRQ",
            message,
            headers=HEADERS,
            asked="queue",
            repeatable=repeatable,
            read=read,
            vendor="acme",
        )


def saying(body: str, status: int = 200) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(status, content=body.encode())


async def test_what_is_sent_is_an_envelope_with_its_action() -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, content=enveloped("<a><Text> yes </Text></a>").encode())

    assert await ask(answer) == "yes"
    assert sent[0].headers["soapaction"] == '"QueueAccessLLSRQ"'
    assert sent[0].headers["content-type"] == "text/xml; charset=utf-8"
    assert sent[0].url.path == "/x/"
    assert b"token-nobody-may-see" in sent[0].content


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize(
    ("code", "words", "repeatable", "kind"),
    [
        ("Client.AuthenticationFailed", "PASSWORD", True, Misconfigured),
        ("Client.Validation", "x", False, Refused),
        ("Server", "x", True, Unavailable),
        ("Server", "x", False, OutcomeUnknown),
        ("Odd.Thing", "x", False, OutcomeUnknown),
    ],
)
async def test_a_fault_is_judged_by_its_code_whatever_its_status(
    status: int, code: str, words: str, repeatable: bool, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        await ask(saying(fault(code, words), status), repeatable=repeatable)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>busy</html>",
        enveloped(""),
        "<a/>",
        enveloped("<a>")[:-20],
        f"<!DOCTYPE a>{enveloped('<a/>')}",
        enveloped("<a/>").replace(ENV, "http://www.w3.org/2003/05/soap-envelope"),
    ],
)
async def test_what_is_no_envelope_breaks_the_contract_or_leaves_it_unknown(body: str) -> None:
    with pytest.raises(BrokenContract):
        await ask(saying(body))
    with pytest.raises(OutcomeUnknown):
        await ask(saying(body), repeatable=False)


async def test_a_reader_that_stumbles_is_told_without_a_word_of_the_answer() -> None:
    def stumbles(envelope: Envelope) -> None:
        raise ValueError(text(envelope.body, "{*}Text"))

    with pytest.raises(BrokenContract) as broken:
        await ask(saying(enveloped("<a><Text>Siti Contoh</Text></a>")), read=stumbles)
    assert "Contoh" not in str(broken.value)
    assert broken.value.__context__ is None


async def test_a_fault_shows_its_code_and_not_its_words() -> None:
    with pytest.raises(Refused) as refused:
        await ask(saying(fault("Client.Odd"), 500))
    assert refused.value.vendor_code == "Client.Odd"
    assert "Contoh" not in str(refused.value)
    assert "Contoh" not in repr(SoapFault("Client", "Siti Contoh"))


async def test_sent_and_not_sent_are_told_apart() -> None:
    def not_sent(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("x")

    def cut(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("x")

    with pytest.raises(Unavailable):
        await ask(not_sent, repeatable=False)
    with pytest.raises(OutcomeUnknown):
        await ask(cut, repeatable=False)


@pytest.mark.parametrize(
    "message",
    [
        {"Version": "2.1.0"},
        {**MESSAGE, "Nobody": "1"},
        {"Version": "2.1.0", "QueueIdentifier": {"Number": "secret", "PseudoCityCode": "AB12"}},
        {"Version": "2.1.0", "QueueIdentifier": {"Number": "9", "PseudoCityCode": "\0"}},
    ],
)
async def test_what_does_not_fit_the_contract_is_never_sent(message: dict[str, Any]) -> None:
    def never(request: httpx.Request) -> httpx.Response:
        raise AssertionError("it was sent")

    with pytest.raises(Refused) as refused:
        await ask(never, repeatable=False, message=message)
    assert "secret" not in str(refused.value)
    assert "token" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["https://www.w3.org/2001/xml.xsd", "file:///etc/passwd", "/etc/passwd", "../hub/x"]
)
def test_a_contract_is_never_fetched_from_elsewhere(url: str, tmp_path: Path) -> None:
    wsdl = (contract_folder("sabre") / "sabre.wsdl").read_text()
    (tmp_path / "sabre.wsdl").write_text(wsdl.replace('"lls.xsd"', f'"{url}"'))
    for xsd in contract_folder("sabre").glob("*.xsd"):
        (tmp_path / xsd.name).write_bytes(xsd.read_bytes())
    with pytest.raises(DoesNotFit, match="never fetched"):
        SoapContract(tmp_path, "sabre.wsdl", "all.xsd")


async def test_a_large_answer_does_not_hold_up_the_loop() -> None:
    stays = "".join(f"<Stay n='{n}'><Text>{n}</Text></Stay>" for n in range(60_000))
    raw = enveloped(f"<a>{stays}</a>").encode()
    worst, ticking = 0.0, True

    async def tick() -> None:
        nonlocal worst
        while ticking:
            began = time.process_time()
            await asyncio.sleep(0.001)
            worst = max(worst, time.process_time() - began)

    ticker = asyncio.create_task(tick())
    await asyncio.sleep(0)
    began = time.process_time()
    found = await ask(
        lambda _: httpx.Response(200, content=raw),
        read=lambda e: sum(int(stay.get("n", "0")) for stay in e.body.iterfind("Stay")),
    )
    took, ticking = time.process_time() - began, False
    await ticker
    assert found == 60_000 * 59_999 // 2
    assert len(raw) > 2_000_000
    assert worst < took / 4  # of the process's own time; bench/gds.py measures the 20 ms


async def test_small_ones_are_read_where_they_are() -> None:
    loop = asyncio.get_running_loop()

    def here(_: bytes) -> bool:
        return asyncio.get_running_loop() is loop

    assert await read_apart(b"x", here)
