"""The three headers of a message, read for what they are and for what they were meant to be."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import msgspec

from core.domain.webhooks.diagnosis.finding import Cause, Finding

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
# What other senders call theirs, and what CGI, WSGI and PHP make of a header's name.
_LIKE = {
    ID: frozenset({"svix-id", "x-webhook-id", "x-svix-id", "x-serai-id", "webhookid"}),
    TIMESTAMP: frozenset(
        {"svix-timestamp", "x-webhook-timestamp", "x-svix-timestamp", "x-serai-timestamp"}
        | {"x-timestamp", "webhooktimestamp"}
    ),
    SIGNATURE: frozenset(
        {"svix-signature", "x-webhook-signature", "x-svix-signature", "x-serai-signature"}
        | {"x-signature", "signature", "x-hub-signature", "x-hub-signature-256"}
        | {"stripe-signature", "webhooksignature"}
    ),
}
_BLANK = " \t\r\n"
_SECONDS = re.compile(r"0|[1-9][0-9]{0,11}")
_FINER = re.compile(r"([0-9]{10})([0-9]{3}|[0-9]{6}|[0-9]{9})")
_FRACTION = re.compile(r"([0-9]{1,12})\.[0-9]{0,12}")
_FINER_NAMES = {3: "milliseconds", 6: "microseconds", 9: "nanoseconds"}


class Read(msgspec.Struct):
    """Values as received; several where a header came more than once. exact: all three were
    there, once, under their own names."""

    ids: tuple[str, ...]
    stamps: tuple[str, ...]
    signature: str
    findings: list[Finding]
    exact: bool


def read(headers: tuple[tuple[str, str], ...]) -> Read:
    found: dict[str, tuple[str, ...]] = {}
    findings: list[Finding] = []
    for name in (ID, TIMESTAMP, SIGNATURE):
        found[name], fault = _values(headers, name)
        findings += fault
    signature = " ".join(found[SIGNATURE])
    return Read(found[ID], found[TIMESTAMP], signature, findings, exact=not findings)


def value_of(headers: tuple[tuple[str, str], ...], name: str) -> str:
    """The first header of that name, "" without one."""
    return next((v.strip(_BLANK) for n, v in headers if n.strip(_BLANK).lower() == name), "")


def _values(
    headers: tuple[tuple[str, str], ...], name: str
) -> tuple[tuple[str, ...], list[Finding]]:
    own = [v.strip(_BLANK) for n, v in headers if n.strip(_BLANK).lower() == name]
    if len(own) == 1 and own[0]:
        return (own[0],), []
    if len(own) > 1:
        return tuple(dict.fromkeys(own)), [_doubled(name, own)]
    like = [(n.strip(_BLANK), v.strip(_BLANK)) for n, v in headers if _is_like(n, name)]
    if not own and like:
        return tuple(v for _, v in like), [_misnamed(name, like[0][0])]
    return (), [_missing(name, there=bool(own))]


def _is_like(name: str, wanted: str) -> bool:
    plain = name.strip(_BLANK).lower().replace("_", "-").removeprefix("http-")
    return plain == wanted or plain in _LIKE[wanted]


def _missing(name: str, *, there: bool) -> Finding:
    return Finding(
        Cause.HEADER_MISSING,
        f"The header {name} {'is empty' if there else 'is missing'}.",
        "Serai sends it with every message: look for a proxy, gateway or framework that drops "
        "headers it does not know, or for a request that did not come from Serai.",
    )


def _doubled(name: str, values: list[str]) -> Finding:
    alike = "with the same value" if len(set(values)) == 1 else "with different values"
    return Finding(
        Cause.HEADER_DOUBLED,
        f"The header {name} came {len(values)} times, {alike}.",
        "Serai sends it once: something before the receiver adds it again. "
        "Send the message on as it came.",
    )


def _misnamed(name: str, received: str) -> Finding:
    if received.lower().replace("_", "-").removeprefix("http-") == name:
        return Finding(
            Cause.HEADER_MISNAMED,
            f"The header {name} is there as {quoted(received)}, as CGI, WSGI or PHP name it.",
            f"Hand the verifying code the header under its own name, {name}.",
        )
    return Finding(
        Cause.HEADER_MISNAMED,
        f"There is no header {name}, only {quoted(received)}, a name Serai does not send.",
        f"Read {name}. If the message was renamed on its way, send it on as it came.",
    )


def seconds(stamp: str) -> tuple[int | None, Finding | None]:
    """The instant that a timestamp means, and what is wrong with its form.

    None, with the finding: nobody can tell what it means.
    """
    if _SECONDS.fullmatch(stamp):
        return int(stamp), None
    meant, form = _meant(stamp)
    instead = f"; {meant} would be the whole seconds" if meant is not None else ""
    return meant, Finding(
        Cause.TIMESTAMP_NOT_SECONDS,
        f"webhook-timestamp is {quoted(stamp)}: {form}, not whole unix seconds{instead}.",
        "Serai sends whole seconds: use the header's text as it came, and convert nothing "
        "before verifying.",
    )


def _meant(stamp: str) -> tuple[int | None, str]:
    if finer := _FINER.fullmatch(stamp):
        return int(finer.group(1)), _FINER_NAMES[len(finer.group(2))]
    if fraction := _FRACTION.fullmatch(stamp):
        return int(fraction.group(1)), "a number with a fraction"
    try:
        at = datetime.fromisoformat(stamp if len(stamp) <= 40 else "")
        aware = at if at.tzinfo else at.replace(tzinfo=UTC)
        return int(aware.timestamp()), "a date and time"
    except (ValueError, OverflowError):
        return None, "something else"


def quoted(text: str) -> str:
    """At most 60 characters of what somebody sent, printable, in quotes."""
    short = text if len(text) <= 60 else text[:60] + "…"
    return "“" + "".join(c if c.isprintable() else "\ufffd" for c in short) + "”"
