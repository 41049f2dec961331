"""One request as a controller sees it: who asks, what they sent, and how to answer."""

from __future__ import annotations

import dataclasses
import re
from typing import Any, TypeVar, cast

import msgspec
from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from core.application.hub import Asking, Hub
from core.domain.problem import Fault, Invalid
from core.domain.tenancy import Permission
from entrypoints.http.faults import faults_of
from entrypoints.http.operation import operation_of
from entrypoints.http.problems import At, Malformed
from entrypoints.metrics import Metrics
from entrypoints.settings import Settings

T = TypeVar("T")
_BYTE = re.compile(r"\(byte (\d+)\)")


@dataclasses.dataclass(frozen=True)
class Call:
    """Made anew for each request."""

    hub: Hub
    settings: Settings
    asking: Asking
    metrics: Metrics
    request: Request[Any, Any, Any]

    @property
    def shows_net(self) -> bool:
        """Whether this key is told what the agency itself pays and earns."""
        return self.asking.who.may(Permission.PRICES_NET)

    async def body(self, kind: type[T], *, bodyless: bool = False) -> T:
        """The JSON body as *kind*. Malformed: it is not JSON. Invalid: every fault in it.

        bodyless: no body at all is an empty object.
        """
        raw = await self.request.body()
        if not raw.strip() and bodyless:
            raw = b"{}"
        try:
            value = msgspec.json.decode(raw, type=kind)
        except msgspec.ValidationError as e:
            raise _invalid(raw, kind, str(e)) from None
        except msgspec.DecodeError as e:
            raise _unreadable(raw, str(e)) from None
        except UnicodeDecodeError:
            raise _no_utf8() from None
        except RecursionError:
            raise _too_deep() from None
        if b"\\u0000" in raw:
            _no_nul(msgspec.json.decode(raw), "")
        return value

    def query(self, kind: type[T]) -> T:
        """The query parameters as *kind*, each at most once; strange ones are refused by name."""
        pairs = list(self.request.query_params.multi_items())
        twice = {n for n, _ in pairs if sum(n == m for m, _ in pairs) > 1}
        if twice:
            raise _bad_query([Fault(f"/{n}", "is given twice") for n in sorted(twice)])
        values = dict(pairs)
        try:
            return msgspec.convert(values, kind, strict=False)
        except msgspec.ValidationError:
            raise _bad_query(faults_of(values, kind, strict=False)) from None

    def answer(self, value: Any, status: int = 200) -> Response[bytes]:
        return Response(msgspec.json.encode(value), status_code=status)


def _bad_query(faults: list[Fault]) -> Malformed:
    at = [At(f.message, parameter=f.pointer.removeprefix("/")) for f in faults]
    first = f"{at[0].parameter}: {at[0].message}" if at else "the query cannot be read"
    return Malformed(first, *at)


def _invalid(raw: bytes, kind: Any, message: str) -> Invalid | Malformed:
    try:
        value = msgspec.json.decode(raw)
    except msgspec.DecodeError as e:
        return _unreadable(raw, str(e))
    except UnicodeDecodeError:
        return _no_utf8()
    except RecursionError:
        return _too_deep()
    return Invalid(*(faults_of(value, kind) or [Fault("", message)]))


def _no_utf8() -> Malformed:
    return Malformed("the body is not UTF-8", At("holds a text that is not UTF-8", pointer=""))


def _too_deep() -> Malformed:
    return Malformed("the JSON is nested too deeply", At("is nested too deeply", pointer=""))


def _unreadable(raw: bytes, message: str) -> Malformed:
    """Says where: the line and column of the first byte that is not JSON."""
    found = _BYTE.search(message)
    place = int(found.group(1)) if found else len(raw)
    line = raw.count(b"\n", 0, place) + 1
    column = place - (raw.rfind(b"\n", 0, place) + 1) + 1
    where = f"at line {line}, column {column}"
    return Malformed(f"the body is not JSON: {where}", At(f"not JSON {where}", pointer=""))


def _no_nul(value: Any, at: str) -> None:
    """The databases hold no NUL in a text."""
    if isinstance(value, str) and "\x00" in value:
        raise Invalid(Fault(at, "holds a NUL character"))
    if isinstance(value, dict):
        for name, part in value.items():
            _no_nul(name, at)
            _no_nul(part, f"{at}/{name}")
    elif isinstance(value, list):
        for place, part in enumerate(value):
            _no_nul(part, f"{at}/{place}")


Called = NamedDependency[SkipValidation[Call]]


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a route that takes none: what is in it would be passed over unread."""


async def provide_call(request: Request[Any, Any, Any]) -> Call:
    """Invalid, Malformed: there is a body where none is taken."""
    state = request.app.state
    asking = cast(Asking, request.scope["state"]["asking"])
    call = Call(state.hub, state.settings, asking, state.metrics, request)
    promised = operation_of(request.route_handler)
    if promised is not None and promised.takes is None and not promised.raw:
        await call.body(Nothing, bodyless=True)
    return call


def reasoned(asking: Asking, reason: str) -> Asking:
    """*asking* with the reason of the body, which goes before that of the header."""
    return msgspec.structs.replace(asking, reason=reason) if reason else asking
