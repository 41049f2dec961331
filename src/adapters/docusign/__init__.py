"""DocuSign: agreements sent to signers in order, followed by Connect, fetched with certificate.

docs/adapters/docusign.md tells what works, what stands behind it, and its traps.
"""

from __future__ import annotations

from adapters.docusign.client import open_docusign
from adapters.docusign.config import DocusignConfig, check
from adapters.docusign.session import DEADLINE_S, VENDOR
from adapters.docusign.webhooks import DocusignWebhooks
from ports.manifest import Evidence, Manifest, Role


def inbound(config: DocusignConfig) -> DocusignWebhooks:
    return DocusignWebhooks(config.connect_key, account=config.account_id)


MANIFEST = Manifest(
    name=VENDOR,
    title="DocuSign",
    roles=frozenset({Role.ESIGN, Role.INBOUND_WEBHOOK}),
    config=DocusignConfig,
    api_version="v2.1",
    can=frozenset(),
    evidence={
        "send": Evidence.DOCUMENTED,
        "find": Evidence.CONSTRUCTED,
        "status": Evidence.DOCUMENTED,
        "signed_document": Evidence.DOCUMENTED,
        "void": Evidence.DOCUMENTED,
        "probe": Evidence.CONSTRUCTED,
        "verify": Evidence.DOCUMENTED,
        "parse": Evidence.DOCUMENTED,
    },
    # A request may still be at work at DocuSign's side after we gave up on it.
    absence_certain_after_s=600.0,
    repeatable_for_s=None,  # a transaction id finds an envelope; it does not stop a second one
    reference_length=100,
    deadline_s=DEADLINE_S,
    check=check,
    open=open_docusign,
    inbound=inbound,
)
