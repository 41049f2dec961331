"""Turning a simulator from outside its process, below /_control/: what is the same everywhere."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol

import msgspec

from adapters._kit.simulator.faults import F, Faults
from adapters._kit.simulator.sending import Manner, Sending, Target
from adapters._kit.simulator.web import Request, Response, json_response

CONTROL = "/_control/"
DONE = {"ok": True}


def steps(request: Request) -> list[str]:
    """The path below /_control/, taken apart."""
    return request.path.removeprefix(CONTROL).strip("/").split("/")


def answered(turn: Callable[[], object]) -> Response:
    """What *turn* returns; 400: the body does not fit; 404 for its LookupError."""
    try:
        return json_response(200, turn())
    except (msgspec.MsgspecError, ValueError) as e:
        return json_response(400, {"error": str(e)})
    except LookupError:
        return json_response(404, {"error": "no such thing to control"})


def turn_faults(faults: Faults[F], kind: type[F], request: Request) -> object:
    """POST one fault; DELETE forgets all."""
    if request.method == "DELETE":
        faults.clear()
    else:
        faults.plant(msgspec.json.decode(request.body, type=kind))
    return DONE


def turn_sending(sending: Sending, name: str, request: Request) -> object:
    """PUT webhook, PUT manner, POST release[?reverse]. LookupError: it is none of these."""
    match request.method, name:
        case "PUT", "webhook":
            sending.target = msgspec.json.decode(request.body, type=Target)
        case "PUT", "manner":
            sending.manner = msgspec.json.decode(request.body, type=Manner)
        case "POST", "release":
            return {"released": sending.release(reverse=request.query == b"reverse")}
        case _:
            raise LookupError(name)
    return DONE


class Books(Protocol):
    refunds_pend: bool


@dataclasses.dataclass(frozen=True)
class GatewayControls(Generic[F]):
    """A payment gateway: GET state, PUT refunds_pend, faults, sending, POST <thing>/<id>/<verb>.

    fault: what is planted. shown: what GET state tells besides what was sent and the faults.
    acts: (thing, verb) → what it does to the thing of that id.
    """

    books: Books
    sending: Sending
    faults: Faults[F]
    fault: type[F]
    shown: Callable[[], Mapping[str, Any]]
    acts: Mapping[tuple[str, str], Callable[[str], object]]

    def serve(self, request: Request) -> Response:
        """What the gateway itself refuses is raised."""
        return answered(lambda: self._turned(request))

    def _turned(self, request: Request) -> object:
        match request.method, *steps(request):
            case "POST", thing, id, verb:
                return self.acts[thing, verb](id) or DONE
            case "GET", "state":
                return {**self.shown(), "sent": self.sending.sent, "faults": self.faults.left}
            case "PUT", "refunds_pend":
                self.books.refunds_pend = msgspec.json.decode(request.body, type=bool)
                return DONE
            case "POST" | "DELETE", "faults":
                return turn_faults(self.faults, self.fault, request)
            case _, name:
                return turn_sending(self.sending, name, request)
        raise LookupError(request.path)
