"""What a token was made of: the message as it stands, or the nearest repair that it fits."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import msgspec

from core.domain.webhooks.diagnosis.body import restored
from core.domain.webhooks.diagnosis.headers import Read, seconds
from core.domain.webhooks.diagnosis.keys import Key, digest, hashed
from core.domain.webhooks.diagnosis.tokens import Tokens


class Fit(msgspec.Struct, frozen=True):
    """What a token of the message was made of, shown by computing it."""

    id: str
    stamp: str
    body: bytes
    key: Key

    @property
    def content(self) -> bytes:
        head = f"{self.id}.{self.stamp}.".encode("utf-8", "replace")
        return head + self.body


def fit_of(
    got: Read, signed: Tokens, raw: bytes, sent: bytes | None, every: list[Key]
) -> Fit | None:
    digests = {*signed.strict, *signed.loose}
    candidates = ((fit.content, fit) for fit in _fits(got, raw, sent, every))
    for content, fit in hashed(candidates) if digests else ():
        if digest(fit.key.value, content) in digests:
            return fit
    return None


def _fits(got: Read, raw: bytes, sent: bytes | None, every: list[Key]) -> Iterator[Fit]:
    """The message as it stands first, then repaired, then under other endpoints' secrets."""
    ids, stamps = _ids(got, raw), _stamps(got)
    given = [raw] if sent is None else [raw, sent]
    own = [key for key in every if not key.elsewhere]
    foreign = [key for key in every if key.elsewhere]
    for bodies, tried in ((given, own), (given, foreign), (restored(raw), own)):
        for body in bodies:
            for key, id, stamp in itertools.product(tried, ids, stamps):
                yield Fit(id, stamp, body, key)


def _ids(got: Read, raw: bytes) -> list[str]:
    """As received; without what surrounds it; as the body says."""
    cleaned = (id.partition(",")[0].strip(" \t\"'") for id in got.ids)
    lower = (id.lower() for id in got.ids)
    return list(dict.fromkeys([*got.ids, *cleaned, *lower, *named_in(raw)])) if got.ids else []


def named_in(raw: bytes) -> list[str]:
    try:
        told = msgspec.json.decode(raw, type=dict[str, msgspec.Raw]).get("id")
        return [] if told is None else [msgspec.json.decode(told, type=str)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []


def _stamps(got: Read) -> list[str]:
    meant = (seconds(stamp)[0] for stamp in got.stamps)
    return list(dict.fromkeys([*got.stamps, *(str(s) for s in meant if s is not None)]))
