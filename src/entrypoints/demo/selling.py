"""One chapter: one room of our own is left in Makkah; two channels and the platform want it."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from entrypoints.demo.processes import wait_until
from entrypoints.demo.stage import WITHIN_S, Json, Stage
from entrypoints.sandbox import STALLS

ARRIVES = (datetime.now(UTC) + timedelta(days=45)).date()
NIGHTS, TAKERS = 2, 4
AT_CHANNEX = str(uuid.uuid5(uuid.NAMESPACE_DNS, "hotels.example/zamzam-view"))
AT_SITEMINDER = "MADINAH1"
NONE, ONE = [0] * NIGHTS, [1] * NIGHTS


def open_property(stage: Stage) -> None:
    """The agency puts a hotel of its own on sale: one twin room is left"""
    body = {
        "entity": stage.house.entity,
        "code": "ZAMZAM",
        "name": "Zamzam View Makkah",
        "timezone": "Asia/Riyadh",
        "currency": "SAR",
        "country": "SA",
    }
    house = stage.call("POST", "/v1/properties", body, expect=201).json()["id"]
    room = {"code": "TWIN", "name": "Twin Room", "max_adults": 2}
    twin = stage.call("POST", f"/v1/properties/{house}/room-types", room, expect=201).json()["id"]
    plan = {"code": "BAR", "name": "Best available", "currency": "SAR"}
    bar = stage.call("POST", f"/v1/properties/{house}/rate-plans", plan, expect=201).json()["id"]
    stage.facts.room = {"property": house, "room_type": twin, "rate_plan": bar}
    span = {"room_type": twin, "first": _day(0), "last": _day(NIGHTS - 1)}
    stage.call("PATCH", "/v1/inventory", {"property": house, "updates": [{**span, "capacity": 1}]})
    prices = {"by_adults": [{"adults": 2, "price": {"minor": 41250, "currency": "SAR"}}]}
    rates = {**span, "rate_plan": bar, "prices": prices}
    stage.call("PATCH", "/v1/rates", {"property": house, "updates": [rates]})


def sell_at_channels(stage: Stage) -> None:
    """It is mapped at Channex and at SiteMinder, and both are told"""
    _sell(stage, "channex", AT_CHANNEX, "Twin Room")
    _sell(stage, "siteminder", AT_SITEMINDER, "DLX")
    _both_show(stage, ONE)


def race(stage: Stage) -> None:
    """Four requests of the platform want the room at the same moment"""
    stay = {"check_in": _day(0), "check_out": _day(NIGHTS)}
    wanted = {"room_type": stage.facts.room["room_type"], **stay, "count": 1}
    hold = {"property": stage.facts.room["property"], "rooms": [wanted]}
    answers = stage.at_once("POST", "/v1/holds", hold, times=TAKERS)
    won = [answer for answer in answers if answer.status_code == 201]
    stage.verify("one of them gets it", len(won), 1)
    stage.facts.hold = won[0].json()["id"]
    _both_show(stage, NONE)


def let_go(stage: Stage) -> None:
    """The platform gives it back, and a guest at Channex is quicker than everybody"""
    stage.call("POST", f"/v1/holds/{stage.facts.hold}/release")
    _both_show(stage, ONE)
    there = stage.facts.channels["channex"]
    room = {"room": there["room"], "plan": there["plan"]}
    guest = {"rooms": [{**room, "check_in": _day(0), "check_out": _day(NIGHTS)}]}
    stage.vendor("POST", f"/channex/_control/bookings/{AT_CHANNEX}", guest)
    stage.call("POST", f"/v1/channels/{there['channel']}/push", note="(and asks for reservations)")
    _both_show(stage, NONE)


def hear_of_reservation(stage: Stage) -> None:
    """The reservation is kept, counted and acknowledged; the room was sold once"""
    path = f"/v1/reservations?property={stage.facts.room['property']}"

    def kept() -> Json:
        return stage.call("GET", path).json()["data"]

    def acknowledged() -> bool:
        return [
            debt["acknowledged_at"] is not None for r in kept() for debt in r["acknowledgements"]
        ] == [True]

    _in_time(acknowledged)
    (reservation,) = kept()
    stage.verify("one reservation, nothing overbooked", reservation["overbooked"], [])
    stage.verify("Channex knows that it is kept", acknowledged())


def _sell(stage: Stage, adapter: str, code: str, title: str) -> None:
    stall = next(stall for stall in STALLS if stall.adapter == adapter)
    config = {**stall.config, "base_url": stage.house.sandbox_url + stall.path}
    new = {"adapter": adapter, "name": adapter, "entity": stage.house.entity, "config": config}
    connection = stage.call("POST", "/v1/connections", new, expect=201).json()["id"]
    ours = stage.facts.room
    body = {"connection": connection, "property": ours["property"], "property_code": code}
    channel = stage.call("POST", "/v1/channels", body, expect=201).json()["id"]
    asked = stage.call("POST", f"/v1/mappings/{channel}/catalogue").json()
    theirs = asked["theirs"] or []
    room = next((r for r in theirs if title in (r["name"], r["code"])), None)
    room = room or {"code": title, "plans": [{"code": "BAR"}]}
    plans = [plan["code"] for plan in room["plans"]]
    mapping = {
        "rooms": [{"room_type": ours["room_type"], "code": room["code"]}],
        "plans": [
            {"room_type": ours["room_type"], "rate_plan": ours["rate_plan"], "code": plan}
            for plan in plans
        ],
        "ignored": [r["code"] for r in theirs if r["code"] != room["code"]],
    }
    mapped = stage.call("PUT", f"/v1/mappings/{channel}", mapping).json()
    stage.verify("the mapping has no hole", mapped["gaps"], [])
    stage.call("POST", f"/v1/channels/{channel}/resume")
    told = {"channel": channel, "room": room["code"], "plan": plans[0]}
    stage.facts.channels[adapter] = told


def _both_show(stage: Stage, rooms: list[int]) -> None:
    _in_time(lambda: _at_channex(stage) == rooms)
    stage.verify(f"Channex shows {rooms[0]} of it", _at_channex(stage), rooms)
    _in_time(lambda: _at_siteminder(stage) == rooms)
    stage.verify(f"SiteMinder shows {rooms[0]} of it", _at_siteminder(stage), rooms)


def _at_channex(stage: Stage) -> list[int]:
    held = stage.vendor("GET", "/channex/_control/held")
    room = held.get(stage.facts.channels["channex"]["room"], {})
    return [room.get(_day(n), -1) for n in range(NIGHTS)]


def _at_siteminder(stage: Stage) -> list[int]:
    limits = stage.vendor("GET", f"/siteminder/_control/stock/{AT_SITEMINDER}")["limits"]
    code = stage.facts.channels["siteminder"]["room"]
    return [limits.get(f"{code}/{_day(n)}", -1) for n in range(NIGHTS)]


def _in_time(condition: Callable[[], bool]) -> None:
    with contextlib.suppress(TimeoutError):  # what differs is told by whoever verifies
        wait_until(condition, within_s=WITHIN_S)


def _day(n: int) -> str:
    return (ARRIVES + timedelta(days=n)).isoformat()
