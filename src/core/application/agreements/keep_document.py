"""Documents of agreements: sealed, kept in Blobs, and handed out only whole."""

from __future__ import annotations

import hashlib

from core.application.hub import Hub
from core.domain.agreements.agreement import Document
from core.domain.problem import Failed, NotFound
from core.domain.tenancy import Scope
from ports.blobs import BlobMissing, BlobsAway
from ports.vault import Unreadable

AGAIN_S = 30.0


async def keep_document(hub: Hub, scope: Scope, agreement: str, pdf: bytes) -> Document:
    """Before the row that names it is written: what a crash leaves behind is only unused.

    Failed: the place of blobs cannot be used now.
    """
    sealed = hub.vault.seal(pdf, _context(scope, agreement))
    try:
        address = await hub.blobs.put(sealed)
    except BlobsAway as e:
        raise _away(e) from e
    return Document(hashlib.sha256(pdf).hexdigest(), len(pdf), address)


async def open_document(hub: Hub, scope: Scope, agreement: str, document: Document) -> bytes:
    """The PDF, byte by byte what the audit trail holds the digest of.

    NotFound: it was erased. Failed: the place of blobs cannot be used, or it was tampered with.
    """
    try:
        sealed = await hub.blobs.get(document.address)
        pdf = hub.vault.open(sealed, _context(scope, agreement))
    except BlobsAway as e:
        raise _away(e) from e
    except BlobMissing:
        raise NotFound("document of", agreement) from None
    except Unreadable as e:
        raise Failed("document_unreadable", f"the document does not open: {e}") from e
    if hashlib.sha256(pdf).hexdigest() != document.sha256:
        raise Failed("document_unreadable", "the document is not the one that was kept")
    return pdf


def _away(error: BlobsAway) -> Failed:
    return Failed("blobs_unavailable", str(error), retry_after_s=AGAIN_S)


def _context(scope: Scope, agreement: str) -> str:
    return f"document/{scope.tenant}/{scope.environment}/{agreement}"
