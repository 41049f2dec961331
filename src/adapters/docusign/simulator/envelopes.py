"""Envelopes and their moves: sent, signed one after the other, declined, voided, out of time."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters._kit.simulator.paper import one_page, signed
from adapters.docusign.simulator.reading import Definition
from adapters.docusign.simulator.reject import Rejection

Emit = Callable[[str, "Envelope", str | None], None]
TRANSACTIONS_S, HOUR_S, POLLS_AN_HOUR = 7 * 86_400, 3600, 12


@dataclasses.dataclass
class Recipient:
    id: str
    order: int
    name: str
    email: str
    status: str = "created"
    sent: str | None = None
    signed: str | None = None


@dataclasses.dataclass
class Envelope:
    id: str
    definition: Definition
    pdf: bytes
    created: float
    recipients: list[Recipient]
    expires: float
    status: str = "sent"
    changed: float = 0.0
    completed: float | None = None
    voided: float | None = None
    voided_reason: str | None = None
    polled: list[float] = dataclasses.field(default_factory=list)

    @property
    def ours(self) -> str:
        """The caller's own reference, from its text custom field."""
        return self.definition.custom_fields.text_custom_fields[0].value


class Envelopes:
    """now: unix seconds. emit: called after each move with event, envelope and recipient."""

    def __init__(self, now: Callable[[], float], emit: Emit) -> None:
        self._now, self._emit = now, emit
        self.all: dict[str, Envelope] = {}

    def create(self, definition: Definition, pdf: bytes) -> Envelope:
        now = self._now()
        days = (
            int(definition.notification.expirations.expire_after)
            if definition.notification
            else 120
        )
        signers = sorted(definition.recipients.signers, key=lambda s: int(s.routing_order))
        made = Envelope(
            id=str(uuid.uuid4()),
            definition=definition,
            pdf=pdf,
            created=now,
            changed=now,
            expires=now + timedelta(days=days).total_seconds(),
            recipients=[
                Recipient(s.recipient_id, int(s.routing_order), s.name, s.email) for s in signers
            ],
        )
        self.all[made.id] = made
        self._emit("envelope-sent", made, None)
        self._ask_next(made)
        return made

    def get(self, id: str) -> Envelope:
        self.tick()
        found = self.all.get(id.lower())
        if found is None:
            raise Rejection(404, "ENVELOPE_DOES_NOT_EXIST", "The envelope does not exist")
        return found

    def polled(self, id: str) -> Envelope:
        found, now = self.get(id), self._now()
        found.polled = [at for at in found.polled if at > now - HOUR_S]
        if len(found.polled) >= POLLS_AN_HOUR:
            raise Rejection(400, "Hourly_Envelope_Polling_Limit_Exceeded", "Use Connect")
        found.polled.append(now)
        return found

    def by_transaction(self, ids: set[str]) -> list[Envelope]:
        """Transaction ids are known for seven days."""
        self.tick()
        since = self._now() - TRANSACTIONS_S
        return [
            e
            for e in self.all.values()
            if e.definition.transaction_id.lower() in ids and e.created > since
        ]

    def sign(self, id: str) -> Envelope:
        """Whoever is asked now signs."""
        found = self._open(id)
        signer, now = self._asked(found), self._now()
        signer.status, signer.signed = "completed", stamp(now)
        found.changed = now
        self._emit("recipient-completed", found, signer.id)
        if all(r.status == "completed" for r in found.recipients):
            found.status, found.completed = "completed", now
            self._emit("envelope-completed", found, None)
        else:
            self._ask_next(found)
        return found

    def decline(self, id: str) -> Envelope:
        found = self._open(id)
        signer = self._asked(found)
        signer.status, found.status, found.changed = "declined", "declined", self._now()
        self._emit("recipient-declined", found, signer.id)
        self._emit("envelope-declined", found, None)
        return found

    def void(self, id: str, reason: str) -> Envelope:
        found = self.get(id)
        if found.status not in ("sent", "delivered"):
            raise Rejection(400, "ENVELOPE_CANNOT_VOID_INVALID_STATE", "Only in-process envelopes")
        self._voided(found, reason, self._now())
        return found

    def tick(self) -> None:
        """What has run out of time is voided, a little after."""
        now = self._now()
        for one in self.all.values():
            if one.status in ("sent", "delivered") and one.expires <= now:
                self._voided(one, "Envelope has expired.", now)

    def combined(self, id: str) -> bytes:
        found = self.get(id)
        lines = [f"signed by recipient {r.id} at {r.signed}" for r in found.recipients if r.signed]
        return signed(found.pdf, lines) if lines else found.pdf

    def certificate(self, id: str) -> bytes:
        found = self.get(id)
        people = [f"{r.name} <{r.email}>: {r.status} {r.signed or ''}" for r in found.recipients]
        return one_page(["Certificate Of Completion", f"Envelope {id}: {found.status}", *people])

    def _voided(self, one: Envelope, reason: str, now: float) -> None:
        one.status, one.voided, one.voided_reason, one.changed = "voided", now, reason, now
        self._emit("envelope-voided", one, None)

    def _open(self, id: str) -> Envelope:
        found = self.get(id)
        if found.status not in ("sent", "delivered"):
            raise Rejection(400, "ENVELOPE_INVALID_STATUS", f"The envelope is {found.status}")
        return found

    def _asked(self, one: Envelope) -> Recipient:
        return next(r for r in one.recipients if r.status in ("sent", "delivered"))

    def _ask_next(self, one: Envelope) -> None:
        following = next(r for r in one.recipients if r.status == "created")
        following.status, following.sent = "sent", stamp(self._now())
        self._emit("recipient-sent", one, following.id)


def stamp(unix: float) -> str:
    """As DocuSign writes it: seven digits of a second."""
    at = datetime.fromtimestamp(unix, UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond:06d}0Z"


def told(one: Envelope, include: set[str]) -> dict[str, Any]:
    """An envelope as the API tells it."""
    body: dict[str, Any] = {
        "envelopeId": one.id,
        "status": one.status,
        "emailSubject": one.definition.email_subject,
        "createdDateTime": stamp(one.created),
        "sentDateTime": stamp(one.created),
        "statusChangedDateTime": stamp(one.changed),
        "expireEnabled": "true",
        "expireDateTime": stamp(one.expires),
    }
    if one.completed is not None:
        body["completedDateTime"] = stamp(one.completed)
    if one.voided is not None:
        body |= {"voidedDateTime": stamp(one.voided), "voidedReason": one.voided_reason}
    if "custom_fields" in include:
        fields = one.definition.custom_fields.text_custom_fields
        body["customFields"] = {
            "textCustomFields": [
                {"fieldId": str(n), "name": f.name, "value": f.value, "show": f.show}
                for n, f in enumerate(fields, 1)
            ],
            "listCustomFields": [],
        }
    if "recipients" in include:
        body["recipients"] = {
            "signers": [_recipient(r) for r in one.recipients],
            "recipientCount": str(len(one.recipients)),
        }
    return body


def _recipient(one: Recipient) -> dict[str, Any]:
    body: dict[str, Any] = {
        "recipientId": one.id,
        "routingOrder": str(one.order),
        "name": one.name,
        "email": one.email,
        "status": one.status,
    }
    if one.sent is not None:
        body["sentDateTime"] = one.sent
    if one.signed is not None:
        body["signedDateTime"] = one.signed
    return body
