"""What a step of the journey has at hand: the API, the others' own view, and the narrator."""

from __future__ import annotations

import contextlib
import dataclasses
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from rich.console import Console
from rich.text import Text

from core.domain.money import Money
from entrypoints.demo.house import House
from entrypoints.demo.processes import wait_until
from entrypoints.logging import without_secrets

WITHIN_S = 60.0  # a sending or a check that met a fault of the machine has its next turn by then
Json = Any


class NotVerified(Exception):
    """A step did not do what it should; the text says what differs."""


@dataclasses.dataclass
class Facts:
    """What the journey has learned so far, for the steps that follow."""

    hotelbeds: str = ""
    stripe: str = ""
    inbound_url: str = ""
    partner: str = ""
    endpoint: str = ""
    offer: Json = None
    quote: Json = None
    booking: Json = None
    payment: Json = None
    refund: Json = None
    midtrans: str = ""
    plan: Json = None
    fee: Json = None
    sabre: str = ""
    octo: str = ""
    flight_offer: Json = None
    flight: Json = None
    pnr: Json = None
    tour_offer: Json = None
    tour: Json = None
    docusign: str = ""
    agreement: Json = None
    departure: Json = None
    filing: Json = None
    room: Json = None
    hold: str = ""
    channels: dict[str, Json] = dataclasses.field(default_factory=dict)


Step = Callable[["Stage"], None]


class Stage:
    def __init__(self, house: House, console: Console) -> None:
        self.house = house
        self.facts = Facts()
        self._console = console
        self._http = httpx.Client(timeout=WITHIN_S + 5, trust_env=False)
        self._key = house.admin_key

    def close(self) -> None:
        self._http.close()

    def call(
        self,
        method: str,
        path: str,
        body: Json = None,
        *,
        expect: int | tuple[int, ...] = 200,
        key: str | None = None,
        note: str = "",
    ) -> httpx.Response:
        """One request to the hub, told in one line. NotVerified: another status than *expect*.

        body: bytes go as they are. key: the Idempotency-Key; every unsafe call has one, a fresh
        one if none is given.
        """
        headers = {"authorization": f"Bearer {self._key}"}
        if method != "GET":
            headers["idempotency-key"] = key or str(uuid.uuid4())
        sent = {"content": body} if isinstance(body, bytes) else {"json": body}
        answer = self._http.request(method, self.house.hub_url + path, headers=headers, **sent)
        self.say(f"{method} {path}{f'  {note}' if note else ''}  → {answer.status_code}", "cyan")
        if answer.status_code not in (expect if isinstance(expect, tuple) else (expect,)):
            said = without_secrets(answer.text[:600])
            raise NotVerified(f"{method} {path}: {answer.status_code}, not {expect}: {said}")
        return answer

    def at_once(self, method: str, path: str, body: Json, *, times: int) -> list[httpx.Response]:
        """The same wish *times* at the same moment, each under a key of its own."""
        headers = {"authorization": f"Bearer {self._key}"}

        def one(key: str) -> httpx.Response:
            sent = {**headers, "idempotency-key": key}
            return self._http.request(method, self.house.hub_url + path, headers=sent, json=body)

        with ThreadPoolExecutor(times) as pool:
            answers = list(pool.map(one, [str(uuid.uuid4()) for _ in range(times)]))
        told = ", ".join(str(answer.status_code) for answer in answers)
        self.say(f"{method} {path}  {times} at once  → {told}", "cyan")
        return answers

    def vendor(self, method: str, path: str, body: Json = None) -> Json:
        """Ask the sandbox itself, past the hub."""
        answer = self._http.request(method, self.house.sandbox_url + path, json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def browse(self, method: str, url: str, **form: str) -> httpx.Response:
        """As the customer's browser, without following the redirect."""
        answer = self._http.request(method, url, data=form or None)
        self.say(f"{method} {url.partition('?')[0][:60]}…  → {answer.status_code}", "cyan")
        return answer

    def tell_partner(self, secret: str) -> None:
        self._http.put(f"{self.house.receiver_url}/secret", content=secret).raise_for_status()

    def partner_hears(self, type: str, subject: str) -> Json:
        """The webhook, once the partner has verified it. NotVerified: it did not come in time."""
        asked = {"type": type, "subject": subject, "seconds": str(WITHIN_S)}
        answer = self._http.get(f"{self.house.receiver_url}/wait", params=asked)
        if answer.status_code != 200:
            raise NotVerified(f"no {type} about {subject} reached the partner in {WITHIN_S:g} s")
        self.say(f"webhook {type} reached the partner", "magenta")
        return answer.json()

    def partner_has(self) -> Json:
        return self._http.get(f"{self.house.receiver_url}/received").json()

    def partner_gets_all(self, ids: set[str]) -> None:
        """Return when the partner has every event of *ids*, or when it has taken too long."""
        with contextlib.suppress(TimeoutError):
            wait_until(lambda: ids <= self._heard(), within_s=WITHIN_S)

    def _heard(self) -> set[str]:
        return {kept["webhook_id"] for kept in self.partner_has()["received"]}

    def settled(self) -> None:
        """Return when the hub has noted what became of every delivery, or after too long."""
        headers = {"authorization": f"Bearer {self._key}"}

        def at_rest() -> bool:
            url = f"{self.house.hub_url}/v1/deliveries?limit=200"
            rows = self._http.get(url, headers=headers).json()["data"]
            return all(row["state"] == "succeeded" for row in rows)

        with contextlib.suppress(TimeoutError):
            wait_until(at_rest, within_s=WITHIN_S)

    def until(self, path: str, field: str, wanted: str) -> Json:
        """What *path* gives once its *field* is as *wanted*. NotVerified: not in time."""
        found = self.once(path, lambda told: bool(told[field] == wanted))
        if found[field] != wanted:
            raise NotVerified(f"{field} of {path} is {found[field]}, not {wanted}")
        return found

    def once(self, path: str, ready: Callable[[Json], bool]) -> Json:
        """What *path* gives once it is *ready*, or as it is after too long."""
        headers = {"authorization": f"Bearer {self._key}"}
        found: Json = {}

        def there() -> bool:
            found.update(self._http.get(self.house.hub_url + path, headers=headers).json())
            return ready(found)

        with contextlib.suppress(TimeoutError):
            wait_until(there, within_s=WITHIN_S)
        return found

    def say(self, text: str, style: str = "") -> None:
        self._console.print(Text(f"   {text}", style=style))

    def verify(self, what: str, found: object, wanted: object = True) -> None:
        """✓ *what*; or NotVerified, with what was found."""
        if found != wanted:
            raise NotVerified(f"{what}: found {found!r}, wanted {wanted!r}")
        self._console.print(Text("   ✓ ", "green").append(what, "default"))


def money(amount: Mapping[str, Any]) -> Money:
    return Money(amount["minor"], amount["currency"])
