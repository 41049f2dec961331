"""Everything a use case may ask of the outside, gathered once by the composition root."""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import datetime
from typing import Any

import msgspec

from core.domain.audit import AuditEntry
from core.domain.problem import Forbidden
from core.domain.tenancy import Permission, Principal, Scope
from core.domain.webhooks.pace import Pacing
from core.domain.webhooks.retry import RetrySchedule
from ports.blobs import Blobs
from ports.clock import Clock
from ports.jobs import Bell, Jobs
from ports.limiter import Limiter
from ports.meter import Meter
from ports.mint import Mint
from ports.signer import Signer
from ports.store import Store, Tx
from ports.typesetter import Typesetter
from ports.vault import Vault
from ports.vendors import Vendors
from ports.webhook_sender import WebhookSender

SCHEDULE, PACING = RetrySchedule(), Pacing()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Hub:
    """schedule, pacing: of webhooks, where a tenant or endpoint has none of its own.
    delivery_deadline_s: one attempt of a webhook, DNS to last byte.
    queues_every_s: between two readings of the queues of one GDS connection.
    passed_over: by connection, how many rejections of this process were not kept.
    public_url: where vendors reach this hub, "" when nobody said.
    """

    store: Store
    vendors: Vendors
    vault: Vault
    sender: WebhookSender
    signer: Signer
    jobs: Jobs
    limiter: Limiter
    clock: Clock
    mint: Mint
    meter: Meter
    blobs: Blobs
    typesetter: Typesetter
    passed_over: Counter[str] = dataclasses.field(default_factory=Counter)
    public_url: str = ""
    schedule: RetrySchedule = SCHEDULE
    pacing: Pacing = PACING
    delivery_deadline_s: float = 15.0
    queues_every_s: float = 60.0


class Asking(msgspec.Struct, frozen=True):
    """Who asks, under which request id, and why, where a reason is owed.

    key: the Idempotency-Key of the request, already taken; an intent is linked to it.
    """

    who: Principal
    request: str | None = None
    reason: str = ""
    key: str | None = None

    @property
    def scope(self) -> Scope:
        return self.who.scope

    def need(self, permission: Permission) -> None:
        """Forbidden: the key lacks *permission*."""
        if not self.who.may(permission):
            raise Forbidden("forbidden", f"this key lacks the permission {permission}")


async def write_audit(
    hub: Hub,
    tx: Tx,
    asking: Asking,
    action: str,
    subject: str,
    *,
    before: Any = None,
    after: Any = None,
) -> None:
    """Add to the trail in the transaction that makes the change."""
    await tx.audit(
        AuditEntry(
            id=hub.mint.id("aud"),
            at=hub.clock.now(),
            actor=asking.who.id,
            action=action,
            subject=subject,
            reason=asking.reason,
            before=_facts(before),
            after=_facts(after),
            request=asking.request,
        )
    )


async def write_intent(
    hub: Hub, tx: Tx, asking: Asking, action: str, subject: str, *, before: Any = None, after: Any
) -> None:
    """Before an unsafe call: who wants it, and that the request's key now stands for *subject*,
    so that a repeat of the request finds it, wherever this one dies."""
    if asking.key is not None:
        await tx.link_key(asking.who.id, asking.key, subject)
    await write_audit(hub, tx, asking, action, subject, before=before, after=after)


async def ring_after(hub: Hub, bell: Bell, check_at: datetime | None, *, told: bool) -> None:
    """After commit: deliveries wait if an event was told; *bell* rings when a check falls due."""
    if told:
        await hub.jobs.ring(Bell.DELIVERIES)
    if check_at is not None:
        await hub.jobs.ring_at(bell, check_at)


def _facts(value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    facts: dict[str, Any] = msgspec.to_builtins(value, enc_hook=_hide)
    return facts


def _hide(value: Any) -> str:
    return "•••"  # the only non-JSON values in the domain are secrets


def by_itself(scope: Scope) -> Asking:
    """The hub acting on its own: reconciler, inbox, dispatcher."""
    return Asking(who=Principal(id="hub", scope=scope, permissions=frozenset({Permission.ADMIN})))
