"""Card data leaves a message before anything of it is kept (PCI DSS 3.2 and 3.4)."""

from __future__ import annotations

from lxml import etree

from adapters._kit.ota.reading import tag
from adapters._kit.xml import Element, local
from core.domain.card import masked, masked_bytes

_SHOWN = 4
_CARD = tag("PaymentCard")
_CODES = frozenset({"SeriesCode", "MagneticStripe", "PIN"})  # never kept, in no form
_NUMBERS = frozenset({"CardNumber", "EncryptedValue", "MaskedCardNumber", "PlainText"})
# Ids may look like a card number, and must come back as they came.
_IDS = frozenset({"ID", "ResID_Value", "HotelCode", "RoomTypeCode", "RatePlanCode", "EchoToken"})


def masked_message(element: Element) -> bytes:
    """*element* on its own, as bytes: card numbers cut to their last four, also those that
    somebody wrote into words, and their codes gone. Changes *element*."""
    for card in element.iter(_CARD):
        for one in list(card.iter()):
            _cut(one)
    raw = _written(element)
    if masked_bytes(raw) == raw:
        return raw
    for one in element.iter():
        if one.text:
            one.text = masked(one.text)
        for name, value in one.items():
            if name not in _IDS:
                one.set(name, masked(value))
    return _written(element)


def _written(element: Element) -> bytes:
    raw: bytes = etree.tostring(element, encoding="utf-8", with_tail=False)
    return raw


def _cut(one: Element) -> None:
    name = local(one)
    if name in _CODES:
        one.getparent().remove(one)
        return
    if name in _NUMBERS and one.text:
        one.text = _last(one.text)
    for attribute, value in one.items():
        if attribute in _CODES:
            del one.attrib[attribute]
        elif attribute in _NUMBERS:
            one.set(attribute, _last(value))


def _last(number: str) -> str:
    digits = "".join(number.split())
    return "*" * max(0, len(digits) - _SHOWN) + digits[-_SHOWN:]
