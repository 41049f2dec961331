"""Which reservations are over: of the rooms that are taken beyond a night's limit, the last that came.

Whoever else takes a room does so only where there is one, so that on a night that is over nobody
came after the first who was forced but others who were. Of those that were ever forced on it, the
last by arrival are therefore over, as many rooms as its limit is exceeded by: who came earlier has
got a room that came back meanwhile, and keeps it when the night is overbooked again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from core.domain.channels.reservation import ForcedNight, Reservation
from core.domain.stock.moves import Key, sell

Owned = tuple[str, ForcedNight]


def marked(
    reservation: Reservation, more: Iterable[ForcedNight], over: Mapping[Key, int]
) -> Reservation:
    """With *more* rooms that were not there, and without those that it has given back or that are
    there by now. over: by how much a night's limit is exceeded; of nights that it does not tell,
    nothing has changed."""
    held = {move.key: move.sold for move in sell(reservation.taken)}
    left = {key: min(rooms, over.get(key, rooms)) for key, rooms in held.items()}
    forced = ((reservation.id, one) for one in (*reservation.forced, *more))
    return _with(reservation, [one for _, one in _last(forced, left)])


def over_now(marks: Iterable[Reservation], over: Mapping[Key, int]) -> dict[str, Reservation]:
    """*marks* as they are, by id: each with what of it is over. marks: all that were ever forced
    on the nights that *over* tells by how much their limit is exceeded; nothing else is over."""
    known = {one.id: one for one in marks}
    forced = ((r.id, one) for r in known.values() if r.is_overbooked for one in r.forced)
    found: dict[str, list[ForcedNight]] = {id: [] for id in known}
    for id, one in _last(forced, over):
        found[id].append(one)
    return {id: _with(known[id], of) for id, of in found.items()}


def _last(forced: Iterable[Owned], left: Mapping[Key, int]) -> Iterator[Owned]:
    """The last of *forced* by arrival, as many rooms of each night as *left* says."""
    rest = dict(left)
    for id, one in sorted(forced, key=lambda owned: (owned[1].since, owned[0]), reverse=True):
        rooms = min(one.rooms, rest.get(one.key, 0))
        if rooms:
            rest[one.key] -= rooms
            yield id, msgspec.structs.replace(one, rooms=rooms)


def _with(reservation: Reservation, forced: Iterable[ForcedNight]) -> Reservation:
    by_night = sorted(forced, key=lambda one: (one.key, one.since))
    return msgspec.structs.replace(reservation, forced=tuple(by_night))
