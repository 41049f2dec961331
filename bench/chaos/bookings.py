"""Bookings while the hub is killed at random; then everything is counted.

One process on SQLite, real HTTP, the sandbox as supplier. The platform repeats a request
that broke off, under its own Idempotency-Key. Every kill is a SIGKILL. At the end each
booking the platform asked for must exist once at the supplier and be confirmed, or not at
all, and the partner must have received every event of the feed. The last line is JSON;
`proving_absence` are bookings that were killed before they were sent: the supplier can say
that it has none only after 15 minutes, and nobody books them again meanwhile.

    make chaos ARGS="bookings --kills 8 --seed 7"
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import threading
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from rich.console import Console

from entrypoints.demo.house import House
from entrypoints.demo.journey import CHAPTERS
from entrypoints.demo.processes import wait_until
from entrypoints.demo.stage import Stage

# A lost answer is asked about once the call must have ended (65 s), and then found.
SETTLED_WITHIN_S = 180.0
OPEN = ("submitting", "pending_supplier")


class Platform:
    """Books one room after another, and never gives up a request it has begun."""

    def __init__(self, house: House, partner: str) -> None:
        self._house, self._partner = house, partner
        self._http = httpx.Client(timeout=90, trust_env=False)
        self._auth = {"authorization": f"Bearer {house.admin_key}"}
        self.stop = threading.Event()
        self.answers: list[dict[str, Any]] = []

    def run(self) -> None:
        while not self.stop.is_set():
            quote = self._quote()
            if quote is not None:
                self.answers.append(self._until_answered(_booking(quote, self._partner)))

    def get(self, path: str) -> Any:
        return self._http.get(self._house.hub_url + path, headers=self._auth).json()

    def _quote(self) -> dict[str, Any] | None:
        check_in = datetime.now(UTC).date() + timedelta(days=random.randint(10, 200))
        search = {
            "destination": {
                "type": "circle",
                "latitude": 21.4225,
                "longitude": 39.8262,
                "radius_km": 20,
            },
            "check_in": str(check_in),
            "check_out": str(check_in + timedelta(days=2)),
            "rooms": [{"adults": 2}],
            "nationality": "ID",
        }
        try:
            offers = self._post("/v1/hotels/search", search).json()["offers"]
            answer = self._post("/v1/quotes", {"offer": random.choice(offers)["offer"]})
        except (httpx.TransportError, KeyError, IndexError):
            time.sleep(0.1)
            return None
        quote: dict[str, Any] = answer.json()
        return quote if answer.status_code == 201 else None

    def _until_answered(self, body: dict[str, Any]) -> dict[str, Any]:
        key = str(uuid.uuid4())
        while True:
            try:
                answer = self._post("/v1/bookings", body, key)
            except httpx.TransportError:
                time.sleep(0.2)
                continue
            said: dict[str, Any] = answer.json()
            if said.get("code") == "idempotency_key_in_use":
                time.sleep(1)
                continue
            return said

    def _post(self, path: str, body: Any, key: str | None = None) -> httpx.Response:
        headers = self._auth | ({"idempotency-key": key} if key else {})
        return self._http.post(self._house.hub_url + path, json=body, headers=headers)


def main(arguments: Sequence[str]) -> None:
    asked = argparse.ArgumentParser("make chaos bookings", description=__doc__)
    asked.add_argument("--kills", type=int, default=6)
    asked.add_argument("--seed", type=int, default=None)
    options = asked.parse_args(arguments)
    random.seed(options.seed)
    settings = {"requests_per_hour": "1000000", "log_level": "warning"}
    with House(settings=settings) as house:
        stage = Stage(house, Console(quiet=True))
        for step in CHAPTERS["Connect"]:
            step(stage)
        platform = Platform(house, stage.facts.partner)
        _storm(house, platform, options.kills)
        counted = _count(stage, platform)
    print(json.dumps({"kills": options.kills, **counted}))
    if counted["lost"] or counted["booked_twice"] or counted["unsettled"]:
        raise SystemExit(1)


def _storm(house: House, platform: Platform, kills: int) -> None:
    booking = threading.Thread(target=platform.run)
    booking.start()
    for number in range(kills):
        time.sleep(random.uniform(0.5, 3.0))
        house.hub.kill()
        print(f"kill {number + 1}: {len(platform.answers)} bookings answered so far")
        house.start_hub()
    time.sleep(2)
    platform.stop.set()
    booking.join()


def _count(stage: Stage, platform: Platform) -> dict[str, int]:
    def rows() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after: str | None = ""
        while after is not None:
            page = platform.get(f"/v1/bookings?limit=200{after and f'&after={after}'}")
            found, after = found + page["data"], page["next"]
        return found

    def none_in_doubt() -> bool:
        """What the supplier holds is known to us. Absence takes it 15 minutes to prove."""
        doubtful = [b for b in rows() if b["state"] in OPEN]
        return not any(_at_supplier(stage, b["vendor_reference"]) for b in doubtful)

    with contextlib.suppress(TimeoutError):
        wait_until(none_in_doubt, within_s=SETTLED_WITHIN_S)
    events: list[dict[str, Any]] = []
    more, after = True, 0
    while more:
        page = platform.get(f"/v1/events?limit=200&after={after}")
        events, after, more = events + page["data"], page["next"], page["has_more"]
    stage.partner_gets_all({e["id"] for e in events})
    heard = {r["webhook_id"]: r["times"] for r in stage.partner_has()["received"]}
    bookings = rows()
    held = [len(_at_supplier(stage, b["vendor_reference"])) for b in bookings]
    wanted = [1 if b["state"] == "confirmed" else 0 for b in bookings]
    return {
        "bookings": len(bookings),
        "confirmed": sum(wanted),
        "proving_absence": sum(b["state"] in OPEN for b in bookings),
        "booked_twice": sum(found > 1 for found in held),
        "unsettled": sum(found != want for found, want in zip(held, wanted, strict=True)),
        "sent": len(events),
        "lost": sum(e["id"] not in heard for e in events),
        "duplicates": sum(times - 1 for times in heard.values()),
    }


def _at_supplier(stage: Stage, reference: str) -> list[Any]:
    path = f"/hotelbeds/_control/bookings?clientReference={reference}"
    found = stage.vendor("GET", path)
    return list(found["bookings"] if isinstance(found, dict) else found)


def _booking(quote: dict[str, Any], partner: str) -> dict[str, Any]:
    guests = [{"name": "Siti", "surname": "Contoh"}, {"name": "Budi", "surname": "Contoh"}]
    return {
        "quote": quote["id"],
        "holder": {"name": "Siti", "surname": "Contoh"},
        "rooms": [guests],
        "partner": partner,
    }
