"""Small steps through an OTA message, each checked: what is missing is said by its name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache, lru_cache

from adapters._kit.ota.dialects import NAMESPACE
from adapters._kit.unreadable import Unreadable
from adapters._kit.xml import Element
from core.domain.money import Money


@cache
def tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def named(element: Element, name: str) -> Element:
    """*element*, when it is an OTA message of that name. Unreadable: it is another."""
    if element.tag == tag(name):
        return element
    if str(element.tag).rpartition("}")[2] == name:
        raise Unreadable(f"{name} is not in the namespace of OpenTravel")
    raise Unreadable(f"another message than {name}")


def child(element: Element, *path: str) -> Element:
    """The first element at *path*, None where there is none."""
    for name in path:
        wanted = tag(name)
        for one in element:  # quicker than a search: there are few, and mostly it is the first
            if one.tag == wanted:
                element = one
                break
        else:
            return None
    return element


def children(element: Element, *path: str) -> Iterator[Element]:
    """All elements of the last name of *path*, in the first parent there is."""
    parent = child(element, *path[:-1])
    return iter(()) if parent is None else parent.iterchildren(tag(path[-1]))


class Parts:
    """An element that is looked into many times: its first child of each name. Of None: none."""

    __slots__ = ("_first", "element")

    def __init__(self, element: Element) -> None:
        self.element = element
        self._first: dict[str, Element] = {}
        for one in () if element is None else element:
            self._first.setdefault(one.tag, one)

    def get(self, name: str) -> str | None:
        """An attribute."""
        return None if self.element is None else self.element.get(name)

    def child(self, name: str, *path: str) -> Element:
        found = self._first.get(tag(name))
        return child(found, *path) if path and found is not None else found

    def children(self, name: str, *path: str) -> Iterator[Element]:
        found = self._first.get(tag(name))
        return iter(()) if found is None else children(found, *path)


def text(element: Element, *path: str) -> str:
    found = child(element, *path)
    return "" if found is None or found.text is None else str(found.text).strip()


def needed(element: Element, name: str) -> str:
    """An attribute. ValueError: it is not there."""
    value = element.get(name)
    if not value:
        raise ValueError(f"no @{name}")
    return str(value)


def whole(element: Element, name: str, otherwise: int) -> int:
    value = element.get(name)
    return int(value) if value else otherwise


@lru_cache(maxsize=4096)
def day(value: str) -> date:
    """A date, or the date of a dateTime. ValueError: it is neither."""
    return date.fromisoformat(value[:10])


@lru_cache(maxsize=4096)
def money(value: str, currency: str) -> Money:
    """An amount in major units. ValueError: it is none, or the currency has no such digits."""
    return Money.of(value, currency)


@lru_cache(maxsize=4096)
def told(value: str | None, currency: str | None) -> Money | None:
    """What a reservation says that something costs, to the digits of its currency: channels
    tell averages. None: it is not told, or is no amount; the reservation stands without it."""
    try:
        return Money.rounded(value, currency) if value and currency else None
    except ValueError:
        return None


def moment(value: str) -> datetime | None:
    """An instant; one without an offset is UTC. None: there is none."""
    if not value:
        return None
    found = datetime.fromisoformat(value)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
