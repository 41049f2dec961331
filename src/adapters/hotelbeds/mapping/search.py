"""A search in their words, and which rooms are asked together."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from core.domain.bookings.hotel import Circle, HotelSearch
from core.domain.stay import Occupancy


class Group(msgspec.Struct, frozen=True):
    """Rooms with the same party, asked as one. places: their indices in the search."""

    occupancy: Occupancy
    places: tuple[int, ...]


def groups(rooms: Sequence[Occupancy]) -> tuple[Group, ...]:
    """In the order in which each party first appears."""
    places: dict[tuple[int, tuple[int, ...]], list[int]] = {}
    for i, room in enumerate(rooms):
        places.setdefault((room.adults, tuple(sorted(room.children))), []).append(i)
    return tuple(
        Group(Occupancy(adults, children), tuple(where))
        for (adults, children), where in places.items()
    )


def availability(
    search: HotelSearch, codes: Sequence[str], *, language: str, market: str | None
) -> bytes:
    """codes: hotels, when the destination names them. ValueError: a code is no number of theirs."""
    request: dict[str, object] = {
        "stay": {
            "checkIn": search.stay.check_in.isoformat(),
            "checkOut": search.stay.check_out.isoformat(),
        },
        "occupancies": [_occupancy(g) for g in groups(search.rooms)],
        "sourceMarket": market or search.nationality,
        "language": language,
    }
    if isinstance(search.destination, Circle):
        circle = search.destination
        request["geolocation"] = {
            "latitude": f"{circle.latitude:.6f}",
            "longitude": f"{circle.longitude:.6f}",
            "radius": f"{circle.radius_km:g}",
            "unit": "km",
        }
    else:
        request["hotels"] = {"hotel": [_code(c) for c in codes]}
    return msgspec.json.encode(request)


def _occupancy(group: Group) -> dict[str, object]:
    party = group.occupancy
    ages = [{"type": "CH", "age": age} for age in party.children]
    asked = {"rooms": len(group.places), "adults": party.adults, "children": len(party.children)}
    return {**asked, "paxes": ages} if ages else dict(asked)


def _code(code: str) -> int:
    if not (code.isascii() and code.isdecimal() and len(code) <= 9):
        raise ValueError(f"Hotelbeds numbers its hotels; {code[:20]!r} is no number")
    return int(code)
