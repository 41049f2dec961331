"""XML from outside, read without trusting it: no DTD, no entities, no network, bounded in depth.

The body is bounded before it comes here (`body.read_body`), and here once more: a tree takes a
hundred bytes for a tag of four, so that tags and attributes are counted before there is one.
A tree deeper than 256 elements, a text node above 10 MB and an attribute that entities blow up are
refused by the parser itself, because huge_tree stays off.
"""

from __future__ import annotations

import contextlib
from typing import Any

from lxml import etree

from adapters._kit.unreadable import Unreadable

Element = Any
LARGEST = 64 * 1024 * 1024
MOST_MARKUP = 1_500_000  # tags and attributes, opening and closing
_FEW = 64
_STEP = 1024 * 1024  # counted at once: it holds the interpreter's lock
_WRAPPED = 3  # envelope, body, answer: each alone in the one before


def read_xml(data: bytes) -> Element:
    """The root of *data*, without comments and processing instructions.

    Unreadable: not well-formed, too large, too deep, in another encoding than it says, or with
    a DOCTYPE, which no SOAP message may have (SOAP 1.1, 3).
    """
    if len(data) > LARGEST:
        raise Unreadable("larger than we read")
    if _markup(data) > MOST_MARKUP:
        raise Unreadable("more markup than we read")
    root = None
    with contextlib.suppress(etree.XMLSyntaxError, ValueError, LookupError):
        root = etree.fromstring(data, _parser())
    if root is None:  # outside the suppress: lxml's message quotes the document
        raise Unreadable("not well-formed XML")
    if root.getroottree().docinfo.doctype:
        raise Unreadable("a DOCTYPE")
    return root


def _markup(data: bytes) -> int:
    if len(data) <= _STEP:  # cannot be more
        return 0
    places = range(0, len(data), _STEP)
    return sum(data.count(c, p, p + _STEP) for p in places for c in (b"<", b"="))


FREED_AT_ONCE = 1024 * 1024  # of such a message a tree is gone in some five milliseconds


def let_go(element: Element, depth: int = 0) -> None:
    """Free the tree of a message larger than that bit by bit: in one go it would hold the
    interpreter's lock all the while."""
    while True:
        try:
            last = element[-1]
        except IndexError:
            return
        if depth < _WRAPPED or len(last) > _FEW:
            let_go(last, depth + 1)
        del element[-1]


def text(element: Element, path: str) -> str:
    """The stripped text at *path* ("{*}Rules/{*}Paragraph"), "" where there is none."""
    found = element.find(path)
    return "" if found is None or found.text is None else found.text.strip()


def local(element: Element) -> str:
    """The element's name without its namespace."""
    return str(etree.QName(element).localname)


def _parser() -> Any:
    """One for each document: a parser that is shared between threads takes the lock."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
