"""Reading large answers, and making large requests, without holding up the event loop."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

import msgspec

from adapters._kit.answer import Answer, broken
from adapters._kit.redact import safe_reason

T = TypeVar("T")
# Below it, reading takes a millisecond or two; a thread would cost more than it saves.
IN_THREAD = 64 * 1024


async def read_apart(data: bytes, read: Callable[[bytes], T]) -> T:
    """*read* of *data*; in a thread when it is large, so that the event loop goes on.

    *read* must be pure, and do its work in many small steps: the interpreter's lock passes
    between them, never inside one call into a decoder. lxml parses without the lock.
    """
    if len(data) <= IN_THREAD:
        return read(data)
    return await asyncio.to_thread(_reading.while_, read, data)


async def work_apart(work: Callable[[], T]) -> T:
    """*work* in a thread, under the same conditions as `read_apart`'s."""
    return await asyncio.to_thread(_reading.while_, work)


class _Reading:
    """Gives the event loop its turns while something large is read or made in a thread.

    The interpreter's lock passes every half millisecond instead of every five: the loop needs
    it several times for one turn. The garbage collector waits: so many new objects make it
    look through the whole process, which stops every thread for tens of milliseconds, and
    finds nothing, because what is read has no cycles.
    """

    _PASSED_EVERY_S = 0.0005

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readers = 0
        self._was_on = True
        self._interval = sys.getswitchinterval()

    def while_(self, work: Callable[..., T], *given: bytes) -> T:
        with self._lock:
            if self._readers == 0:
                self._was_on, self._interval = gc.isenabled(), sys.getswitchinterval()
                gc.disable()
                sys.setswitchinterval(self._PASSED_EVERY_S)
            self._readers += 1
        try:
            return work(*given)
        finally:
            with self._lock:
                self._readers -= 1
                if self._readers == 0:
                    sys.setswitchinterval(self._interval)
                    if self._was_on:
                        gc.enable()


_reading = _Reading()


async def understood(answer: Answer, read: Callable[[bytes], T]) -> T:
    """What pure *read* makes of the body, read apart.

    BrokenContract, or OutcomeUnknown when the call was not repeatable: it raised ValueError
    (msgspec's errors are), LookupError or ArithmeticError, or went too deep.
    """
    if not answer.body:
        raise broken(answer, "empty body")
    try:
        return await read_apart(answer.body, read)
    except msgspec.MsgspecError as e:
        reason = safe_reason(e)
    except (ValueError, LookupError, ArithmeticError, RecursionError):
        reason = "its parts do not fit together"
    raise broken(answer, reason)  # outside the except: its context quotes the body
