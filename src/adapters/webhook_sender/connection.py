"""One socket to one vetted address: one request at a time, and nothing unasked for."""

from __future__ import annotations

import asyncio
import math
import select
from collections.abc import Callable
from typing import cast

from adapters.webhook_sender import faults
from adapters.webhook_sender.answer import Answer
from adapters.webhook_sender.watch import Watch


class Connection(asyncio.Protocol):
    """address: whom it was made to, and so the only one it ever speaks to.

    among: the set it is in from the moment it is open until it is closed; *watch* looks at it.
    first_byte_at: when the answer began, by *monotonic*.
    """

    __slots__ = (
        "_among", "_due_at", "_gone", "_loop", "_monotonic", "_transport", "_waiter", "_watch",
        "address", "answer", "first_byte_at", "idle_since", "made_at",
    )  # fmt: skip

    def __init__(
        self,
        address: str,
        monotonic: Callable[[], float],
        among: set[Connection],
        watch: Watch,
    ) -> None:
        self.address = address
        self.answer = Answer()
        self.made_at = self.idle_since = self.first_byte_at = monotonic()
        self._monotonic = monotonic
        self._among = among
        self._transport: asyncio.Transport
        self._watch = watch
        self._loop = asyncio.get_running_loop()
        self._gone = self._loop.create_future()
        self._waiter: asyncio.Future[None] | None = None
        self._due_at = math.inf

    def ask(self, request: bytes, *, by: float) -> asyncio.Future[None]:
        """Write *request*. The future ends when self.answer is whole, or as Failed.

        by: the deadline, by *monotonic*. Who stops waiting must abort: whatever still comes
        would be taken for the next answer.
        """
        self._waiter = waiter = self._loop.create_future()
        self.answer.begin()
        self._due_at = by
        self._watch.expect(by)
        self._transport.write(request)
        return waiter

    @property
    def due_at(self) -> float:
        waiting = self._waiter is not None and not self._waiter.done()
        return self._due_at if waiting else math.inf

    def late(self) -> None:
        self._fail(faults.unanswered())

    @property
    def reusable(self) -> bool:
        """The last answer was whole and nothing is left of it, nor of its request."""
        transport = self._transport
        return (
            self.answer.keep
            and not transport.is_closing()
            and transport.get_write_buffer_size() == 0
        )

    @property
    def alive(self) -> bool:
        return not self._transport.is_closing()

    def silent(self) -> bool:
        """Nothing waits in the kernel: no goodbye that the loop has not come to yet."""
        poll = select.poll()
        poll.register(self._transport.get_extra_info("socket").fileno(), select.POLLIN)
        return not poll.poll(0)

    def close(self) -> None:
        self._transport.close()

    def abort(self) -> None:
        self._transport.abort()

    def stop(self) -> asyncio.Future[None]:
        """What is under way fails. The future ends when the socket is gone."""
        self._fail(faults.closing())
        return self._gone

    def forsake(self) -> None:
        """Nobody waits for it to open any more. uvloop then closes it and never says so."""
        if not self._gone.done():
            self.connection_lost(None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one by shape only
        if self._gone.done():
            transport.close()
        else:
            self._among.add(self)

    def data_received(self, data: bytes) -> None:
        waiter = self._waiter
        if waiter is None or waiter.done():
            self._transport.abort()
            return
        answer = self.answer
        if not answer.fed:
            self.first_byte_at = self._monotonic()
        try:
            if answer.feed(data):
                waiter.set_result(None)
        except faults.Failed as e:
            self._fail(e)

    def eof_received(self) -> None:
        self._ended(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._among.discard(self)
        if not self._gone.done():
            self._gone.set_result(None)
        self._ended(exc)

    def _ended(self, error: Exception | None) -> None:
        waiter = self._waiter
        if waiter is None or waiter.done():
            return
        if error is None and self.answer.ended():
            waiter.set_result(None)
        else:
            self._fail(faults.cut(error, begun=self.answer.status is not None))

    def _fail(self, failed: faults.Failed) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(failed)
        self._transport.abort()
