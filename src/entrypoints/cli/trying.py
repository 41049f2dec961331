"""serai trigger, and serai endpoints test: try a receiver without waiting for a guest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from core.application.hub import Asking, Hub
from core.application.webhooks.await_attempts import Seen
from core.application.webhooks.send_test import WAIT_MAX_S, WAIT_S, send_test
from core.application.webhooks.trigger_events import Told, Wish, trigger_events
from core.domain.events.catalogue import CATALOGUE
from core.domain.events.catalogue.endpoints import PING
from core.domain.events.scenarios import SCENARIOS
from core.domain.webhooks.delivery import Attempt, DeliveryState, Fault, Sent
from entrypoints.cli.desk import Agency, Live, at_desk
from entrypoints.cli.screen import facts, say
from entrypoints.cli.trouble import Trouble

UNSENT = "Is `serai serve` running, or with PostgreSQL and Redis a `serai worker`?"
Wait = Annotated[
    float, typer.Option("--wait", min=0, max=WAIT_MAX_S, help="Seconds to wait for attempts.")
]


def register(app: typer.Typer) -> None:
    app.command("trigger")(trigger_command)


def trigger_command(
    what: Annotated[
        str | None, typer.Argument(help="A scenario (sold_out) or a type (booking.confirmed).")
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="Show what can be triggered.")] = False,
    endpoint: Annotated[str | None, typer.Option(help="end_…, the only one that is told.")] = None,
    partner: Annotated[
        str | None,
        typer.Option(
            help="ptn_…, whose booking it is; not needed with --endpoint, or while only one"
            " partner has an endpoint that is served (serai listen has one while it runs)."
        ),
    ] = None,
    wait: Wait = WAIT_MAX_S,
    tenant: Agency = None,
) -> None:
    """Tell events that did not happen, in the test environment, to try a receiver.

    They go to the endpoints that asked for such types, signed and retried as real ones. The
    body says "test": true, references begin with TEST, and every id is of nothing. Each event
    is told once the one before it was tried; with --wait 0 all at once, in any order.

    Exit 1 if no endpoint was told, or if one was tried and did not take what it was sent; with
    --wait 0 nobody waits to see.
    """
    if list_:
        _list()
        return
    if what is None:
        raise Trouble("Say what to trigger.", "serai trigger --list shows what there is.")
    if what not in SCENARIOS and what not in CATALOGUE:
        raise Trouble(
            f"There is no scenario and no event type {what}.", "serai trigger --list shows all."
        )
    by_name = {"scenario": what} if what in SCENARIOS else {"type": what}
    wish = Wish(**by_name, endpoint=endpoint, partner=partner)

    async def work(hub: Hub, asking: Asking) -> list[Seen]:
        seen: list[Seen] = []
        async for told in trigger_events(hub, asking, wish, wait_s=wait):
            _tell(told)
            seen += told.deliveries
        return seen

    if not _conclude(at_desk(work, live=False, tenant=tenant), waited=wait > 0):
        raise typer.Exit(1)


def _list() -> None:
    say("Scenarios", "bold")
    for scenario in SCENARIOS.values():
        say(f"  {scenario.name:<30}{scenario.means}")
        say(f"{'':<32}{', '.join(step.type for step in scenario.steps)}", "dim")
    say("")
    say("Single events", "bold")
    for type in CATALOGUE.values():
        say(f"  {type.name:<30}{type.means}")


def _tell(told: Told) -> None:
    say(f"{told.event.type:<26} {told.event.subject}#{told.event.sequence}", "bold")
    for seen in told.deliveries:
        last = seen.attempts[-1].sent if seen.attempts else None
        what = in_words(last) if last else f"{seen.delivery.state}, not sent yet"
        say(f"  {seen.delivery.endpoint}  {what}")


def _conclude(seen: Sequence[Seen], *, waited: bool) -> bool:
    """Whether all that could be seen is well."""
    if not seen:
        say("")
        say("No endpoint was told: none asked for such types, or none may see this booking.")
        say("Name a partner by --partner, or listen yourself with `serai listen`.", "dim")
        return False
    if waited and not any(one.known for one in seen):
        say("")
        say("Nothing was sent so far.", "yellow")
        say(UNSENT, "dim")
        return False
    return all(one.attempts[-1].sent.fault is Fault.NONE for one in seen if one.attempts)


def in_words(sent: Sent) -> str:
    """What the receiver did, in a few words."""
    mark = "✓" if sent.fault is Fault.NONE else "✗"
    answer = str(sent.status) if sent.status is not None else sent.error
    whose = "" if sent.fault is Fault.NONE else f" ({sent.fault})"
    return f"{mark} {answer} after {sent.elapsed_ms} ms{whose}"


def try_command(
    endpoint: Annotated[str, typer.Argument(help="end_…")],
    type: Annotated[
        str, typer.Option("--type", help="Of the event; live only endpoint.ping.")
    ] = PING,
    wait: Wait = WAIT_S,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Send one test to an endpoint and show what its receiver did.

    It goes the way of every webhook: signed, checked against private addresses, recorded. It is
    tried once. Exit 1 if the receiver did not take it.
    """

    async def work(hub: Hub, asking: Asking) -> Seen:
        return await send_test(hub, asking, endpoint, type, wait_s=wait)

    seen = at_desk(work, live=live, tenant=tenant)
    if not seen.attempts:
        raise Trouble(f"The test {seen.delivery.id} was not sent within {wait:g} s.", UNSENT)
    _evidence(seen, seen.attempts[-1])
    if seen.delivery.state is not DeliveryState.SUCCEEDED:
        raise typer.Exit(1)


def _evidence(seen: Seen, attempt: Attempt) -> None:
    sent = attempt.sent
    say(in_words(sent), "bold green" if sent.fault is Fault.NONE else "bold red")
    facts(
        (
            ("event", f"{seen.delivery.event_type}  {seen.delivery.event}"),
            ("delivery", f"{seen.delivery.id}  {seen.delivery.state}"),
            ("address", sent.address),
            ("took", _phases(sent)),
            ("error", sent.error),
            ("headers", sent.headers),
            ("body", sent.excerpt),
        )
    )


def _phases(sent: Sent) -> str:
    phases = (
        ("lookup", sent.dns_ms),
        ("connect", sent.connect_ms),
        ("TLS", sent.tls_ms),
        ("first byte", sent.first_byte_ms),
        ("in all", sent.elapsed_ms),
    )
    return ", ".join(f"{name} {ms} ms" for name, ms in phases if ms is not None)
