"""serai keys: who may call the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from core.application.hub import Asking, Hub
from core.application.tenants.issue_key import NewKey, issue_key, list_keys, revoke_key
from core.domain.tenancy import ApiKey, Permission
from entrypoints.cli.desk import Agency, Live, at_desk
from entrypoints.cli.screen import say, show
from ports.store import Page

app = typer.Typer(help="API keys: make, list and revoke them.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is for, so that it can be told apart.")],
    permissions: Annotated[
        list[Permission] | None,
        typer.Option("--allow", help="A permission; repeat it for several. Default: admin."),
    ] = None,
    partner: Annotated[
        str | None, typer.Option(help="Whose key it is (ptn_…); it sees only that partner's.")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, help="It ends after so many days.")] = None,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Make a key and show it, once. It is stored only as a hash."""

    async def work(hub: Hub, asking: Asking) -> tuple[ApiKey, str]:
        ends = hub.clock.now() + timedelta(days=days) if days else None
        held = frozenset(permissions or [Permission.ADMIN])
        return await issue_key(hub, asking, NewKey(name, held, partner, ends))

    key, text = at_desk(work, live=live, tenant=tenant)
    say(text, "bold")
    say(f"{key.id}, {', '.join(sorted(key.permissions))}; it is shown this once.", "dim")


@app.command("list")
def list_(live: Live = False, tenant: Agency = None) -> None:
    """Every key, newest first; of the key itself only the last four characters."""

    async def work(hub: Hub, asking: Asking) -> list[ApiKey]:
        return list(await list_keys(hub, asking, Page(limit=200)))

    show(
        ("id", "name", "ends in", "may", "partner", "state"),
        (
            (k.id, k.name, k.hint, " ".join(sorted(k.permissions)), k.partner, _state(k))
            for k in at_desk(work, live=live, tenant=tenant)
        ),
        empty="There are no keys here.",
    )


def _state(key: ApiKey) -> str:
    if key.revoked_at is not None:
        return f"revoked {key.revoked_at:%Y-%m-%d}"
    return f"until {key.expires_at:%Y-%m-%d}" if key.expires_at else "active"


@app.command()
def revoke(
    id: Annotated[str, typer.Argument(help="key_…")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit trail.")] = "",
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """End a key at once. Revoking again changes nothing."""

    async def work(hub: Hub, asking: Asking) -> ApiKey:
        return await revoke_key(hub, asking, id)

    key = at_desk(work, live=live, tenant=tenant, reason=reason)
    say(f"{key.id} ({key.name}) opens nothing any more.")
