"""Typed ids: a prefix and a UUIDv7 in Crockford base 32, so that they sort by time.

bkg_06bq3k5t8n5gk9v1d0h2m4p6r8. Letters are lower case and leave out i, l, o and u.
A feed never pages by them: a late commit would be skipped.
"""

from __future__ import annotations

import re

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(one + other for one in _ALPHABET for other in _ALPHABET)
_SHIFTS = tuple(range(120, -1, -10))

PREFIXES = {
    "tnt": "tenant",
    "ent": "legal entity",
    "key": "API key",
    "acc": "vendor account",
    "con": "connection",
    "ptn": "partner",
    "end": "endpoint",
    "sgk": "signing key",
    "per": "person",
    "qte": "quote",
    "bkg": "booking",
    "pnr": "PNR",
    "pay": "payment",
    "rfd": "refund",
    "pln": "payment plan",
    "agr": "agreement",
    "tpl": "template",
    "evt": "event",
    "dlv": "delivery",
    "att": "attempt",
    "rcv": "recovery",
    "dpt": "departure",
    "plg": "pilgrim",
    "flg": "filing",
    "imp": "import of pilgrims",
    "aud": "audit entry",
    "inb": "inbox message",
    "rej": "rejection",
    "prp": "property",
    "rmt": "room type",
    "rpl": "rate plan",
    "alt": "allotment",
    "hld": "hold",
    "sal": "sale",
    "rsv": "reservation",
    "chn": "channel",
    "ack": "acknowledgement",
    "brc": "breach",
    "rdg": "reading",
    "req": "request",
    "lse": "lease",
}


def encode(prefix: str, unix_ms: int, entropy: bytes) -> str:
    """A new id from its time and 10 random bytes (RFC 9562, version 7)."""
    if prefix not in PREFIXES:
        raise ValueError(f"unknown id prefix: {prefix}")
    noise = int.from_bytes(entropy[:10], "big")
    value = (unix_ms << 80) | noise
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    digits = "".join([_PAIRS[(value >> shift) & 1023] for shift in _SHIFTS])
    return f"{prefix}_{digits}"


FORM = rf"({'|'.join(PREFIXES)})_[{_ALPHABET}]{{26}}"
_WHOLE = re.compile(FORM)


def is_id(text: str, prefix: str) -> bool:
    return text.startswith(prefix + "_") and _WHOLE.fullmatch(text) is not None
