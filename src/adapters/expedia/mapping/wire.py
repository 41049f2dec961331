"""Names of their messages. Namespaces are versions, and differ by direction."""

from __future__ import annotations

from typing import Any

import msgspec
from lxml import etree

from adapters._kit.unreadable import Unreadable
from adapters._kit.xml import Element
from adapters.expedia.mapping.faults import EqcError

_EQC = "http://www.expediaconnect.com/EQC"


class Kind(msgspec.Struct, frozen=True):
    """path: below the base URL. asked, answered: root and namespace of request and answer."""

    path: str
    asked: tuple[str, str]
    answered: tuple[str, str]


AR = Kind(
    "/ar",
    ("AvailRateUpdateRQ", f"{_EQC}/AR/2011/06"),
    ("AvailRateUpdateRS", f"{_EQC}/AR/2007/02"),
)
BR = Kind(
    "/br",
    ("BookingRetrievalRQ", f"{_EQC}/BR/2014/01"),
    ("BookingRetrievalRS", f"{_EQC}/BR/2014/01"),
)
BC = Kind(
    "/bc",
    ("BookingConfirmRQ", f"{_EQC}/BC/2007/09"),
    ("BookingConfirmRS", f"{_EQC}/BC/2007/08"),
)
PARR = Kind(
    "/parr",
    ("ProductAvailRateRetrievalRQ", f"{_EQC}/PAR/2013/07"),
    ("ProductAvailRateRetrievalRS", f"{_EQC}/PAR/2013/07"),
)
KINDS = (AR, BR, BC, PARR)


class Login(msgspec.Struct, frozen=True):
    username: str
    password: str

    def __repr__(self) -> str:  # a Struct's own would print the password
        return "Login(…)"


def request(message: Kind, login: Login, hotel: str) -> Element:
    """The root, with credential and hotel; what is asked comes after them."""
    name, namespace = message.asked
    prefixes: Any = {None: namespace}  # the stubs know only of prefixes with a name
    root = etree.Element(f"{{{namespace}}}{name}", nsmap=prefixes)
    child(root, "Authentication", username=login.username, password=login.password)
    child(root, "Hotel", id=hotel)
    return root


def child(parent: Element, name: str, /, **attributes: str) -> Element:
    """A new element of the parent's namespace."""
    made: Any = etree.SubElement(parent, f"{{{etree.QName(parent).namespace}}}{name}")
    for attribute, value in attributes.items():
        made.set(attribute, value)
    return made


def encoded(root: Element) -> bytes:
    written: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written


def said(flag: bool) -> str:
    return "true" if flag else "false"


def errors(root: Element, message: Kind) -> tuple[EqcError, ...]:
    """The errors of an answer, none where it is a success.

    Unreadable: another message, or one of another version.
    """
    name, namespace = message.answered
    if root.tag != f"{{{namespace}}}{name}":
        raise Unreadable("another message than was asked for")
    return tuple(
        EqcError(int(one.get("code", "")), (one.text or "").strip()) for one in all_(root, "Error")
    )


def all_(parent: Element, name: str) -> list[Element]:
    """Children of that name, whatever their namespace."""
    return list(parent.iterchildren(f"{{*}}{name}"))


def first(parent: Element, name: str) -> Element:
    """LookupError: there is none."""
    found = maybe(parent, name)
    if found is None:
        raise LookupError(name)
    return found


def maybe(parent: Element, name: str) -> Element:
    """None: there is none."""
    return next(parent.iterchildren(f"{{*}}{name}"), None)
