"""Agreements as they stand, and their documents."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence

from core.application.agreements.keep_document import open_document
from core.application.hub import Asking, Hub, write_audit
from core.domain.agreements.agreement import Agreement, Document
from core.domain.person import Person
from core.domain.problem import NotFound
from core.domain.tenancy import Permission
from ports.store import AgreementFilter, Page


class Which(enum.StrEnum):
    """document: as it goes out. signed: as it came back. certificate: the vendor's proof."""

    DOCUMENT = "document"
    SIGNED = "signed"
    CERTIFICATE = "certificate"


async def read_agreement(
    hub: Hub, asking: Asking, id: str
) -> tuple[Agreement, Mapping[str, Person]]:
    """With those of its signers who can still be read."""
    asking.need(Permission.AGREEMENTS_READ)
    async with hub.store.read(asking.scope) as view:
        agreement = await view.agreement(id)
        if agreement is None:
            raise NotFound("agreement", id)
        return agreement, await view.people([s.person for s in agreement.signers])


async def list_agreements(
    hub: Hub, asking: Asking, page: Page, where: AgreementFilter
) -> Sequence[Agreement]:
    asking.need(Permission.AGREEMENTS_READ)
    async with hub.store.read(asking.scope) as view:
        return await view.agreements(page, where)


async def read_document(hub: Hub, asking: Asking, id: str, which: Which) -> tuple[Document, bytes]:
    """The PDF, verified; who read it is audited. NotFound: there is none (yet)."""
    asking.need(Permission.AGREEMENTS_READ)
    agreement, _ = await read_agreement(hub, asking, id)
    document = {
        Which.DOCUMENT: agreement.document,
        Which.SIGNED: agreement.signed,
        Which.CERTIFICATE: agreement.certificate,
    }[which]
    if document is None:
        raise NotFound(f"{which} document of", id)
    pdf = await open_document(hub, asking.scope, id, document)
    async with hub.store.begin(asking.scope) as tx:
        seen = {"which": str(which), "sha256": document.sha256}
        await write_audit(hub, tx, asking, "agreement.read", id, after=seen)
    return document, pdf
