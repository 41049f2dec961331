"""The signature that a receiver computed: what it is, and how it came about."""

from __future__ import annotations

import re

from core.domain.webhooks.diagnosis.finding import Cause, Finding
from core.domain.webhooks.diagnosis.keys import Key
from core.domain.webhooks.diagnosis.tokens import digest_of, digests_in
from core.domain.webhooks.diagnosis.ways import Message, how_made

_FORM = "Write the digest in standard base64, and compare it with what follows `v1,`."


def expected_findings(text: str, message: Message | None, known: list[Key]) -> list[Finding]:
    """message: None when id or timestamp are not known, so that nothing can be computed."""
    written = digests_in(text.strip())
    if not written:
        return [_UNREADABLE]
    form = _form(written[0])
    if message is None:
        return form
    digests = {d for d in map(digest_of, written) if d is not None}
    mistakes = how_made(digests, message, known)
    if mistakes is None:
        return [*form, _UNEXPLAINED]
    return [*mistakes, *form] or [_RIGHT]


def _form(written: str) -> list[Finding]:
    if re.fullmatch(r"[0-9a-fA-F]+", written):
        words = "The receiver writes its signature in hex; the header has base64."
        return [Finding(Cause.DIGEST_IN_HEX, words, _FORM)]
    if "-" in written or "_" in written or len(written) % 4:
        words = "The receiver writes its signature in base64url, or without the = at its end."
        return [Finding(Cause.DIGEST_IN_BASE64URL, words, _FORM)]
    return []


_RIGHT = Finding(
    Cause.EXPECTED_RIGHT,
    "The receiver computes as it should over these headers and this body.",
    "If it still refuses the message, and nothing is found above, its comparison is wrong: "
    "split the header at spaces, take `v1,` off each token, and accept if any is equal.",
)
_UNREADABLE = Finding(
    Cause.EXPECTED_UNREADABLE,
    "The signature the receiver computed is not the digest of a known hash, in base64 or hex.",
    "Give what the receiver compares with a token of webhook-signature.",
)
_UNEXPLAINED = Finding(
    Cause.EXPECTED_UNEXPLAINED,
    "No usual mistake leads to the signature the receiver computed: its secret is another one, "
    "or it signs other bytes than these.",
    "Compare the secret's last characters with the one the endpoint was given, and give the "
    "doctor the very bytes that the receiver signs.",
)
