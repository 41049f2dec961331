"""How a signature came about: every usual mistake, tried until one gives the very same digest."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Callable, Collection, Iterator

import msgspec

from core.domain.webhooks.diagnosis.body import BOM, rewritten
from core.domain.webhooks.diagnosis.finding import Cause, Finding
from core.domain.webhooks.diagnosis.keys import Key, digest, hashed, secret_finding
from core.domain.webhooks.signature import SECRET as PREFIX

_MOST_MISTAKES = 3
_CONTENT = "Sign id, timestamp and raw body, joined by full stops: {id}.{timestamp}.{body}."
_RAW = "Sign the raw bytes of the request's body, before anything parses or decodes them."


class Message(msgspec.Struct, frozen=True):
    """bodies: the one received first, then what else it may have been."""

    id: str
    stamp: str
    bodies: tuple[bytes, ...]


# A step of the computation, right (None) or mistaken (the finding), and what it gives.
KeyStep = tuple[Finding | None, bytes]
BodyStep = tuple[Finding | None, bytes]
LayoutStep = tuple[Finding | None, Callable[[bytes, bytes, bytes], bytes]]
HashStep = tuple[Finding | None, str]


def how_made(
    digests: Collection[bytes], message: Message, known: list[Key]
) -> tuple[Finding, ...] | None:
    """The mistakes that lead to one of *digests*, () when there are none. None: no way known
    leads there, so it was another secret, or other bytes."""
    for content, (key, name, mistakes) in hashed(_computations(message, known)):
        if digest(key, content, name) in digests:
            return mistakes
    return None


def _computations(
    message: Message, known: list[Key]
) -> Iterator[tuple[bytes, tuple[bytes, str, tuple[Finding, ...]]]]:
    """The fewest mistakes first; with another endpoint's secret, that mistake alone."""
    own = [key for key in known if not key.elsewhere]
    foreign: list[KeyStep] = [(secret_finding(k), k.value) for k in known if k.elsewhere]
    bodies = list(_bodies(message.bodies))
    steps = itertools.chain(
        itertools.product(foreign, _LAYOUTS[:1], bodies[:1], _HASHES[:1]),
        itertools.product(list(_keys(own)), _LAYOUTS, bodies, _HASHES),
    )
    mistaken = [(tuple(s[0] for s in chosen if s[0] is not None), chosen) for chosen in steps]
    mistaken.sort(key=lambda m: len(m[0]))
    id, stamp = message.id.encode("utf-8", "replace"), message.stamp.encode("utf-8", "replace")
    for mistakes, ((_, key), (_, layout), (_, body), (_, name)) in mistaken:
        if len(mistakes) <= _MOST_MISTAKES:
            yield layout(id, stamp, body), (key, name, mistakes)


def _keys(own: list[Key]) -> Iterator[KeyStep]:
    for key in own:
        yield (None if key.valid else secret_finding(key)), key.value
        bare = key.secret.removeprefix(PREFIX)
        yield _NOT_DECODED, bare.encode()
        yield _PREFIX_AS_TEXT, key.secret.encode()
        yield from ((_PREFIX_DECODED, k) for k in _decoded_with_prefix(key.secret))


def _decoded_with_prefix(secret: str) -> Iterator[bytes]:
    """What lenient decoders make of `whsec_…`: some take _ for /, others skip it."""
    for text in (secret.replace("_", "/"), secret.replace("_", "")):
        plain = text.rstrip("=")
        try:
            yield base64.b64decode(plain + "=" * (-len(plain) % 4))
        except ValueError:
            yield base64.b64decode(plain[: len(plain) // 4 * 4])


_NOT_DECODED = Finding(
    Cause.KEY_NOT_DECODED,
    "The key was the text of the secret, not the bytes that its base64 stands for.",
    f"Take {PREFIX} off the secret and decode the rest as base64: that is the key.",
)
_PREFIX_AS_TEXT = Finding(
    Cause.PREFIX_KEPT,
    f"The key was the secret's text with its prefix {PREFIX}.",
    f"Take {PREFIX} off the secret and decode the rest as base64: that is the key.",
)
_PREFIX_DECODED = Finding(
    Cause.PREFIX_KEPT,
    f"The secret was decoded together with its prefix {PREFIX}.",
    f"Take {PREFIX} off before decoding the secret.",
)


def _separated(mark: bytes) -> LayoutStep:
    name = {b"": "nothing", b"\n": "line breaks"}.get(mark, f"“{mark.decode()}”")
    mistake = Finding(
        Cause.SEPARATOR_WRONG, f"The parts were joined by {name}, not by full stops.", _CONTENT
    )
    return mistake, lambda id, stamp, body: mark.join((id, stamp, body))


def _stamped(words: str, change: Callable[[bytes], bytes]) -> LayoutStep:
    mistake = Finding(
        Cause.TIMESTAMP_REWRITTEN,
        f"The timestamp was signed as {words}.",
        "Sign the text of webhook-timestamp as it came.",
    )
    return mistake, lambda id, stamp, body: b".".join((id, change(stamp), body))


_ORDER = Finding(Cause.ORDER_WRONG, "The parts were signed in another order.", _CONTENT)
_LAYOUTS: tuple[LayoutStep, ...] = (
    (None, lambda id, stamp, body: b".".join((id, stamp, body))),
    (
        Finding(Cause.SIGNED_BODY_ALONE, "The body alone was signed.", _CONTENT),
        lambda id, stamp, body: body,
    ),
    (
        Finding(Cause.SIGNED_WITHOUT_TIMESTAMP, "It was signed without the timestamp.", _CONTENT),
        lambda id, stamp, body: b".".join((id, body)),
    ),
    (
        Finding(Cause.SIGNED_WITHOUT_ID, "It was signed without the id.", _CONTENT),
        lambda id, stamp, body: b".".join((stamp, body)),
    ),
    *(_separated(mark) for mark in (b"", b",", b":", b"\n", b"|", b"-", b"_", b" ", b";")),
    (_ORDER, lambda id, stamp, body: b".".join((stamp, id, body))),
    (_ORDER, lambda id, stamp, body: b".".join((body, stamp, id))),
    (_ORDER, lambda id, stamp, body: b".".join((id, body, stamp))),
    (_ORDER, lambda id, stamp, body: b".".join((body, id, stamp))),
    _stamped("milliseconds", lambda stamp: stamp + b"000"),
    _stamped("seconds, cut from milliseconds", lambda stamp: stamp[:-3]),
    _stamped("a number with a fraction", lambda stamp: stamp + b".0"),
)


def _bodies(bodies: tuple[bytes, ...]) -> Iterator[BodyStep]:
    yield None, bodies[0]
    yield Finding(Cause.SIGNED_EMPTY_BODY, "An empty body was signed.", _EMPTY), b""
    for raw in bodies:
        for other in rewritten(raw):
            yield _REWRITTEN, other
        for words, other in _clothed(raw):
            yield Finding(Cause.SIGNED_OTHER_BYTES, f"The body was signed {words}.", _RAW), other
    for sent in bodies[1:]:
        yield _NOT_THIS_BODY, sent


_EMPTY = "Something read the request's body first: keep its bytes, and sign them."
_NOT_THIS_BODY = Finding(
    Cause.SIGNED_OTHER_BYTES,
    "The body that was signed is the one Serai sent, not the one given to the doctor.",
    "Give the doctor the bytes that the receiver verifies.",
)
_REWRITTEN = Finding(
    Cause.SIGNED_RESERIALISED, "The body was parsed, and what was written again was signed.", _RAW
)


def _clothed(raw: bytes) -> Iterator[tuple[str, bytes]]:
    yield "with a line break after it", raw + b"\n"
    yield "with a line break after it", raw + b"\r\n"
    yield "without the white space at its ends", raw.strip()
    yield "with a byte order mark before it", BOM + raw
    yield "as Python's notation of bytes", repr(raw).encode()
    yield "in quotes", json.dumps(raw.decode("utf-8", "replace")).encode()
    yield "as UTF-8 read as Latin-1 and encoded again", raw.decode("latin-1").encode()
    yield "in hex", raw.hex().encode()
    yield "in base64", base64.b64encode(raw)


def _hash(name: str, called: str) -> HashStep:
    mistake = Finding(
        Cause.HASH_WRONG, f"HMAC was used with {called}.", "Version v1 is HMAC with SHA-256."
    )
    return mistake, name


_HASHES: tuple[HashStep, ...] = (
    (None, "sha256"),
    _hash("sha1", "SHA-1"),
    _hash("sha512", "SHA-512"),
)
