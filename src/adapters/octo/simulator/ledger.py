"""Bookings, from hold to door, and the places they take. The reseller's uuid is the booking."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from adapters.octo.simulator import slots
from adapters.octo.simulator.faults import Fault, Kind
from adapters.octo.simulator.reading import Fields, contact, nobody
from adapters.octo.simulator.reject import malformed, no_booking, unfit, unknown
from adapters.octo.simulator.selling import check_party, currency_of, product_of
from adapters.octo.simulator.slots import Slot, places
from adapters.octo.simulator.tours import Ticket

LONGEST_HOLD = 30
ON_HOLD, CONFIRMED, PENDING = "ON_HOLD", "CONFIRMED", "PENDING"
ALIVE = frozenset({ON_HOLD, CONFIRMED, PENDING, "REDEEMED"})
ODD_STATUS = "AWAITING_WEATHER"


@dataclasses.dataclass
class Item:
    uuid: str
    ticket: Ticket
    contact: dict[str, Any]
    reference: str | None = None
    reseller_reference: str | None = None


@dataclasses.dataclass
class Kept:
    """One booking. digest: of the request that made it, to know a repeat from a clash."""

    uuid: str
    digest: str
    number: int
    slot: Slot
    items: list[Item]
    pricing: dict[str, Any]
    created: datetime
    updated: datetime
    expires: datetime | None
    contact: dict[str, Any]
    notes: str | None
    reseller_reference: str | None
    test: bool
    status: str = ON_HOLD
    confirmed: datetime | None = None
    cancellation: dict[str, Any] | None = None

    @property
    def reference(self) -> str:
        return f"RHL{self.number}"

    @property
    def counts(self) -> Counter[str]:
        return Counter(item.ticket.id for item in self.items)


class Ledger:
    """forgets: True for a supplier that does not know a hold any more once it has run out."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}
        self._number = 70_000
        self.forgets = False

    def all(self) -> list[Kept]:
        return list(self._kept.values())

    def taken(self, slot: Slot) -> int:
        return sum(
            places(one.slot.tour, one.counts)
            for one in self._kept.values()
            if one.slot == slot and one.status in ALIVE
        )

    def tick(self, now: datetime) -> None:
        """Holds that have run out are over."""
        for one in self._kept.values():
            if one.status == ON_HOLD and one.expires is not None and one.expires <= now:
                one.status, one.updated = "EXPIRED", one.expires

    def booking(self, uuid: str) -> Kept:
        one = self._kept.get(uuid.lower())
        if one is None or (self.forgets and one.status == "EXPIRED"):
            raise no_booking(uuid)
        return one

    def listed(self, reseller: str | None, supplier: str | None) -> list[Kept]:
        if reseller is None and supplier is None:
            raise malformed("resellerReference or supplierReference is missing")
        return [
            one
            for one in self._kept.values()
            if reseller in (None, one.reseller_reference) and supplier in (None, one.reference)
        ]

    def hold(
        self,
        document: dict[str, Any],
        *,
        now: datetime,
        asked: frozenset[str],
        fault: Fault | None,
    ) -> Kept:
        """The same request again is the same booking; another one under its uuid is refused."""
        digest = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
        fields = Fields(document)
        uuid = fields.uuid("uuid") if fields.has("uuid") else _minted(digest)
        before = self._kept.get(uuid)
        if before is not None:
            if before.digest != digest or (self.forgets and before.status == "EXPIRED"):
                raise no_booking(uuid)
            return before
        made = self._made(fields, uuid, digest, now, asked, fault)
        self._kept[uuid] = made
        return made

    def confirm(self, uuid: str, document: dict[str, Any], *, now: datetime) -> Kept:
        one = self.booking(uuid)
        fields = Fields(document)
        if fields.has("emailReceipt"):
            fields.flag("emailReceipt")
        reseller = fields.maybe_text("resellerReference", 255)
        who = contact(fields.part("contact"))
        items = fields.rows("unitItems") if fields.has("unitItems") else None
        fields.done()
        if one.status in (CONFIRMED, PENDING):
            return one
        if one.status != ON_HOLD:
            raise no_booking(uuid)
        missing = [name for name in one.slot.tour.asked if not who[name]]
        if missing:
            raise unfit(f"contact.{missing[0]} is required")
        if items is not None:
            _rename(one, items)
        one.contact, one.reseller_reference = who, reseller or one.reseller_reference
        one.status = CONFIRMED if one.slot.tour.instant else PENDING
        one.confirmed = now if one.slot.tour.instant else None
        one.expires, one.updated = None, now
        return one

    def answer(self, uuid: str, *, accept: bool, now: datetime) -> Kept:
        """Somebody made up their mind about a booking on request."""
        one = self.booking(uuid)
        if one.status != PENDING:
            raise unfit("Nobody was asked")
        one.status, one.updated = (CONFIRMED if accept else "REJECTED"), now
        one.confirmed = now if accept else None
        return one

    def extend(self, uuid: str, document: dict[str, Any], *, now: datetime) -> Kept:
        one = self.booking(uuid)
        fields = Fields(document)
        minutes = _minutes(fields)
        fields.done()
        if one.status != ON_HOLD:
            raise unfit("Only a hold is extended")
        one.expires, one.updated = now + timedelta(minutes=minutes), now
        return one

    def cancel(self, uuid: str, document: dict[str, Any], *, now: datetime) -> Kept:
        one = self.booking(uuid)
        fields = Fields(document)
        reason = fields.maybe_text("reason")
        if fields.has("force"):
            fields.flag("force")
        fields.done()
        if one.status not in ALIVE:
            raise unfit("It is not alive")
        if one.status == CONFIRMED and not is_cancellable(one, now):
            raise unfit("The cancellation cut-off has passed")
        one.status = "EXPIRED" if one.status == ON_HOLD else "CANCELLED"
        when = slots.instant(now)
        one.cancellation = {"refund": "FULL", "reason": reason, "utcCancelledAt": when}
        one.expires, one.updated = None, now
        return one

    def _made(
        self,
        fields: Fields,
        uuid: str,
        digest: str,
        now: datetime,
        asked: frozenset[str],
        fault: Fault | None,
    ) -> Kept:
        tour, option = product_of(fields)
        id = fields.text("availabilityId", 100)
        slot = slots.find(tour, option, id)
        kind = fault.kind if fault else None
        if slot is None or kind is Kind.EXPIRED:
            raise unknown("availabilityId", id)
        items = list(_items(fields, slot))
        minutes = _minutes(fields)
        who = contact(fields.part("contact")) if fields.has("contact") else nobody()
        notes, reseller = fields.maybe_text("notes"), fields.maybe_text("resellerReference", 255)
        currency_of(fields, tour, asked)
        fields.done()
        wanted = Counter(item.ticket.id for item in items)
        check_party(tour, wanted)
        self._room_for(slot, wanted, now, kind)
        self._number += 1
        dearer = (fault.value or 10) if fault and kind is Kind.DEARER else 0.0
        return Kept(
            uuid=uuid,
            digest=digest,
            number=self._number,
            slot=slot,
            items=items,
            pricing=slots.pricing(tour, wanted, slot.start.date(), dearer),
            created=now,
            updated=now,
            expires=now + timedelta(minutes=minutes),
            contact=who,
            notes=notes,
            reseller_reference=reseller,
            test=kind is not Kind.OTHER_MODE,
            status=ODD_STATUS if kind is Kind.ODD_STATUS else ON_HOLD,
        )

    def _room_for(self, slot: Slot, wanted: Counter[str], now: datetime, kind: Kind | None) -> None:
        vacancies = slots.left(slot, self.taken)
        enough = vacancies is None or vacancies >= places(slot.tour, wanted)
        if kind is Kind.REFUSED:
            raise unfit("For a reason of ours")
        if not enough or slot.is_closed or now >= slot.cutoff or kind is Kind.SOLD_OUT:
            raise unfit("It is not available")


def is_cancellable(one: Kept, now: datetime) -> bool:
    return one.status in ALIVE and now < one.slot.cancellable_until


def _items(fields: Fields, slot: Slot) -> Iterable[Item]:
    tickets = {ticket.id: ticket for ticket in slot.tour.tickets}
    seen: set[str] = set()
    for place, entry in enumerate(fields.rows("unitItems")):
        item = Fields(entry, "unitItems")
        id = item.text("unitId", 100)
        uuid = item.uuid("uuid") if item.has("uuid") else _minted(f"{id}{place}")
        who = contact(item.part("contact")) if item.has("contact") else nobody()
        reseller = item.maybe_text("resellerReference", 255)
        item.done()
        if id not in tickets:
            raise unknown("unitId", id)
        if uuid in seen:
            raise malformed("unitItems: one uuid for each ticket")
        seen.add(uuid)
        yield Item(uuid, tickets[id], who, reseller_reference=reseller)


def _rename(one: Kept, entries: list[Any]) -> None:
    """Who is left out of the confirmation would lose the ticket: it has to name them all."""
    told = {}
    for entry in entries:
        item = Fields(entry, "unitItems")
        id, uuid = item.text("unitId", 100), item.uuid("uuid")
        told[uuid, id] = contact(item.part("contact")) if item.has("contact") else nobody()
        item.maybe_text("resellerReference", 255)
        item.done()
    if set(told) != {(item.uuid, item.ticket.id) for item in one.items}:
        raise unfit("unitItems: other tickets than are held")
    for held in one.items:
        held.contact = told[held.uuid, held.ticket.id]


def _minted(seed: str) -> str:
    """A uuid of theirs, for whoever sends none."""
    return str(uuid5(NAMESPACE_OID, seed))


def _minutes(fields: Fields) -> int:
    """No longer than they hold anything."""
    if not fields.has("expirationMinutes"):
        return LONGEST_HOLD
    return min(LONGEST_HOLD, fields.number("expirationMinutes", 1, 1440))
