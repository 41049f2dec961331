"""serai signing-keys: what an agency's webhooks are signed with by v1a."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from core.application.hub import Asking, Hub
from core.application.webhooks.rotate_signing_key import list_signing_keys, rotate_signing_key
from core.domain.webhooks.signing_key import SigningKey
from entrypoints.cli.desk import Agency, Live, at_desk
from entrypoints.cli.screen import say, show

app = typer.Typer(help="Signing keys (ed25519): list and rotate them.", no_args_is_help=True)


@app.command("list")
def list_(live: Live = False, tenant: Agency = None) -> None:
    """Every key in the agency's key set, newest first, by its public half."""

    async def work(hub: Hub, asking: Asking) -> Sequence[SigningKey]:
        return await list_signing_keys(hub, asking)

    show(
        ("id", "public key", "since", "signs", "shown"),
        (
            (
                k.id,
                k.public,
                f"{k.created_at:%Y-%m-%d}",
                _until(k.signs_until),
                _until(k.shown_until),
            )
            for k in at_desk(work, live=live, tenant=tenant)
        ),
        empty="There are no signing keys here; the first endpoint that wants v1a makes one.",
    )


def _until(at: object) -> str:
    return f"until {at:%Y-%m-%d %H:%M}" if at else "from now on"


@app.command()
def rotate(live: Live = False, tenant: Agency = None) -> None:
    """Make a new key. The old one signs beside it for 24 hours and is shown for 24 more."""

    async def work(hub: Hub, asking: Asking) -> SigningKey:
        return await rotate_signing_key(hub, asking)

    key = at_desk(work, live=live, tenant=tenant)
    say(key.id, "bold")
    say(f"{key.public} is in the key set now.", "dim")
