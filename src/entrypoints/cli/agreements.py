"""serai agreements: look at them, take them out as PDF and back in, settle what is unclear."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from core.application.agreements.read_agreement import (
    Which,
    list_agreements,
    read_agreement,
    read_document,
)
from core.application.agreements.resolve_agreement import (
    AgreementOutcome,
    ResolveAgreement,
    resolve_agreement,
)
from core.application.agreements.return_agreement import return_agreement
from core.application.agreements.send_agreement import send_agreement
from core.application.agreements.void_agreement import void_agreement
from core.application.hub import Asking, Hub
from core.domain.agreements.agreement import Agreement, AgreementState, Document
from core.domain.person import Person
from entrypoints.cli.desk import Agency, Live, at_desk
from entrypoints.cli.screen import facts, say, show
from entrypoints.cli.trouble import Trouble
from ports.store import AgreementFilter, Page

app = typer.Typer(
    help="Agreements: list, show, send, take out and bring back.", no_args_is_help=True
)
Id = Annotated[str, typer.Argument(help="agr_…")]


@app.command("list")
def list_(
    state: Annotated[AgreementState | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Agreements, newest first. `--state needs_operator` shows what waits for a person."""

    async def work(hub: Hub, asking: Asking) -> list[Agreement]:
        return list(await list_agreements(hub, asking, Page(limit=limit), AgreementFilter(state)))

    show(
        ("id", "state", "text", "signed by", "connection", "made"),
        (
            (
                a.id,
                a.state,
                f"{a.template} v{a.version}",
                f"{a.signatures} of {len(a.signers)}",
                a.connection or "by hand",
                f"{a.created_at:%Y-%m-%d}",
            )
            for a in at_desk(work, live=live, tenant=tenant)
        ),
        empty="There are no such agreements.",
    )


@app.command("show")
def show_(id: Id, live: Live = False, tenant: Agency = None) -> None:
    """One agreement, with its signers. Names are personal data: mind who sees the screen."""

    async def work(hub: Hub, asking: Asking) -> tuple[Agreement, Mapping[str, Person]]:
        return await read_agreement(hub, asking, id)

    facts(_lines(*at_desk(work, live=live, tenant=tenant)))


def _lines(agreement: Agreement, people: Mapping[str, Person]) -> list[tuple[str, object]]:
    refusal, at = agreement.refusal, agreement.check_at
    return [
        ("id", agreement.id),
        ("state", agreement.state),
        ("title", agreement.title),
        ("text", f"{agreement.template} v{agreement.version}"),
        *((s.role, f"{_name(people, s.person)}, {s.state}  {s.person}") for s in agreement.signers),
        ("bookings", ", ".join(agreement.bookings)),
        ("connection", agreement.connection or "by hand"),
        ("their reference", agreement.vendor_reference),
        ("document", _digest(agreement.document)),
        ("signed document", _digest(agreement.signed)),
        ("certificate", _digest(agreement.certificate)),
        ("expires", agreement.expires_at and f"{agreement.expires_at:%Y-%m-%d %H:%M:%S} UTC"),
        ("asked about again", at and f"{at:%Y-%m-%d %H:%M:%S} UTC"),
        ("why not", refusal and f"{refusal.code}: {refusal.message}"),
    ]


def _name(people: Mapping[str, Person], id: str) -> str:
    person = people.get(id)
    return f"{person.name} {person.surname}".strip() if person else "(erased)"


def _digest(document: Document | None) -> str:
    return "" if document is None else f"sha256 {document.sha256}, {document.size} bytes"


@app.command()
def document(
    id: Id,
    file: Annotated[Path, typer.Argument(help="Where to write the PDF; it must not exist.")],
    which: Annotated[Which, typer.Option(help="As it goes out, as signed, or the proof.")] = (
        Which.DOCUMENT
    ),
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Take a document out as PDF. It holds personal data; that it was read is audited."""

    async def work(hub: Hub, asking: Asking) -> tuple[Document, bytes]:
        return await read_document(hub, asking, id, which)

    found, pdf = at_desk(work, live=live, tenant=tenant)
    try:
        with file.open("xb") as out:
            out.write(pdf)
    except FileExistsError:
        raise Trouble(f"{file} is there already.", "Name another file.") from None
    say(f"{file}: {found.size} bytes, sha256 {found.sha256}")


@app.command()
def send(id: Id, live: Live = False, tenant: Agency = None) -> None:
    """Ask the signers, one after the other. Without a connection: mark it as handed out."""

    async def work(hub: Hub, asking: Asking) -> Agreement:
        return await send_agreement(hub, asking, id)

    _tell(at_desk(work, live=live, tenant=tenant))


@app.command("return")
def return_(
    id: Id,
    file: Annotated[Path, typer.Argument(help="The signed PDF.", exists=True, dir_okay=False)],
    reason: Annotated[str, typer.Option(help="Kept in the audit trail.")] = "",
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Bring back what was signed by hand."""

    async def work(hub: Hub, asking: Asking) -> Agreement:
        return await return_agreement(hub, asking, id, file.read_bytes())

    _tell(at_desk(work, live=live, tenant=tenant, reason=reason))


@app.command()
def void(
    id: Id,
    reason: Annotated[str, typer.Option(help="Kept in the audit trail; DocuSign shows it too.")],
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Take one back, so that nobody signs it any more."""

    async def work(hub: Hub, asking: Asking) -> Agreement:
        return await void_agreement(hub, asking, id)

    _tell(at_desk(work, live=live, tenant=tenant, reason=reason))


@app.command()
def resolve(
    id: Annotated[str, typer.Argument(help="agr_…, in state needs_operator.")],
    outcome: Annotated[AgreementOutcome, typer.Option(help="What the vendor's dashboard shows.")],
    reason: Annotated[str, typer.Option(help="How you know; kept in the audit trail.")],
    vendor_reference: Annotated[
        str | None, typer.Option(help="Theirs; needed for at_vendor, which is then asked about.")
    ] = None,
    live: Live = False,
    tenant: Agency = None,
) -> None:
    """Settle an agreement of which no machine knows whether its signers were asked."""

    async def work(hub: Hub, asking: Asking) -> Agreement:
        settled = ResolveAgreement(outcome, reason, vendor_reference)
        return await resolve_agreement(hub, asking, id, settled)

    _tell(at_desk(work, live=live, tenant=tenant))


def _tell(agreement: Agreement) -> None:
    why = f": {agreement.refusal.message}" if agreement.refusal else ""
    say(f"{agreement.id} is {agreement.state} now{why}.")
