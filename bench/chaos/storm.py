"""A play from its furniture to the count."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import msgspec

from bench.chaos.count import Count, count
from bench.chaos.engines import Engine
from bench.chaos.furniture import furnish
from bench.chaos.ledger import Book, Ledger
from bench.chaos.losses import Losses
from bench.chaos.plan import Blow, Kind, Plan
from bench.chaos.script import Script, write
from entrypoints.demo.processes import environment, free_port, wait_until

BEGINS_AFTER_S = 3.0
READY_WITHIN_S = 20.0
COMMITTED_WITHIN_S = 60.0
# Long enough for a breaker's longest pause that the whims of a play bring about, several times.
SETTLED_WITHIN_S = 600.0
TELL_S = 5.0


def play(plan: Plan, engine: Engine) -> Count:
    """RuntimeError: a process of the play, not of the hub, failed."""
    partner, stands = engine.house.by_hub(lambda hub: furnish(hub, plan.size))
    starts_at = time.time() + BEGINS_AFTER_S
    script = Script(plan, partner, stands, free_port(), starts_at)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="serai-")))
        book = stack.enter_context(closing(Book(script.control)))
        write(script, folder / "script.json")
        stack.enter_context(_running("receiver", folder / "script.json"))
        engine.mind()
        wait_until(book.answers, within_s=READY_WITHIN_S)
        told = folder / "acknowledged.json"
        settings = engine.house.all_settings
        platform = stack.enter_context(
            _running("generator", folder / "script.json", told, settings=settings)
        )
        ledger = Ledger(engine.house.url)
        losses = Losses(book, ledger)
        for blow in plan.blows:
            _strike(script, engine, losses, blow)
            if platform.poll():
                break
        if platform.wait(COMMITTED_WITHIN_S) != 0:
            raise RuntimeError("the generator failed")
        acknowledged = msgspec.json.decode(told.read_bytes(), type=list[str])
        _settle(script, engine, ledger)
        return count(
            book.receipts(),
            ledger.deliveries(),
            acknowledged,
            stands,
            in_flight=losses.in_flight,
            undrained=losses.undrained,
            crashed=engine.crashed + losses.badly_ended,
        )


def _strike(script: Script, engine: Engine, losses: Losses, blow: Blow) -> None:
    time.sleep(max(blow.at_s - script.now_s(), 0))
    engine.mind()
    code = engine.fell(blow)
    script.say(f"{blow.kind}{'' if blow.worker is None else f', worker {blow.worker}'}")
    if blow.kind is Kind.STOP_WORKER:
        script.say(f"it ended with {code}; {losses.drained(code)} left behind")
    elif blow.kind in (Kind.KILL_WORKER, Kind.KILL_REDIS):
        script.say(f"{losses.look(blow.kind)} under way")
    time.sleep(blow.away_s)
    engine.raise_again(blow)
    if blow.kind is Kind.KILL_POSTGRES:
        script.say(f"PostgreSQL is back; {losses.look(blow.kind)} under way")
    elif blow.kind is not Kind.FLUSH_REDIS:
        script.say(f"started again after {blow.away_s:.1f} s")


def _settle(script: Script, engine: Engine, ledger: Ledger) -> None:
    """Until nothing is open, or for as long as it may take."""
    ends, tell_at = time.monotonic() + SETTLED_WITHIN_S, time.monotonic()
    while (left := ledger.open()) and time.monotonic() < ends:
        if time.monotonic() >= tell_at:
            script.say(f"the storm is over; {left} deliveries are open")
            tell_at = time.monotonic() + TELL_S
        engine.mind()
        time.sleep(0.2)
    script.say(f"{left} deliveries are open")


@contextmanager
def _running(
    module: str, *arguments: Path, settings: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", f"bench.chaos.{module}", *map(str, arguments)]
    with subprocess.Popen(command, env=environment(settings or {})) as running:
        try:
            yield running
        finally:
            running.kill()
