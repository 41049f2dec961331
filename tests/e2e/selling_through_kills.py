"""What goes on while a hub is killed: a platform changes stock, guests book at two channels.

Each keeps a book of its own of what it was granted, for the hub and its channels to be held to.
"""

from __future__ import annotations

import contextlib
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import httpx

from entrypoints.demo import selling
from entrypoints.demo.selling import ARRIVES, AT_CHANNEX, AT_SITEMINDER
from entrypoints.demo.stage import Stage

# The first nights are the demonstration's, with its one last room. On the others there is always
# a room for whoever wants one, so that no guest may ever be told to be one too many.
NIGHTS = range(selling.NIGHTS, 14)
FEWEST, MOST, BEGINS_WITH, BEGINS_AT = 8, 12, 9, 40_000
HOLDS = 2
PACE_S = 0.05
ANSWERED_WITHIN_S = 60.0
NOT_AN_ANSWER = ("idempotency_key_in_use", "unavailable", "busy")


def day(n: int) -> str:
    return (ARRIVES + timedelta(days=n)).isoformat()


@contextlib.contextmanager
def selling_at_two_channels(stage: Stage) -> Iterator[Platform]:
    """One room, and more on later nights, as Channex and SiteMinder show them."""
    selling.open_property(stage)
    platform = Platform(stage)
    try:
        platform.set_rooms(NIGHTS[0], NIGHTS[-1], BEGINS_WITH)
        platform.set_price(NIGHTS[0], NIGHTS[-1], BEGINS_AT)
        selling.sell_at_channels(stage)
        yield platform
    finally:
        platform.close()


class Platform(threading.Thread):
    """Changes one thing after the other, and repeats each under its key until it is answered.

    rooms, prices: by night, as granted. held: the nights of each hold that stands.
    """

    def __init__(self, stage: Stage) -> None:
        super().__init__(daemon=True)
        self._room, self._url = stage.facts.room, stage.house.hub_url
        headers = {"authorization": f"Bearer {stage.house.admin_key}"}
        self._http = httpx.Client(headers=headers, timeout=ANSWERED_WITHIN_S, trust_env=False)
        self._chance, self._over = random.Random(4), threading.Event()
        self._failed: BaseException | None = None
        self.changes = 0
        self.rooms: dict[int, int] = {}
        self.prices: dict[int, int] = {}
        self.held: dict[str, Sequence[int]] = {}

    def run(self) -> None:
        try:
            while not self._over.wait(PACE_S):
                self._change()
                self.changes += 1
        except BaseException as e:  # told by whoever ends it
            self._failed = e

    def finish(self) -> None:
        """Let it end what it is about; raises what went wrong."""
        self._over.set()
        self.join(2 * ANSWERED_WITHIN_S + 30)
        if self._failed is not None:
            raise self._failed
        assert not self.is_alive()

    def close(self) -> None:
        """Whatever it is about."""
        self._over.set()
        self._http.close()

    def ask(self, method: str, path: str, body: Any = None, *, expect: int = 200) -> Any:
        """Until it is answered, however often somebody dies of it."""
        headers, ends = {"idempotency-key": str(uuid.uuid4())}, time.monotonic() + ANSWERED_WITHIN_S
        while time.monotonic() < ends:
            with contextlib.suppress(httpx.TransportError):
                answer = self._http.request(method, self._url + path, json=body, headers=headers)
                if answer.status_code == expect:
                    return answer.json()
                assert answer.json()["code"] in NOT_AN_ANSWER, answer.text
            time.sleep(PACE_S)
        raise TimeoutError(f"{method} {path} was never answered")

    def set_rooms(self, first: int, last: int, rooms: int) -> None:
        update = {**self._span(first, last), "capacity": rooms}
        self.ask("PATCH", "/v1/inventory", self._updates(update))
        self.rooms.update(dict.fromkeys(range(first, last + 1), rooms))

    def set_price(self, first: int, last: int, minor: int) -> None:
        prices = {"by_adults": [{"adults": 2, "price": {"minor": minor, "currency": "SAR"}}]}
        plan = {"rate_plan": self._room["rate_plan"], "prices": prices}
        self.ask("PATCH", "/v1/rates", self._updates({**self._span(first, last), **plan}))
        self.prices.update(dict.fromkeys(range(first, last + 1), minor))

    def hold(self, first: int, last: int) -> None:
        stay = {"check_in": day(first), "check_out": day(last + 1)}
        rooms = [{"room_type": self._room["room_type"], **stay}]
        wanted = {"property": self._room["property"], "rooms": rooms, "expires_in_s": 86_400}
        made = self.ask("POST", "/v1/holds", wanted, expect=201)
        self.held[made["id"]] = range(first, last + 1)

    def release(self, hold: str) -> None:
        self.ask("POST", f"/v1/holds/{hold}/release")
        del self.held[hold]

    def free(self, guests: Guests) -> dict[int, int]:
        """What must be left to sell on each of NIGHTS."""
        taken = Counter(n for nights in self.held.values() for n in nights) + guests.nights()
        return {n: self.rooms[n] - taken[n] for n in NIGHTS}

    def _change(self) -> None:
        chance = self._chance
        first = chance.choice(NIGHTS)
        last = min(first + chance.randrange(4), NIGHTS[-1])
        match chance.randrange(4):
            case 0:
                self.set_price(first, last, chance.randrange(30_000, 50_000, 50))
            case 1 | 2:
                self.set_rooms(first, last, chance.randint(FEWEST, MOST))
            case _ if len(self.held) < HOLDS:
                self.hold(first, last)
            case _:
                self.release(chance.choice(list(self.held)))

    def _span(self, first: int, last: int) -> dict[str, str]:
        return {"room_type": self._room["room_type"], "first": day(first), "last": day(last)}

    def _updates(self, *updates: dict[str, Any]) -> dict[str, Any]:
        return {"property": self._room["property"], "updates": updates}


class Guests:
    """Who book at the channels. stays: reference → nights; revisions: what was told of each."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._chance = stage, random.Random(5)
        self.stays: dict[str, Sequence[int]] = {}
        self.revisions: Counter[str] = Counter()

    @property
    def standing(self) -> set[str]:
        return {reference for reference, nights in self.stays.items() if nights}

    def nights(self) -> Counter[int]:
        return Counter(n for nights in self.stays.values() for n in nights)

    def book(self, channel: str) -> str:
        nights = self._wish()
        path = f"bookings/{AT_CHANNEX}" if channel == "channex" else "reservations"
        told = self._tell(channel, "POST", path, nights)
        reference = str(told["id"] if channel == "channex" else told["reference"])
        return self._note(reference, nights)

    def change(self, channel: str, reference: str) -> None:
        nights = self._wish()
        self._tell(channel, "PUT", f"{_BOOKED[channel]}/{reference}", nights)
        self._note(reference, nights)

    def cancel(self, channel: str, reference: str) -> None:
        self._stage.vendor("DELETE", f"/{channel}/_control/{_BOOKED[channel]}/{reference}")
        self._note(reference, ())

    def acknowledged(self) -> Counter[str]:
        """Message → how often, at both channels."""
        at_channex = self._stage.vendor("GET", "/channex/_control/revisions")
        at_siteminder = self._stage.vendor("GET", "/siteminder/_control/reservations")
        return Counter({**at_channex, **{m["id"]: m["reports"] for m in at_siteminder}})

    def _wish(self) -> Sequence[int]:
        first = self._chance.choice(NIGHTS[:-2])
        return range(first, first + self._chance.randint(1, 3))

    def _note(self, reference: str, nights: Sequence[int]) -> str:
        self.stays[reference] = nights
        self.revisions[reference] += 1
        return reference

    def _tell(self, channel: str, method: str, path: str, nights: Sequence[int]) -> Any:
        there = self._stage.facts.channels[channel]
        stay = {"check_in": day(nights[0]), "check_out": day(nights[-1] + 1)}
        room = {"room": there["room"], "plan": there["plan"], **stay}
        wish: dict[str, Any] = {"rooms": [room]}
        if channel == "siteminder":
            room["by_night"] = ["400.00"] * len(nights)
            wish |= {"hotel": AT_SITEMINDER, "currency": "SAR"}
        return self._stage.vendor(method, f"/{channel}/_control/{path}", wish)


_BOOKED = {"channex": "bookings", "siteminder": "reservations"}
