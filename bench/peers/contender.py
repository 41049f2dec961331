"""What a contender is, and how all of them are measured: by the sink, not by their own word."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

import msgspec
import psutil

from bench.peers.program import Program
from bench.peers.sink import Sink

IN_FLIGHT = 64
WITHIN_S = 180.0


class Absent(Exception):
    """It cannot be run here, and why."""


class Round(msgspec.Struct, frozen=True):
    """One measurement. cpu_us: of the delivering process, a delivery. all_cpu_us: of every
    process that took part, its database and the sink too. extra: requests nobody asked for."""

    per_s: float
    cpu_us: float
    all_cpu_us: float
    extra: int


class Contender(Protocol):
    @property
    def name(self) -> str: ...

    def round(self, sink: Sink) -> Round:
        """Prepare, deliver and measure once. Absent: it cannot be run here."""
        ...


def measured(
    sink: Sink,
    running: AbstractContextManager[Program],
    deliveries: int,
    settled_at: Callable[[Program], float],
) -> Round:
    """The clock runs from when a tenth was received (until then it warms up) to when the last
    was settled. settled_at: waits for that, and says when it was."""
    sink.reset()
    with running as program:
        program.wait_until(lambda: sink.handled() >= deliveries // 10, WITHIN_S)
        first, began = sink.handled(), time.time()
        own, every = program.cpu_s(), _all_cpu_s()
        program.wait_until(lambda: sink.handled() >= deliveries * 9 // 10, WITHIN_S)
        counted = sink.handled() - first
        own, every = program.cpu_s() - own, _all_cpu_s() - every
        ended = settled_at(program)
        return Round(
            per_s=(deliveries - first) / (ended - began),
            cpu_us=own / counted * 1e6,
            all_cpu_us=every / counted * 1e6,
            extra=sink.handled() - deliveries,
        )


def printed(program: Program) -> float:
    """The time that a finished program's last line tells: `settled <unix time>`."""
    return float(program.finished(WITHIN_S).split()[-1])


def _all_cpu_s() -> float:
    every = psutil.Process().children(recursive=True)
    return float(sum(t.user + t.system for t in (p.cpu_times() for p in every)))
