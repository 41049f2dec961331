"""serai endpoints: where partners are told, and why a receiver there does not verify."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from core.application.hub import Asking, Hub
from core.application.webhooks.add_endpoint import (
    EndpointChange,
    change_endpoint,
    list_endpoints,
    paces_of,
    read_endpoint,
)
from core.application.webhooks.diagnose_signature import diagnose_signature
from core.domain.webhooks.diagnosis import Diagnosis, Received
from core.domain.webhooks.pace import Pace
from core.domain.webhooks.partner import Endpoint, EndpointState
from core.domain.webhooks.retry import RetrySchedule
from entrypoints.cli.desk import Agency, Live, at_desk
from entrypoints.cli.screen import facts, say, show
from entrypoints.cli.trouble import Trouble
from entrypoints.cli.trying import try_command
from ports.store import Page

group = typer.Typer(
    help="Partners' webhook endpoints: look at them, switch them, find out why one does not verify.",
    no_args_is_help=True,
)
Id = Annotated[str, typer.Argument(help="end_…")]


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="endpoints")


group.command("test")(try_command)


@group.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Every partner's endpoints, newest first."""

    async def work(hub: Hub, asking: Asking) -> list[tuple[Endpoint, Pace | None]]:
        found = await list_endpoints(hub, asking, Page(limit=limit))
        paces = await paces_of(hub, asking, found)
        return [(e, paces.get(e.id)) for e in found]

    show(
        ("id", "partner", "state", "breaker", "failing since", "url", "types"),
        (
            (e.id, e.partner, e.state, *_health(pace), e.url, " ".join(e.types))
            for e, pace in at_desk(work, live=live, tenant=tenant)
        ),
        empty="There are no endpoints here.",
    )


def _health(pace: Pace | None) -> tuple[str, str]:
    if pace is None:
        return "", ""
    since = pace.failing_since
    return str(pace.breaker), f"{since:%Y-%m-%d %H:%M} UTC" if since else ""


@group.command("show")
def show_(id: Id, live: Live = False, tenant: Agency = None) -> None:
    """One endpoint, with when its old secrets end. Secrets themselves are never shown again."""

    async def work(hub: Hub, asking: Asking) -> tuple[Endpoint, Pace | None]:
        found = await read_endpoint(hub, asking, id)
        return found, (await paces_of(hub, asking, [found])).get(id)

    endpoint, pace = at_desk(work, live=live, tenant=tenant)
    breaker, failing_since = _health(pace)
    facts(
        [
            ("id", endpoint.id),
            ("partner", endpoint.partner),
            ("url", endpoint.url),
            ("types", " ".join(endpoint.types)),
            ("state", endpoint.state),
            ("disabled because", endpoint.disabled_reason),
            ("description", endpoint.description),
            ("signed by", endpoint.signatures),
            (
                "order",
                f"strict, skipped after {endpoint.skip_after_s} s" if endpoint.ordered else "",
            ),
            ("retries after", _retries(endpoint.schedule)),
            ("in flight at most", str(endpoint.in_flight_max)),
            ("breaker", breaker),
            ("failing since", failing_since),
            ("resumes at", f"{pace.resume_at:%H:%M:%S} UTC" if pace and pace.resume_at else ""),
            *(
                ("old secret until", f"{secret.expires_at:%Y-%m-%d %H:%M:%S} UTC")
                for secret in endpoint.secrets
                if secret.expires_at is not None
            ),
            ("added", f"{endpoint.created_at:%Y-%m-%d %H:%M:%S} UTC"),
        ]
    )


def _retries(schedule: RetrySchedule | None) -> str:
    if schedule is None:
        return "as its agency's"
    return " ".join(f"{wait} s" for wait in schedule.delays_s) or "never"


Reason = Annotated[str, typer.Option(help="Why; kept in the audit trail.")]


@group.command()
def disable(id: Id, reason: Reason = "", live: Live = False, tenant: Agency = None) -> None:
    """Send it nothing more. What waits for it is kept; what comes meanwhile it is not told."""
    _turn(id, EndpointState.DISABLED, reason, live, tenant)
    say("What comes meanwhile: serai recoveries start, once it is enabled.", "dim")


@group.command()
def enable(id: Id, reason: Reason = "", live: Live = False, tenant: Agency = None) -> None:
    """Serve it again, as a new one: what waited goes out, its failures are forgotten."""
    _turn(id, EndpointState.ACTIVE, reason, live, tenant)
    say(f"What it missed: serai recoveries start {id} --since … --dry-run", "dim")


def _turn(id: str, state: EndpointState, reason: str, live: bool, tenant: str | None) -> None:
    async def work(hub: Hub, asking: Asking) -> Endpoint:
        return await change_endpoint(hub, asking, id, EndpointChange(state=state))

    endpoint = at_desk(work, live=live, tenant=tenant, reason=reason)
    say(f"{endpoint.id} ({endpoint.url}) is {endpoint.state}.")


@group.command()
def diagnose(
    id: Id,
    headers: Annotated[
        Path,
        typer.Option(metavar="FILE", help="Lines NAME: VALUE as received, or JSON; - is stdin."),
    ],
    body: Annotated[
        Path, typer.Option(metavar="FILE", help="The body, byte by byte as received; - is stdin.")
    ],
    expected: Annotated[
        str | None,
        typer.Option(help="The signature that the receiver computed, to learn what it does wrong."),
    ] = None,
    at: Annotated[
        datetime | None, typer.Option(help="When it was received, in UTC; else it is now.")
    ] = None,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Find out why a message does not verify at a receiver. Exit 1 unless it verifies.

    Save the headers and the body of one request as the receiver got them. Nothing of it is
    stored. The cause to mend first is shown first.
    """
    if headers == body:
        raise Trouble("Headers and body are in one file.", "Give each a file of its own.")
    pairs = tuple(pasted_headers(_read(headers).decode("utf-8", "replace")))
    received = Received(pairs, _read(body), expected, at and at.replace(tzinfo=UTC))

    async def work(hub: Hub, asking: Asking) -> Diagnosis:
        return await diagnose_signature(hub, asking, id, received)

    told = at_desk(work, live=live, tenant=tenant)
    good = told.verifies
    say(f"{'✓ It verifies' if good else '✗ It does not verify'}.", "green" if good else "red")
    facts(
        pair
        for finding in told.findings
        for pair in ((finding.code, finding.words), ("", finding.remedy))
    )
    if not good:
        raise typer.Exit(1)


def _read(path: Path) -> bytes:
    if str(path) == "-":
        return sys.stdin.buffer.read()
    try:
        return path.read_bytes()
    except OSError as e:
        raise Trouble(f"{path} cannot be read: {e.strerror}.") from None


def pasted_headers(text: str) -> Iterator[tuple[str, str]]:
    """Names and values, from JSON or from lines as tools show them (curl's `<` and `>` too).

    What is no header, a request line for one, is passed over.
    """
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        for line in text.splitlines():
            name, colon, rest = line.strip().lstrip("<> ").partition(":")
            if colon and name and " " not in name:
                yield name, rest.strip()
        return
    pairs = value.items() if isinstance(value, dict) else value
    if not isinstance(value, dict | list) or not all(
        isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs
    ):
        raise Trouble("The headers are neither lines nor a JSON object or list of pairs.")
    for name, given in pairs:
        for one in given if isinstance(given, list) else [given]:
            yield str(name), str(one)
