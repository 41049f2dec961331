"""PrivyID (privy.id, not privy.io): agreements signed by people whom Privy has identified.

docs/adapters/privyid.md tells what works, what stands behind it, and its traps.
"""

from __future__ import annotations

from adapters.privyid.client import DEADLINE_S, VENDOR, open_privyid
from adapters.privyid.config import PrivyidConfig, check
from adapters.privyid.webhooks import PrivyidWebhooks
from ports.manifest import Evidence, Manifest, Role


def inbound(config: PrivyidConfig) -> PrivyidWebhooks:
    return PrivyidWebhooks(config.callback_secret)


MANIFEST = Manifest(
    name=VENDOR,
    title="PrivyID",
    roles=frozenset({Role.ESIGN, Role.INBOUND_WEBHOOK}),
    config=PrivyidConfig,
    api_version="General API v2",
    can=frozenset({"signer_ids"}),
    evidence=dict.fromkeys(
        ("send", "find", "status", "signed_document", "void", "probe", "verify", "parse"),
        Evidence.CONSTRUCTED,
    ),
    absence_certain_after_s=None,  # nothing finds a document by our reference
    repeatable_for_s=None,
    reference_length=64,
    deadline_s=DEADLINE_S,
    check=check,
    open=open_privyid,
    inbound=inbound,
)
