"""What `serai listen` prints of each request, and at its end."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime

from rich.text import Text

from core.domain.webhooks.diagnosis import Diagnosis
from entrypoints.cli.screen import out, say
from entrypoints.listen.ledger import Came
from entrypoints.listen.receiver import Answer, Heard, Receiver

INDENT = " " * 10


def hear(heard: Heard) -> None:
    """One line; for what does not verify, below it why not and what to do about it."""
    line = Text(f"{datetime.now():%H:%M:%S}  ")  # noqa: DTZ005 - of the one who watches
    line.append(_what(heard), "bold").append("  ")
    line.append(*_verdict(heard)).append(_marks(heard.came), "yellow")
    line.append(f"  → {_answered(heard)}", "dim" if heard.answer.status < 300 else "red")
    out.print(line)
    for remark in _remarks(heard):
        say(INDENT + remark, "dim")


def _what(heard: Heard) -> str:
    if heard.event is None:
        return f"{heard.method} {heard.path}"
    test = "  test" if heard.event.test else ""
    return f"{heard.event.type:<26} {heard.event.subject}#{heard.event.sequence}{test}"


def _verdict(heard: Heard) -> tuple[str, str]:
    if heard.diagnosis is None:
        return ("not a webhook", "yellow")
    if heard.diagnosis.verifies and heard.event is None:
        return ("✓ verified, but holds no event of Serai", "yellow")
    return ("✓ verified", "green") if heard.diagnosis.verifies else ("✗ not verified", "red")


def _marks(came: Came | None) -> str:
    if came is None:
        return ""
    if came.times > 1:
        return f", again: {_nth(came.times)} time"
    if came.after is not None:
        return f", late: after #{came.after}"
    if came.missing is not None:
        first, last = came.missing
        return f", gap: {f'#{first}' if first == last else f'#{first} to #{last}'} not seen"
    return ""


def _nth(number: int) -> str:
    return {2: "2nd", 3: "3rd"}.get(number, f"{number}th")


def _answered(heard: Heard) -> str:
    whose = " from your app" if heard.answer.of and not heard.answer.fault else ""
    return f"{heard.answer.status}{whose} after {heard.elapsed_ms} ms"


def _remarks(heard: Heard) -> Iterator[str]:
    answer: Answer = heard.answer
    if answer.fault:
        yield f"Nothing answered at {answer.of}: {answer.fault}"
    if heard.diagnosis is None:
        yield "Webhooks come by POST." if answer.status == 405 else "It is larger than any webhook."
    elif not heard.diagnosis.verifies:
        yield from _reasons(heard.diagnosis)


def _reasons(diagnosis: Diagnosis) -> Iterator[str]:
    """What was found, and below it, once, what mends it."""
    for remedy, found in itertools.groupby(diagnosis.findings, key=lambda f: f.remedy):
        yield " ".join(finding.words for finding in found)
        yield f"  {remedy}"


def summary(receiver: Receiver) -> str:
    ledger = receiver.ledger
    parts = [
        f"{receiver.verified} verified",
        f"{receiver.refused} not verified",
        f"{ledger.repeated} repeated",
        f"{ledger.late} late",
        f"{ledger.missing} missing",
    ]
    return f"Heard {receiver.verified + receiver.refused} webhooks: {', '.join(parts)}."
