"""Playing the journey for whoever watches, and saying honestly how it ended."""

from __future__ import annotations

import time

import httpx
from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from entrypoints.demo.house import House
from entrypoints.demo.journey import CHAPTERS, STEPS, title_of
from entrypoints.demo.processes import NotReady
from entrypoints.demo.stage import NotVerified, Stage, Step
from entrypoints.logging import without_secrets


def play(*, postgres: str | None, redis: str | None, keep: bool) -> bool:
    """True: every step was verified."""
    console = Console(highlight=False, soft_wrap=True)
    began = time.monotonic()
    console.print(Text("Serai: the main journey, on real wire messages", "bold"))
    try:
        with House(postgres=postgres, redis=redis) as house:
            _cast(console, house)
            done = _chapters(console, house)
            if done:
                _end(console, time.monotonic() - began)
            if done and keep:
                _keep(console, house)
            return done
    except NotReady as e:
        console.print(Text(f"✗ {without_secrets(str(e))}", "red"))
        return False


def _cast(console: Console, house: House) -> None:
    for who, where in (
        (f"the hub, on {house.engines}", house.hub_url),
        ("the vendors' sandbox", house.sandbox_url),
        ("a partner's receiver", house.receiver_url),
    ):
        console.print(Text(f"  {who:<32}").append(where, style="cyan"))


def _chapters(console: Console, house: House) -> bool:
    stage, number = Stage(house, console), 0
    try:
        for chapter, steps in CHAPTERS.items():
            console.print(Rule(Text(chapter, "bold"), align="left", style="dim"))
            for step in steps:
                number += 1
                console.print(Text(f"{number:2} {title_of(step)}", "bold"))
                if not _step(console, house, stage, step):
                    console.print(Text(f"Step {number} of {len(STEPS)} was not verified.", "red"))
                    return False
    finally:
        stage.close()
    return True


def _step(console: Console, house: House, stage: Stage, step: Step) -> bool:
    try:
        step(stage)
    except (NotVerified, httpx.HTTPError, LookupError, TypeError) as e:
        said = str(e) if isinstance(e, NotVerified) else f"{type(e).__name__}: {e}"
        console.print(Text(f"   ✗ {without_secrets(said)}", "red"))
        for process in house.processes:
            state = "" if process.alive else " (it has ended)"
            console.print(Text(f"\nThe log of the {process.name}{state} ends:", "bold"))
            console.print(Text(without_secrets(process.tail()), "dim"))
        return False
    return True


def _end(console: Console, seconds: float) -> None:
    console.print(Rule(style="dim"))
    console.print(Text(f"All {len(STEPS)} steps verified in {seconds:.1f} s. What next:", "green"))
    console.print("  serai demo --keep    the same, left running with its addresses and keys")
    console.print("  make run             your own hub; its API reference is at /docs")
    console.print("  serai connections add hotelbeds    connect it, then: serai doctor")


def _keep(console: Console, house: House) -> None:
    console.print(Text("\nEverything runs on until Ctrl-C.", "bold"))
    for name, value in (
        ("API reference", f"{house.hub_url}/docs"),
        ("admin key", house.admin_key),
        ("what the partner received", f"{house.receiver_url}/received"),
        ("Hotelbeds' own view", f"{house.sandbox_url}/hotelbeds/_control/bookings"),
        ("Stripe's own view", f"{house.sandbox_url}/stripe/_control/state"),
        ("logs", str(house.folder)),
    ):
        console.print(Text(f"  {name:<28}").append(value, style="cyan"))
    try:
        while all(process.alive for process in house.processes):
            time.sleep(1)
    except KeyboardInterrupt:
        console.print("\nStopped.")
