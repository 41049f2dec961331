"""Turning the simulator from outside its process.

GET    /_control/held                room → day → rooms
GET    /_control/bookings            id → what is told of it, and whether it is confirmed
GET    /_control/calls               operation → how often
POST   /_control/faults              one fault; DELETE forgets all
POST   /_control/bookings/<hotel>    a guest's wish; ?force although nothing is left
PUT    /_control/bookings/<id>       the wish as it has become; DELETE cancels
POST   /_control/again/<id>          as if its newest state had never been confirmed
PUT    /_control/ahead_s             seconds that its clock is ahead
PUT    /_control/manner              {"error", "warn", "repeat"}
POST   /_control/reset
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Protocol

import msgspec

from adapters._kit.simulator.control import steps, turn_faults
from adapters._kit.simulator.faults import Fault, Faults
from adapters._kit.simulator.web import Request, Response, json_response
from adapters.expedia.simulator.bookings import Bookings, Wish
from adapters.expedia.simulator.hotels import BY_ID
from adapters.expedia.simulator.manner import Manner
from adapters.expedia.simulator.stock import Stock


class Steered(Protocol):
    """The simulator, as far as it is turned here."""

    calls: Counter[str]
    faults: Faults[Fault]
    manner: Manner
    stock: Stock
    bookings: Bookings
    ahead_s: float

    def book(self, hotel: str, wish: Wish, *, force: bool = False) -> str: ...
    def modify(self, booking: str, wish: Wish) -> None: ...
    def cancel(self, booking: str) -> None: ...
    def reset(self) -> None: ...


def serve(simulator: Steered, request: Request) -> Response:
    try:
        return json_response(200, _done(simulator, request))
    except (msgspec.MsgspecError, ValueError) as e:
        return json_response(400, {"error": str(e)})
    except LookupError as e:
        return json_response(404, {"error": str(e)})


def _done(simulator: Steered, request: Request) -> Any:
    match request.method, *steps(request):
        case "GET", "held":
            return held(simulator.stock)
        case "GET", "bookings":
            return {
                one.id: {"type": one.current.type, "state": one.current.state}
                for one in simulator.bookings.all.values()
            }
        case "GET", "calls":
            return dict(simulator.calls)
        case "POST" | "DELETE", "faults":
            turn_faults(simulator.faults, Fault, request)
        case "POST", "bookings", hotel if hotel in BY_ID:
            wish = msgspec.json.decode(request.body, type=Wish)
            return {"id": simulator.book(hotel, wish, force=request.query == b"force")}
        case "PUT", "bookings", id:
            simulator.modify(id, msgspec.json.decode(request.body, type=Wish))
        case "DELETE", "bookings", id:
            simulator.cancel(id)
        case "POST", "again", id:
            simulator.bookings.tell_again(id)
        case "PUT", "ahead_s":
            simulator.ahead_s = msgspec.json.decode(request.body, type=float)
        case "PUT", "manner":
            simulator.manner = msgspec.json.decode(request.body, type=Manner)
        case "POST", "reset":
            simulator.reset()
        case _:
            raise LookupError("no such thing to control")
    return {"ok": True}


def held(stock: Stock) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (room, day), rooms in sorted(stock.free.items()):
        found.setdefault(room, {})[str(day)] = rooms
    return found
