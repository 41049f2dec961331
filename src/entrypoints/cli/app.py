"""Every command, and the one place where an error becomes a sentence and an exit code."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from entrypoints.cli import (
    agreements,
    bookings,
    channels,
    connections,
    deliveries,
    doctor,
    endpoints,
    filings,
    inbox,
    keeping,
    keys,
    listening,
    money,
    partners,
    people,
    plans,
    playing,
    pnrs,
    recoveries,
    reservations,
    serving,
    signing_keys,
    stock,
    tenants,
    trying,
)
from entrypoints.cli.naming import naming
from entrypoints.cli.screen import complain
from entrypoints.cli.trouble import trouble_of

HELP = """Serai: one API to suppliers and gateways that never books twice.

Every command reads its settings from SERAI_… in the environment or from .env in the working
folder; without any, everything lives in ./var (SQLite, one process).

Commands that look at or change data open the database themselves: they work whether or not a
server runs on it. What they change there, a running server sees at once or within two seconds.

Exit codes: 0 done, 1 it could not be done (the reason is on stderr), 2 wrong usage.
"""


class Plain(TyperGroup):
    """Shows what went wrong in one sentence; with --debug, where."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, KeyboardInterrupt):
            raise
        except Exception as e:
            if ctx.params.get("debug") or _is_usage(e):
                raise
            trouble = trouble_of(e)
            complain(trouble)
            raise typer.Exit(trouble.code) from None


def _is_usage(error: Exception) -> bool:
    return hasattr(error, "exit_code") and hasattr(error, "format_message")


app = typer.Typer(
    name="serai",
    cls=Plain,
    help=HELP,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,  # its tracebacks print local variables, secrets among them
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def options(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of whatever goes wrong.")
    ] = False,
) -> None:
    """Options of every command."""


serving.register(app)
playing.register(app)
listening.register(app)
trying.register(app)
keeping.register(app)
doctor.register(app)
app.add_typer(tenants.app, name="tenants")
app.add_typer(keys.app, name="keys")
app.add_typer(connections.app, name="connections")
app.add_typer(inbox.app, name="inbox")
app.add_typer(bookings.app, name="bookings")
app.add_typer(channels.app, name="channels")
app.add_typer(reservations.app, name="reservations")
app.add_typer(pnrs.app, name="pnrs")
app.add_typer(money.payments, name="payments")
app.add_typer(money.refunds, name="refunds")
app.add_typer(plans.plans, name="plans")
app.add_typer(plans.settlements, name="settlements")
app.add_typer(stock.properties, name="properties")
app.add_typer(stock.inventory, name="inventory")
app.add_typer(stock.rates, name="rates")
app.add_typer(agreements.app, name="agreements")
app.add_typer(signing_keys.app, name="signing-keys")
app.add_typer(partners.app, name="partners")
endpoints.register(app)
app.add_typer(deliveries.app, name="deliveries")
app.add_typer(recoveries.app, name="recoveries")
app.add_typer(filings.app, name="filings")
app.add_typer(people.app, name="people")
app.add_typer(keeping.audit, name="audit")
naming(app)


def main() -> None:
    app()
