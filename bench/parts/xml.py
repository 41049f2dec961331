"""Reading OTA messages beside bare lxml parsing and beside zeep's object mapping, in one run.

The messages are SiteMinder's: 1,000 lines of availability, of restrictions and of rates, as the
codec writes them, and a ResRetrieveRS of 1,000 stays, as the simulator writes them. `bare` only
parses the bytes; `codec` reads them into lines or reservations; `zeep` parses them and maps them
onto the contract's types, and goes no further. Then the codec reads once more apart from the loop,
as the adapter does, while a task asks for its turn every millisecond: the longest wait is what
another request would have had.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import zeep
from lxml import etree

from adapters._kit.apart import read_apart
from adapters._kit.ota import lines, reservations, writing
from adapters._kit.ota.dialects import NAMESPACE, SITEMINDER
from adapters._kit.ota.writing import Head
from adapters._kit.soap_contract import SOAP_11, contract_folder
from adapters._kit.xml import FREED_AT_ONCE, Element, let_go, read_xml
from adapters.siteminder.simulator import HOTEL, Simulator
from adapters.siteminder.simulator.bookings import Booking, Room, written
from bench.report import Part, summary
from bench.turns import blocked, idle, median, watch
from core.domain.money import Money
from core.domain.stock.ari import (
    AvailabilityLine,
    Prices,
    RateLine,
    RestrictionLine,
    Restrictions,
    Span,
)

ROUNDS = 15
ZEEP_ROUNDS = 5
WARM = 1
COUNT = 1000
MOST_OF_BARE, LEAST_OF_ZEEP, GOAL_MS = 4.0, 10.0, 20.0
FIRST = date(2027, 1, 1)
Read = Callable[[bytes], int]


async def measure() -> Part:
    """All messages, each bare, by the codec and by zeep."""
    mapped = _zeep()
    rows: dict[str, dict[str, Any]] = {"nothing going on": blocked(await idle(ROUNDS, 0.1))}
    goals: dict[str, dict[str, Any]] = {}
    for name, raw, read in (*_lines(), _stays()):
        bare, whole, waits = await _rounds(raw, read)
        slow = _times(raw, mapped, ZEEP_ROUNDS)
        size = f"{name}, {len(raw) / 1e6:.2f} MB"
        rows[f"bare, {size}"] = summary(bare)
        rows[f"codec, {size}"] = summary(whole) | blocked(waits)
        rows[f"zeep, {size}"] = summary(slow)
        goals[name] = {
            "codec_to_bare": round(median(whole) / median(bare), 2),
            "zeep_to_codec": round(median(slow) / median(whole), 1),
            **blocked(waits),
            "goals": {"to_bare": MOST_OF_BARE, "to_zeep": LEAST_OF_ZEEP, "blocked": GOAL_MS},
        }
    return Part("An OTA message of 1,000, milliseconds of the processor", rows, goals)


async def _rounds(raw: bytes, read: Read) -> tuple[list[float], list[float], list[float]]:
    """Bare and read in turns, so that both see the same machine; then read apart, watched."""
    bare: list[float] = []
    whole: list[float] = []
    waits: list[float] = []
    for _ in range(ROUNDS):
        gc.collect()
        bare += _times(raw, etree.fromstring, 1)
        whole += _times(raw, read, 1)
        watching = asyncio.create_task(watch())
        await asyncio.sleep(0.005)
        assert await read_apart(raw, read) == COUNT
        watching.cancel()
        waits.append(await watching)
    return bare, whole, waits


def _times(raw: bytes, read: Callable[[bytes], object], rounds: int) -> list[float]:
    """Milliseconds of the processor, which other work on the machine does not lengthen, with the
    garbage collector at rest, as `read_apart` has it; what was read is thrown away within them."""
    found = []
    gc.disable()
    for n in range(WARM + rounds):
        began = time.thread_time()
        read(raw)
        if n >= WARM:  # the collector has driven everything out of the processor's caches
            found.append((time.thread_time() - began) * 1000)
    gc.enable()
    return found


def _zeep() -> Callable[[bytes], object]:
    """Parse, and map onto the types of our contract."""
    folder = contract_folder("siteminder")
    make: Any = zeep.Client  # zeep carries no types
    client = make(str(folder / "siteminder.wsdl"))
    types = client.wsdl.types

    def read(raw: bytes) -> object:
        message = etree.fromstring(raw)[0][0]
        return types.get_element(etree.QName(message)).parse(message, types)

    return read


def _lines() -> Sequence[tuple[str, bytes, Read]]:
    """Twenty rooms, a year of days, prices of which some repeat."""
    rooms = [(f"ROOM{n % 20}", _span(n)) for n in range(COUNT)]
    free = [AvailabilityLine(room, span, n % 9) for n, (room, span) in enumerate(rooms)]
    bound = [
        RestrictionLine(room, "BAR", span, Restrictions(n % 2 == 0, False, n % 3 == 0, 2, None, 9))
        for n, (room, span) in enumerate(rooms)
    ]
    priced = [RateLine(room, "BAR", span, _prices(n)) for n, (room, span) in enumerate(rooms)]
    said = Head("0b5d7a9e", datetime(2026, 11, 20, tzinfo=UTC), "SERAI")
    avail, rates = "OTA_HotelAvailNotifRQ", "OTA_HotelRateAmountNotifRQ"
    told = (
        ("availability", avail, writing.availability(SITEMINDER, said, "H1", free)),
        ("restrictions", avail, writing.restrictions(SITEMINDER, said, "H1", bound)),
        (
            "rates",
            rates,
            writing.rates(SITEMINDER, said, "H1", priced, taxes_included=True),
        ),
    )
    return [
        (
            f"{COUNT:,} {what}",
            _enveloped(etree.tostring(writing.element(name, of.values))),
            _read_lines,
        )
        for what, name, of in told
    ]


def _span(n: int) -> Span:
    first = FIRST + timedelta(days=n % 365)
    return Span(first, first + timedelta(days=n % 5))


def _prices(n: int) -> Prices:
    one = Money(1_000_000_00 + (n % 250) * 100, "IDR")
    extra = Money(250_000_00, "IDR")
    return Prices(((1, one), (2, one + extra)), extra, extra)


def _enveloped(message: bytes) -> bytes:
    return b'<e:Envelope xmlns:e="%s"><e:Body>%s</e:Body></e:Envelope>' % (
        SOAP_11.encode(),
        message,
    )


def _read_lines(raw: bytes) -> int:
    return _read(raw, lambda message: len(lines.read_ari(message, SITEMINDER).lines))


def _read_stays(raw: bytes) -> int:
    return _read(raw, lambda message: sum(map(_rooms, reservations.elements(message))))


def _rooms(reservation: Element) -> int:
    return len(reservations.read_reservation(reservation).rooms)


def _read(raw: bytes, count: Callable[[Element], int]) -> int:
    """As the SOAP kit does it."""
    root = read_xml(raw)
    found = count(root[0][0])
    if len(raw) > FREED_AT_ONCE:
        let_go(root)
    return found


def _stays() -> tuple[str, bytes, Read]:
    simulator = Simulator()
    for n in range(COUNT):
        arrival = FIRST + timedelta(days=n % 365)
        room = Room(
            f"ROOM{n % 20}",
            "BAR",
            arrival,
            arrival + timedelta(days=2),
            by_night=("1000000.00", f"{1000000 + n % 250}.00"),
        )
        simulator.bookings.make(Booking(HOTEL, (room,)))
    inside = "".join(written(m) for m in simulator.bookings.messages.values())
    at = "2026-11-20T00:00:00+00:00"
    raw = (
        f'<OTA_ResRetrieveRS xmlns="{NAMESPACE}" Version="1.0" TimeStamp="{at}" EchoToken="e">'
        f"<Success/><ReservationsList>{inside}</ReservationsList></OTA_ResRetrieveRS>"
    )
    return f"{COUNT:,} stays", _enveloped(raw.encode()), _read_stays
