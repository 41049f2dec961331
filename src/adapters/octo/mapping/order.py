"""An order in their words: a hold first, without a name in it, then the confirmation."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from adapters.octo.mapping import ids
from core.domain.bookings.activity import ActivityOffer, UnitKind
from core.domain.person import Guest, Person, PersonKind
from ports.activity_supplier import ActivityOrder

HOLD_MINUTES = 10
LONGEST_NAME = 100
LONGEST_NOTE = 2000
RELEASED = "Not confirmed: the hold is given back"
_YOUNG = frozenset({UnitKind.CHILD, UnitKind.INFANT, UnitKind.YOUTH})


def hold(order: ActivityOrder, key: str) -> bytes:
    offer = order.offer
    return msgspec.json.encode(
        {
            "uuid": ids.booking(key),
            "productId": offer.product.code,
            "optionId": offer.option.code,
            "availabilityId": offer.source[0],
            "expirationMinutes": HOLD_MINUTES,
            "resellerReference": key,
            "currency": offer.price.net.currency,
            "unitItems": [
                {"uuid": ids.ticket(key, place), "unitId": code}
                for place, (code, _) in enumerate(_places(offer))
            ],
        }
    )


def confirm(order: ActivityOrder, key: str) -> bytes:
    """Every ticket again: one that is left out would be taken from the booking."""
    named = _named(order)
    return msgspec.json.encode(
        {
            "emailReceipt": False,
            "resellerReference": key,
            "contact": {**_names(order.holder), **_reached(order.holder), **_notes(order)},
            "unitItems": [
                {
                    "uuid": ids.ticket(key, place),
                    "unitId": code,
                    **({"contact": _names(named[place])} if place in named else {}),
                }
                for place, (code, _) in enumerate(_places(order.offer))
            ],
        }
    )


def extend(minutes: int) -> bytes:
    return msgspec.json.encode({"expirationMinutes": minutes})


def cancel(reason: str) -> bytes:
    return msgspec.json.encode({"reason": reason})


def missing(order: ActivityOrder) -> str | None:
    """Which field of the holder the supplier wants and nobody gave; None: it is all there."""
    wanted = order.offer.source[1:]
    if "emailAddress" in wanted and not order.holder.email:
        return "email"
    if "phoneNumber" in wanted and not order.holder.phone:
        return "phone"
    return None


def _places(offer: ActivityOffer) -> Iterator[tuple[str, UnitKind]]:
    for unit in offer.units:
        for _ in range(unit.count):
            yield unit.code, unit.kind


def _named(order: ActivityOrder) -> dict[int, Person]:
    """Whose ticket each is: children on tickets for the young, while there are both."""
    waiting = list(order.guests)
    named: dict[int, Person] = {}
    for place, (_, kind) in enumerate(_places(order.offer)):
        guest = _fitting(waiting, young=kind in _YOUNG)
        if guest is not None:
            waiting.remove(guest)
            named[place] = order.people[guest.person]
    return named


def _fitting(waiting: list[Guest], *, young: bool) -> Guest | None:
    wanted = PersonKind.CHILD if young else PersonKind.ADULT
    return next((guest for guest in waiting if guest.kind is wanted), None)


def _names(person: Person) -> dict[str, str]:
    """A person of one name, as many Indonesians are, has it in both places."""
    name, surname = person.name.strip(), person.surname.strip()
    first, last = (name or surname)[:LONGEST_NAME], (surname or name)[:LONGEST_NAME]
    full = f"{name} {surname}".strip()[: 2 * LONGEST_NAME]
    return {"firstName": first, "lastName": last, "fullName": full}


def _reached(person: Person) -> dict[str, str]:
    told = {"emailAddress": person.email, "phoneNumber": person.phone}
    return {field: text for field, text in told.items() if text}


def _notes(order: ActivityOrder) -> dict[str, str]:
    people = (order.holder, *(order.people[g.person] for g in order.guests))
    notes = dict.fromkeys(p.note.strip() for p in people if p.note)
    return {"notes": "\n".join(notes)[:LONGEST_NOTE]} if notes else {}
