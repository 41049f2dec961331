from __future__ import annotations

from datetime import datetime
from typing import Protocol

import msgspec

from core.domain.agreements.agreement import Mark, SignatureFact
from ports.probe import Testable


class SignerOrder(msgspec.Struct, frozen=True):
    """One who signs. vendor_id: who that is at the vendor, where it knows people by ids of its
    own. mark: where the signature goes."""

    name: str
    mark: Mark
    email: str | None = None
    phone: str | None = None
    vendor_id: str | None = None


class AgreementOrder(msgspec.Struct, frozen=True):
    """reference: our agreement id, which the vendor keeps and gives back.

    signers: in the order in which they sign, one after the other.
    expires_at: None leaves it to the vendor. callback_url: where it tells what happens.
    """

    reference: str
    title: str
    message: str
    pdf: bytes
    signers: tuple[SignerOrder, ...]
    expires_at: datetime | None = None
    callback_url: str | None = None


class SignedFiles(msgspec.Struct, frozen=True):
    """document: the PDF as signed. certificate: who signed when and how; None: it makes none."""

    document: bytes
    certificate: bytes | None = None


class ESign(Testable, Protocol):
    """Every method raises only ports.errors, keeps its manifest's deadline_s, and is safe to
    call from many tasks at once. SignatureFact numbers signers from 0, as they were ordered.
    vendor_reference: theirs. reference: ours, which some want to hear again.
    """

    async def send(self, order: AgreementOrder, *, key: str) -> SignatureFact:
        """Ask the signers. The same *key* is the same agreement to the vendor as far as
        `find` can tell; it is never sent twice from here.

        Refused: the vendor said no, nobody was asked. OutcomeUnknown: it was sent and no clear
        answer came; use find.
        """
        ...

    async def find(self, key: str) -> SignatureFact | None:
        """What was sent under *key*; None: there is none now, which is final only after
        manifest.absence_certain_after_s. NotSupported: this vendor finds nothing by our key."""
        ...

    async def status(self, vendor_reference: str, *, reference: str) -> SignatureFact | None:
        """As it stands now; None: there is none under this reference. An agreement is not to be
        asked about more than once in 15 minutes, except after the vendor told us something."""
        ...

    async def signed_document(self, vendor_reference: str, *, reference: str) -> SignedFiles:
        """Refused: not everybody has signed."""
        ...

    async def void(self, vendor_reference: str, reason: str, *, reference: str) -> SignatureFact:
        """Take it back, so that nobody signs any more; the state it then has. Voiding twice is
        voiding once, and what was signed before stays signed. NotSupported: it cannot."""
        ...
