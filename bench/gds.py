"""Reading large shopping answers beside bare parsing, and how long the event loop stood still.

The answers are made here in the vendor's shape, 1 MB and 5 MB. `bare` only parses the bytes (json
into dicts, for XML into a tree); `adapter` reads them as the adapter does, itineraries into offers.
While the adapter reads, a task asks for its turn every millisecond: the longest it had to wait
is what any other request of the process would have waited.
"""

from __future__ import annotations

import asyncio
import copy
import gc
import json
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree

from adapters._kit.apart import read_apart
from adapters._kit.xml import let_go, read_xml
from adapters.sabre.mapping import offers
from adapters.sabre.simulator import Simulator, shopping
from adapters.sabre.simulator.reading import Fields
from bench.report import publish, summary
from bench.turns import blocked, idle, median, watch

ROUNDS = 15
GOAL_MS = 20
MEGABYTE = 1_000_000
PLACE = offers.Place("con_bench", ZoneInfo("Asia/Jakarta"), datetime.now(UTC))


async def main() -> None:
    rows: dict[str, Any] = {"nothing going on": {"n": ROUNDS} | blocked(await idle(ROUNDS, 0.2))}
    ratios, waited = {}, {}
    for size in (1, 5):
        for kind, raw, bare, read in _kinds(size * MEGABYTE):
            name = f"{kind}, {len(raw) / MEGABYTE:.1f} MB"
            parsing, reading, waits = await _measure(raw, bare, read)
            rows[f"bare parsing, {name}"] = summary(parsing)
            rows[f"adapter, {name}"] = summary(reading) | blocked(waits)
            ratios[name] = round(median(reading) / median(parsing), 2)
            waited[name] = blocked(waits)
    publish(
        "gds", "A shopping answer, milliseconds", rows, ratios=ratios, longest_blocked_ms=waited
    )
    usual = max(waits["blocked"] for waits in waited.values())
    print(f"adapter to bare parsing: {ratios}")
    print(
        f"loop blocked {usual} ms in the middle round (goal: never {GOAL_MS}); the worst round of"
    )
    print("a machine that does other work as well is its scheduler's as much as ours")


def _kinds(
    size: int,
) -> list[tuple[str, bytes, Callable[[bytes], object], Callable[[bytes], object]]]:
    return [
        ("itineraries", _itineraries(size), json.loads, partial(offers.read, place=PLACE)),
        ("SOAP", _envelope(size), etree.fromstring, _texts),
    ]


async def _measure(
    raw: bytes, bare: Callable[[bytes], object], read: Callable[[bytes], object]
) -> tuple[list[float], list[float], list[float]]:
    parsing, reading, waits = [], [], []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        bare(raw)
        parsing.append((time.perf_counter() - began) * 1000)
        gc.collect()  # what bare parsing left behind is not the adapter's to clear away
        watching = asyncio.create_task(watch())
        await asyncio.sleep(0.005)
        began = time.perf_counter()
        await read_apart(raw, read)
        reading.append((time.perf_counter() - began) * 1000)
        watching.cancel()
        waits.append(await watching)
    return parsing, reading, waits


def _itineraries(size: int) -> bytes:
    """The simulator's own answer for a week of days, its itineraries repeated until it is large."""
    whole = _shopped()
    grouped = whole["groupedItineraryResponse"]
    few = grouped["itineraryGroups"][0]["itineraries"]
    one = len(json.dumps(few)) // len(few)
    many = []
    for number in range(size // one):
        itinerary = copy.copy(few[number % len(few)])
        itinerary["id"] = number + 1
        many.append(itinerary)
    grouped["itineraryGroups"][0]["itineraries"] = many
    return json.dumps(whole, separators=(",", ":")).encode()


def _shopped() -> dict[str, Any]:
    there = datetime.now(UTC).date() + timedelta(days=60)
    bounds = [("CGK", "JED", there), ("JED", "CGK", there + timedelta(days=9))]
    asked = shopping.Asked(
        {"ADT": 2, "CNN": 1, "INF": 1}, [_leg(n, *b) for n, b in enumerate(bounds, 1)], "Y", 1
    )
    simulator = Simulator()
    return shopping.shop(asked, simulator.ledger.free, datetime.now(UTC), PLACE.zone)


def _leg(number: int, origin: str, destination: str, on: date) -> Fields:
    return Fields(
        {
            "RPH": str(number),
            "DepartureDateTime": f"{on.isoformat()}T00:00:00",
            "OriginLocation": {"LocationCode": origin},
            "DestinationLocation": {"LocationCode": destination},
        }
    )


def _envelope(size: int) -> bytes:
    row = '<r:Paragraph RPH="16" Title="PENALTIES"><r:Text>CHARGE IDR 750000</r:Text></r:Paragraph>'
    rows = row * (size // len(row))
    return (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        f'<r:Rules xmlns:r="urn:bench">{rows}</r:Rules></e:Body></e:Envelope>'
    ).encode()


def _texts(raw: bytes) -> int:
    root = read_xml(raw)
    found = sum(len(p.findtext("{*}Text") or "") for p in root[0][0].iterfind("{*}Paragraph"))
    let_go(root)
    return found


if __name__ == "__main__":
    asyncio.run(main())
