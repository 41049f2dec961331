"""The simulator takes what SiteMinder takes, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from adapters.siteminder.simulator import HOTEL, PASSWORD, Simulator
from adapters.siteminder.simulator.reading import CLEAR_TEXT, LARGEST, WSSE

pytestmark = pytest.mark.anyio
ENV = "http://schemas.xmlsoap.org/soap/envelope/"
OTA = "http://www.opentravel.org/OTA/2003/05"
DAY = datetime.now(UTC).date() + timedelta(days=10)
PATH, CONTENT = "/siteminder/webservices/SERAI", "text/xml; charset=utf-8"
POS = '<POS><Source><RequestorID Type="22" ID="SERAI"/></Source></POS>'
ROOM = f'<StatusApplicationControl Start="{DAY}" End="{DAY}" InvTypeCode="DLX"/>'
RATE = ROOM.replace("/>", ' RatePlanCode="BAR"/>')


@pytest.fixture
def simulator() -> Simulator:
    return Simulator()


@pytest.fixture
async def http(simulator: Simulator) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=simulator.asgi)
    async with httpx.AsyncClient(transport=transport, base_url="http://simulator") as client:
        yield client


def enveloped(body: str, password: str = PASSWORD) -> str:
    token = (
        f'<w:Security xmlns:w="{WSSE}"><w:UsernameToken><w:Username>serai</w:Username>'
        f'<w:Password Type="{CLEAR_TEXT}">{password}</w:Password></w:UsernameToken></w:Security>'
    )
    return (
        f'<e:Envelope xmlns:e="{ENV}"><e:Header>{token}</e:Header><e:Body>{body}</e:Body>'
        "</e:Envelope>"
    )


def avail(status: str, pos: str = POS, version: str = "1.0", hotel: str = HOTEL) -> str:
    return (
        f'<OTA_HotelAvailNotifRQ xmlns="{OTA}" EchoToken="{hash(status)}"'
        f' TimeStamp="2026-11-20T03:00:00+00:00" Version="{version}">{pos}'
        f'<AvailStatusMessages HotelCode="{hotel}">{status}</AvailStatusMessages>'
        "</OTA_HotelAvailNotifRQ>"
    )


def status(inside: str = ROOM, limit: str = ' BookingLimit="3"') -> str:
    return f"<AvailStatusMessage{limit}>{inside}</AvailStatusMessage>"


async def post(http: httpx.AsyncClient, body: str, **other: Any) -> httpx.Response:
    headers = {"content-type": CONTENT, "soapaction": '"HotelAvailNotifRQ"'}
    headers |= other.pop("headers", {})
    return await http.post(other.pop("path", PATH), content=body.encode(), headers=headers)


async def test_what_is_right_is_taken(http: httpx.AsyncClient, simulator: Simulator) -> None:
    answer = await post(http, enveloped(avail(status())))
    assert answer.status_code == 200
    assert "<Success/>" in answer.text
    assert simulator.stock.hotels[HOTEL].limits == {("DLX", DAY): 3}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (avail(status().replace("DLX", "NONE")), 'Code="402"'),
        (avail(status(limit="")), 'Code="249"'),
        (avail(status(), hotel="NONE"), 'Code="392"'),
        (avail(status(), pos=POS.replace("SERAI", "OTHER")), 'Code="497"'),
        (avail(status(), version="2.0"), "Version"),
        (avail(status(), pos="<Nobody/>"), "unexpected element Nobody"),
        (avail(status(ROOM.replace("/>", ' Mon="true"/>'))), "unexpected attribute Mon"),
        (avail(""), "not complete"),
        (avail(status(limit=' BookingLimit="-1"')), "BookingLimit"),
        (avail(status() + status(RATE, "")), "sent apart"),
        (avail(status(ROOM.replace(str(DAY), "2020-01-01"))), 'Code="15"'),
        (avail(status(ROOM.replace(str(DAY), str(DAY + timedelta(days=900))))), 'Code="15"'),
        (avail(status(ROOM.replace(f'End="{DAY}"', 'End="2020-01-01"'))), 'Code="15"'),
    ],
)
async def test_what_is_off_contract_is_an_error_and_nothing_is_kept(
    http: httpx.AsyncClient, simulator: Simulator, body: str, words: str
) -> None:
    answer = await post(http, enveloped(body))
    assert answer.status_code == 200
    assert "<Errors>" in answer.text
    assert words in answer.text
    assert not simulator.stock.hotels[HOTEL].limits


@pytest.mark.parametrize(
    "other",
    [
        {"headers": {"content-type": "application/soap+xml"}},
        {"headers": {"soapaction": '"ReadRQ"'}},
        {"path": "/siteminder/webservices/OTHER"},
    ],
)
async def test_what_is_not_looked_at_is_a_fault(
    http: httpx.AsyncClient, other: dict[str, Any]
) -> None:
    answer = await post(http, enveloped(avail(status())), **other)
    assert answer.status_code == 500
    assert "Fault>" in answer.text


async def test_more_than_two_megabytes_are_a_fault(http: httpx.AsyncClient) -> None:
    answer = await post(http, enveloped(avail(status() + " " * LARGEST)))
    assert answer.status_code == 500
    assert "2MB" in answer.text


async def test_a_wrong_password_is_refused(http: httpx.AsyncClient) -> None:
    answer = await post(http, enveloped(avail(status()), password="wrong"))
    assert 'Code="497"' in answer.text


async def test_a_message_is_taken_whole_or_not_at_all(
    http: httpx.AsyncClient, simulator: Simulator
) -> None:
    wrong = status().replace("DLX", "NONE")
    await post(http, enveloped(avail(status() + wrong)))
    assert not simulator.stock.hotels[HOTEL].limits


async def test_a_token_is_used_for_one_message(http: httpx.AsyncClient) -> None:
    first = avail(status())
    assert "<Success/>" in (await post(http, enveloped(first))).text
    assert "<Success/>" in (await post(http, enveloped(first))).text  # sent again
    other = first.replace('BookingLimit="3"', 'BookingLimit="4"')
    assert "unique" in (await post(http, enveloped(other))).text


async def test_it_can_be_led_by_hand(http: httpx.AsyncClient) -> None:
    room = {
        "room": "DLX",
        "plan": "BAR",
        "check_in": str(DAY),
        "check_out": str(DAY + timedelta(days=1)),
        "by_night": ["1000000"],
    }
    control = "/siteminder/_control"
    made = await http.post(f"{control}/reservations", json={"hotel": HOTEL, "rooms": [room]})
    assert made.status_code == 201
    path = f"{control}/reservations/{made.json()['reference']}"
    assert (await http.put(path, json={"hotel": HOTEL, "rooms": [room]})).status_code == 204
    assert (await http.delete(path)).status_code == 204
    assert (await http.post(f"{path}/again")).status_code == 204
    told = (await http.get(f"{control}/reservations")).json()
    assert [one["status"] for one in told] == ["Book", "Modify", "Cancel"]
    assert (await http.post(f"{control}/faults", json={"kind": "busy"})).status_code == 204
    assert (await http.post(f"{control}/faults", json={"kind": "odd"})).status_code == 400
    assert (await http.delete(f"{control}/reservations/NONE")).status_code == 400
    assert (await http.post(f"{control}/reset")).status_code == 204
    assert (await http.get(f"{control}/reservations")).json() == []
    assert (await http.get(f"{control}/stock/{HOTEL}")).json()["limits"] == {}
    assert (await http.get(f"{control}/nothing")).status_code == 404
