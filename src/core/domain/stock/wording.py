"""What a property, a room type or a rate plan may be called and said to be, whoever says it.

Each kind carries its bounds for the API's description; a fault says them in a sentence, under a
pointer that every entrance turns into a name of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from core.domain.country import COUNTRIES
from core.domain.problem import Fault

Code = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=40,
        pattern=r"^[A-Za-z0-9._-]+$",
        description="Your own word for it.",
    ),
]
Title = Annotated[str, Meta(min_length=1, max_length=200, description="Without spaces around it.")]
Country = Annotated[str, Meta(pattern="^[A-Z]{2}$", description="ISO 3166.")]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
Category = Annotated[str, Meta(max_length=20)]
Adults = Annotated[int, Meta(ge=1, le=9)]
Children = Annotated[int, Meta(ge=0, le=6)]
Places = Annotated[
    int, Meta(ge=0, le=15, description="People at most; 0: as many as adults and children.")
]

_RULES: Mapping[str, tuple[Any, str]] = {
    "code": (Code, "is 1 to 40 letters, digits, dots, hyphens and underscores"),
    "name": (Title, "is 1 to 200 characters, without spaces around them"),
    "country": (Country, "is an ISO 3166 country, as SA or ID"),
    "latitude": (Latitude | None, "is -90 to 90 degrees"),
    "longitude": (Longitude | None, "is -180 to 180 degrees"),
    "category": (Category, "is at most 20 characters"),
    "max_adults": (Adults, "is 1 to 9"),
    "max_children": (Children, "is 0 to 6"),
    "places": (Places, "is 0 (as many as adults and children) to 15"),
}


def wrong_with(said: Mapping[str, Any]) -> Iterator[Fault]:
    """Every fault of the fields in *said*, by name; what is not in it is not asked for."""
    for name, (kind, sentence) in _RULES.items():
        if name in said and not _fits(name, said[name], kind):
            yield Fault(f"/{name}", sentence)
    if "latitude" in said and "longitude" in said:
        for name, other in (("latitude", "longitude"), ("longitude", "latitude")):
            if said[name] is None and said[other] is not None:
                yield Fault(f"/{name}", f"is needed with {other}: a place has both or neither")


def _fits(name: str, value: Any, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    if name == "country":
        return value in COUNTRIES
    return name not in ("code", "name") or (value != "" and value == value.strip())
