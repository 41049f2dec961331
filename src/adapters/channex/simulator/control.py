"""Turning the simulator from outside its process.

GET    /_control/held                  room type → day → rooms
GET    /_control/bookings              id → status
GET    /_control/calls                 operation → how often
GET    /_control/revisions             revision → how often it was acknowledged
POST   /_control/faults                one fault; GET tells those to come, DELETE forgets all
POST   /_control/bookings/<property>   a guest's wish; ?force although nothing is left
PUT    /_control/bookings/<id>         the wish as it has become; DELETE cancels
POST   /_control/again/<revision>      as if it had never been acknowledged
PUT    /_control/ahead_s               seconds that its clock is ahead
PUT    /_control/manner                {"refuse", "unpriced", "strange", "disorder", "repeat"}
POST   /_control/reset
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Protocol

import msgspec

from adapters._kit.simulator.control import answered, steps, turn_faults
from adapters._kit.simulator.faults import Fault, Faults
from adapters._kit.simulator.web import Request, Response, json_response
from adapters.channex.simulator.hotels import BY_ID
from adapters.channex.simulator.ledger import Ledger
from adapters.channex.simulator.manner import Manner
from adapters.channex.simulator.reject import Rejection
from adapters.channex.simulator.stock import Stock
from adapters.channex.simulator.wish import Wish


class Steered(Protocol):
    """The simulator, as far as it is turned here."""

    calls: Counter[str]
    faults: Faults[Fault]
    manner: Manner
    stock: Stock
    ledger: Ledger
    ahead_s: float

    def book(self, property_id: str, wish: Wish, *, force: bool = False) -> str: ...
    def modify(self, booking: str, wish: Wish) -> None: ...
    def cancel(self, booking: str) -> None: ...
    def reset(self) -> None: ...


def serve(simulator: Steered, request: Request) -> Response:
    try:
        return answered(lambda: _done(simulator, request))
    except Rejection as r:
        return json_response(r.status, r.document)


def _done(simulator: Steered, request: Request) -> Any:
    match request.method, *steps(request):
        case "GET", "held":
            return held(simulator)
        case "GET", "bookings":
            return {one.id: one.status for one in simulator.ledger.bookings.values()}
        case "GET", "calls":
            return dict(simulator.calls)
        case "GET", "revisions":
            told = (one["id"] for one in simulator.ledger.revisions)
            return {id: simulator.ledger.acks[id] for id in told}
        case "GET", "faults":
            return simulator.faults.left
        case "POST" | "DELETE", "faults":
            turn_faults(simulator.faults, Fault, request)
        case "POST", "bookings", property_id if property_id in BY_ID:
            wish = msgspec.json.decode(request.body, type=Wish)
            return {"id": simulator.book(property_id, wish, force=request.query == b"force")}
        case "PUT", "bookings", id:
            simulator.modify(id, msgspec.json.decode(request.body, type=Wish))
        case "DELETE", "bookings", id:
            simulator.cancel(id)
        case "POST", "again", revision:
            simulator.ledger.tell_again(revision)
        case "PUT", "ahead_s":
            simulator.ahead_s = msgspec.json.decode(request.body, type=float)
        case "PUT", "manner":
            simulator.manner = msgspec.json.decode(request.body, type=Manner)
        case "POST", "reset":
            simulator.reset()
        case _:
            raise LookupError(request.path)
    return {"ok": True}


def held(simulator: Steered) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (room, day), rooms in sorted(simulator.stock.free.items()):
        found.setdefault(room, {})[str(day)] = rooms
    return found
