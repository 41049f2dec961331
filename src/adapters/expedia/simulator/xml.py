"""Their messages, read by the schemas in contracts/expedia and written by hand."""

from __future__ import annotations

from typing import Any

from lxml import etree

from adapters._kit.soap_contract import contract_folder
from adapters._kit.unreadable import Unreadable
from adapters._kit.xml import Element, read_xml

EQC = "http://www.expediaconnect.com/EQC"
# operation → (root, namespace, schema) of the request, and of the answer
ASKED = {
    "ar": ("AvailRateUpdateRQ", f"{EQC}/AR/2011/06", "ar-rq"),
    "br": ("BookingRetrievalRQ", f"{EQC}/BR/2014/01", "br-rq"),
    "bc": ("BookingConfirmRQ", f"{EQC}/BC/2007/09", "bc-rq"),
    "parr": ("ProductAvailRateRetrievalRQ", f"{EQC}/PAR/2013/07", "par-rq"),
}
ANSWERED = {
    "ar": ("AvailRateUpdateRS", f"{EQC}/AR/2007/02"),
    "br": ("BookingRetrievalRS", f"{EQC}/BR/2014/01"),
    "bc": ("BookingConfirmRS", f"{EQC}/BC/2007/08"),
    "parr": ("ProductAvailRateRetrievalRS", f"{EQC}/PAR/2013/07"),
}


class Wrong(Exception):
    """An error of theirs: nothing was done."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


class Schemas:
    """Read once, when the simulator is made."""

    def __init__(self) -> None:
        folder = contract_folder("expedia")
        self._schemas = {
            operation: etree.XMLSchema(etree.parse(str(folder / f"{file}.xsd")))
            for operation, (_, _, file) in ASKED.items()
        }

    def read(self, operation: str, body: bytes) -> Element:
        """Wrong: it is not a request of theirs."""
        try:
            root = read_xml(body)
        except Unreadable:
            raise Wrong(2002, "Parsing error: not well-formed.") from None
        name, namespace, _ = ASKED[operation]
        if etree.QName(root).namespace != namespace:
            raise Wrong(2010, "The namespace specified is invalid.")
        if root.tag != f"{{{namespace}}}{name}":
            raise Wrong(2002, f"Parsing error: {name} was expected.")
        if not self._schemas[operation].validate(root):
            raise Wrong(3010, "Validation against schema failed.")
        return root


def answer(operation: str) -> Element:
    name, namespace = ANSWERED[operation]
    prefixes: Any = {None: namespace}
    return etree.Element(f"{{{namespace}}}{name}", nsmap=prefixes)


def add(parent: Element, name: str, text: str = "", /, **attributes: str) -> Element:
    made: Any = etree.SubElement(parent, f"{{{etree.QName(parent).namespace}}}{name}")
    made.text = text or None
    for attribute, value in attributes.items():
        made.set(attribute.rstrip("_"), value)
    return made


def wrong(operation: str, error: Wrong) -> bytes:
    root = answer(operation)
    add(root, "Error", error.words, code=str(error.code))
    return encoded(root)


def encoded(root: Element) -> bytes:
    written: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written


def told(flag: bool) -> str:
    return "true" if flag else "false"
