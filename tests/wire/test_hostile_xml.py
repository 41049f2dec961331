"""XML that means harm, put inside each message we read: a clear error, at once, in bounded memory."""

from __future__ import annotations

import functools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters._kit.ota import lines, reservations
from adapters._kit.ota.dialects import SITEMINDER
from adapters._kit.unreadable import Unreadable
from adapters._kit.xml import MOST_MARKUP, read_xml
from adapters.expedia.mapping import bookings as expedia_bookings
from adapters.siteminder.mapping import parse
from ports.errors import BrokenContract, Refused, VendorError
from tests.wire.expedia import cases as expedia_cases
from tests.wire.expedia import replay as expedia
from tests.wire.sabre import replay as sabre
from tests.wire.siteminder import replay as siteminder
from tests.wire.siteminder.cases import FREE, HOTEL, KEPT

pytestmark = pytest.mark.anyio
MOST_MEMORY = 350 * 1024 * 1024
HUNDRED_MB = 100 * 1024 * 1024
PEAK, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
Read = Callable[[Any], Awaitable[object]]

# ---------------------------------------------------------------- what we read

STATUSES = (
    '<OTA_HotelAvailNotifRQ xmlns="http://www.opentravel.org/OTA/2003/05">'
    '<AvailStatusMessages HotelCode="H1"><AvailStatusMessage BookingLimit="3">'
    '<StatusApplicationControl Start="2027-02-10" End="2027-02-12" InvTypeCode="DLX"/>'
    "</AvailStatusMessage></AvailStatusMessages></OTA_HotelAvailNotifRQ>"
)


def _reservation() -> str:
    whole = siteminder.load("read/several").response
    inside = whole[whole.index("<HotelReservation ") : whole.index("</HotelReservation>")]
    head = '<HotelReservation xmlns="http://www.opentravel.org/OTA/2003/05" '
    return inside.replace("<HotelReservation ", head, 1) + "</HotelReservation>"


def _siteminder(ask: Callable[[Any], Awaitable[object]]) -> Read:
    async def read(content: Any) -> object:
        def answer(request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, headers={"content-type": "text/xml"}, content=content)

        async with siteminder.playing(httpx.MockTransport(answer), {}) as channel:
            return await ask(channel)

    return read


async def _sabre(content: Any) -> object:
    def answer(request: httpx.Request) -> httpx.Response:
        action = request.headers.get("soapaction", "").strip('"')
        told = sabre.load(sabre.ACCESS[action]).response if action in sabre.ACCESS else content
        return httpx.Response(200, headers={"content-type": "text/xml"}, content=told)

    async with sabre.playing(httpx.MockTransport(answer)) as gds:
        return await gds.queued()


def _expedia(case: str) -> tuple[str, Read]:
    """The last answer of *case*, and the asking for it."""
    known = expedia_cases.CASES[case]

    async def read(content: Any) -> object:
        def answer(request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, headers={"content-type": "text/xml"}, content=content)

        async with expedia.playing(httpx.MockTransport(answer)) as channel:
            return await known.ask(channel)

    return expedia.load(known.exchanges[-1]).response.decode(), read


def _expedia_booking() -> str:
    found = expedia_bookings.read(read_xml(expedia.load("br/three").response))
    return found[0].raw.decode()


def _pure(read: Callable[[bytes], object]) -> Read:
    async def apart(content: Any) -> object:
        if not isinstance(content, bytes):
            content = b"".join([piece async for piece in content])
        return read(content)

    return apart


def _answer(name: str) -> str:
    return siteminder.load(name).response.replace(' EchoToken="*"', "")


READERS: dict[str, tuple[str, Read]] = {
    "the kit": (STATUSES, _pure(read_xml)),
    "ARI lines": (STATUSES, _pure(lambda raw: lines.read_ari(read_xml(raw), SITEMINDER))),
    "reservations": (
        f"<OTA_ResRetrieveRS xmlns='http://www.opentravel.org/OTA/2003/05'><Success/>"
        f"<ReservationsList>{_reservation()}</ReservationsList></OTA_ResRetrieveRS>",
        _pure(lambda raw: list(reservations.elements(read_xml(raw)))),
    ),
    "siteminder, parse": (_reservation(), _pure(parse)),
    "siteminder, push": (_answer("avail/taken"), _siteminder(lambda c: c.push(HOTEL, FREE))),
    "siteminder, pull": (_answer("read/several"), _siteminder(lambda c: c.pull([HOTEL]))),
    "siteminder, acknowledge": (
        _answer("report/done"),
        _siteminder(lambda c: c.acknowledge(KEPT, ours="res_01")),
    ),
    "sabre, queue": (sabre.load("queue/ours").response, _sabre),
    "expedia, push": _expedia("availability"),
    "expedia, pull": _expedia("reservations"),
    "expedia, acknowledge": _expedia("confirmed"),
    "expedia, catalogue": _expedia("catalogue"),
    "expedia, parse": (_expedia_booking(), _pure(expedia_bookings.reservation)),
}

# ---------------------------------------------------------------- what is done to it


def _with_dtd(subset: str, used: str) -> Callable[[str], bytes]:
    def hostile(good: str) -> bytes:
        return f"<!DOCTYPE x [{subset}]>{_inside(good, used)}".encode()

    return hostile


def _inside(good: str, more: str) -> str:
    """*more* behind the first tag that is closed in *good*: inside its root."""
    body = good.partition("?>")[2] if good.startswith("<?xml") else good
    place = body.index(">") + 1
    return body[:place] + more + body[place:]


@functools.cache
def _attributes() -> str:
    return " ".join(f'b{n}=""' for n in range(MOST_MARKUP + 1))


LAUGHS = "".join(
    f'<!ENTITY {name} "{10 * f"&{before};"}">'
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE: dict[str, Callable[[str], bytes]] = {
    "an entity": _with_dtd('<!ENTITY a "ha">', "&a;"),
    "a file": _with_dtd('<!ENTITY f SYSTEM "file:///etc/passwd">', "&f;"),
    "an address": _with_dtd('<!ENTITY f SYSTEM "http://127.0.0.1:1/x">', "&f;"),
    "a parameter entity": _with_dtd('<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;', ""),
    "a DTD elsewhere": lambda good: (
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">' + _inside(good, "").encode()
    ),
    "billion laughs": _with_dtd(f'<!ENTITY a "ha">{LAUGHS}', "&i;"),
    "quadratic": _with_dtd(f'<!ENTITY a "{"x" * 50_000}">', "&a;" * 20_000),
    "deep nesting": lambda good: _inside(good, "<a>" * 5000 + "</a>" * 5000).encode(),
    "nesting without an end": lambda good: _inside(good, "<a>" * 500_000).encode(),
    "a text of 12 MB": lambda good: _inside(good, f"<a>{'x' * 12_000_000}</a>").encode(),
    "tags without number": lambda good: _inside(good, "<a/>" * (MOST_MARKUP + 1)).encode(),
    "attributes without number": lambda good: _inside(good, f"<a {_attributes()}/>").encode(),
    "another encoding than it says": lambda good: (
        b'<?xml version="1.0" encoding="utf-8"?>' + _inside(good, "<a>\xe9</a>").encode("latin-1")
    ),
    "an encoding that is none": lambda good: (
        b'<?xml version="1.0" encoding="no-such"?>' + _inside(good, "").encode()
    ),
    "cut off": lambda good: good[: len(good) // 2].encode(),
    "nothing": lambda good: b"",
}


@pytest.fixture
def bounded() -> Iterator[None]:
    """Fails when what was read took more memory at its height than we allow."""
    before = _reset()
    yield
    assert _peak() - before < MOST_MEMORY


def _reset() -> int:
    if not RESET.exists():
        pytest.skip("the height of memory is read from Linux' /proc")
    RESET.write_text("5")
    return _peak()


def _peak() -> int:
    line = next(s for s in PEAK.read_text().splitlines() if s.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


@pytest.mark.parametrize("reader", READERS)
async def test_what_is_well_is_read(reader: str) -> None:
    good, read = READERS[reader]
    await read(good.encode())


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("how", HOSTILE)
async def test_what_is_hostile_is_refused(reader: str, how: str, bounded: None) -> None:
    good, read = READERS[reader]
    hostile = HOSTILE[how](good)
    began = time.process_time()
    with pytest.raises((Unreadable, VendorError)) as refused:
        await read(hostile)
    assert time.process_time() - began < 5
    _is_clear(refused.value)


@pytest.mark.parametrize("reader", READERS)
async def test_a_hundred_megabytes_are_refused(reader: str, bounded: None) -> None:
    good, read = READERS[reader]
    began = time.process_time()
    with pytest.raises((Unreadable, VendorError)) as refused:
        await read(_pieces(good))
    assert time.process_time() - began < 20
    _is_clear(refused.value)


async def _pieces(good: str) -> AsyncIterator[bytes]:
    """A hundred megabytes that are well-formed to their end."""
    whole = _inside(good, "\0").encode()
    head, _, tail = whole.partition(b"\0")
    yield head
    piece = b"<a>" + b"x" * 65_529 + b"</a>"
    for _ in range(HUNDRED_MB // len(piece)):
        yield piece
    yield tail


async def test_the_most_that_is_read_stays_in_bounds(bounded: None) -> None:
    assert len(read_xml(b"<a>" + b"<a/>" * (MOST_MARKUP - 2) + b"</a>")) == MOST_MARKUP - 2


@pytest.mark.parametrize("reader", [name for name in READERS if name != "the kit"])
async def test_a_message_without_its_namespace_is_none_of_theirs(reader: str) -> None:
    good, read = READERS[reader]
    bare = good
    for prefix in ("soap-env:", "SOAP-ENV:", "stl:", "eb:", "wsse:"):
        bare = bare.replace(prefix, "")
    bare = bare.replace(" xmlns", " once")
    with pytest.raises((Unreadable, BrokenContract)) as refused:
        await read(bare.encode())
    words = ("namespace", "no SOAP envelope", "well-formed", "another message", "not a booking")
    assert any(word in str(refused.value) for word in words)


@pytest.mark.parametrize("reader", ["siteminder, push", "siteminder, pull"])
async def test_an_answer_outside_opentravels_namespace_is_said_so(reader: str) -> None:
    good, read = READERS[reader]
    bare = good.replace(' xmlns="http://www.opentravel.org/OTA/2003/05"', "")
    with pytest.raises(BrokenContract, match="namespace of OpenTravel"):
        await read(bare.encode())


def _is_clear(error: Exception) -> None:
    """Not a refusal, in our words, and nothing of the file or of the message in it."""
    assert not isinstance(error, Refused)
    assert len(str(error)) < 200
    words = ("DOCTYPE", "well-formed", "larger", "markup", "empty", "TooLarge")
    assert any(word in str(error) for word in words), str(error)
    assert "root:" not in str(error)
    assert "Contoh" not in str(error)
