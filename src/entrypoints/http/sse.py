"""Server-sent events of a search (WHATWG HTML, 9.2), with a comment as ping while all is quiet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

import msgspec
import structlog

from core.application.bookings.fan_out import SupplierAnswer
from core.domain.problem import Problem
from entrypoints.http.titles import title_of

log = structlog.get_logger("serai.http")

PING_S = 10.0
PING = b": ping\n\n"
# A request's own faults are found before any supplier is asked; so long a plain 4xx may take.
FAULTS_S = 0.25

Answer = SupplierAnswer[Any]
Answers = AsyncGenerator[Answer, None]
Show = Callable[[Answer], object]


class SearchDone(msgspec.Struct, frozen=True):
    """The data of the last event, `done`. note: why nobody was asked; null where somebody was."""

    suppliers: int
    offers: int
    note: str | None


class StreamProblem(msgspec.Struct, frozen=True):
    """The data of a last event `problem`: the search broke off."""

    code: str
    title: str
    detail: str


def event(name: str, data: object) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(data))


async def begin(answers: Answers) -> asyncio.Task[Answer | None]:
    """Ask for the first answer. Raises what is wrong with the request, if that is soon known."""
    first = asyncio.create_task(_next(answers))
    done, _ = await asyncio.wait({first}, timeout=FAULTS_S)
    if done and (fault := first.exception()) is not None:
        raise fault
    return first


async def _next(answers: Answers) -> Answer | None:
    return await anext(answers, None)


async def stream(
    answers: Answers,
    waiting: asyncio.Task[Answer | None],
    show: Show,
    *,
    nobody: str,
    ping_s: float = PING_S,
) -> AsyncIterator[bytes]:
    """`supplier` for each answer as it comes, then `done`; the search ends with its reader.

    nobody: what is noted where no supplier was asked.
    """
    suppliers = offers = 0
    try:
        while True:
            done, _ = await asyncio.wait({waiting}, timeout=ping_s)
            if not done:
                yield PING
            elif (answer := waiting.result()) is None:
                break
            else:
                suppliers, offers = suppliers + 1, offers + len(answer.offers)
                yield event("supplier", show(answer))
                waiting = asyncio.create_task(_next(answers))
        yield event("done", SearchDone(suppliers, offers, None if suppliers else nobody))
    except Problem as e:
        yield event("problem", StreamProblem(e.code, title_of(e.code), e.message))
    except Exception:  # the boundary: the status is sent already
        log.exception("search.broke-off")
        code = "internal_error"
        yield event("problem", StreamProblem(code, title_of(code), "the search broke off"))
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await answers.aclose()
