"""The examination itself: each question by itself, what was found put in the order of mending."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from core.domain.ids import is_id
from core.domain.webhooks.diagnosis.body import difference
from core.domain.webhooks.diagnosis.expected import expected_findings
from core.domain.webhooks.diagnosis.finding import PLACE, Cause, Diagnosis, Finding, Known, Received
from core.domain.webhooks.diagnosis.fit import Fit, fit_of, named_in
from core.domain.webhooks.diagnosis.headers import Read, quoted, read, seconds, value_of
from core.domain.webhooks.diagnosis.keys import Key, digest, hiding, keys, said, secret_finding
from core.domain.webhooks.diagnosis.tokens import Tokens, tokens
from core.domain.webhooks.diagnosis.ways import Message, how_made
from core.domain.webhooks.signature import TOLERANCE_S


def diagnose(
    received: Received, known: Known, *, now: datetime, tolerance_s: int = TOLERANCE_S
) -> Diagnosis:
    """Never raises, whatever was received. now: Serai's clock; used where `at` is not given."""
    moment = received.at or now
    every = keys(known, moment)
    hide = hiding(every)
    got = read(tuple((hide(name), hide(value)) for name, value in received.headers))
    signed = tokens(got.signature) if got.signature else Tokens([], [], [])
    found = [*got.findings, *signed.findings]
    fit = fit_of(got, signed, received.raw, known.sent, every)
    found += _of_headers(got, fit, [hide(id) for id in named_in(received.raw)])
    found += _of_bytes(received, known.sent, fit, hide)
    found += _of_secret(got, signed, received.raw, known.sent, fit, every)
    found += _of_time(got, received, moment, tolerance_s)
    if received.expected is not None:
        message = _message(got, received.raw, known.sent)
        found += expected_findings(received.expected, message, every)
    found.sort(key=lambda finding: PLACE[finding.code])
    verifies = _verifies(got, signed, received.raw, every, moment, tolerance_s)
    return Diagnosis(verifies, tuple(dict.fromkeys(found)))


def _verifies(
    got: Read, signed: Tokens, raw: bytes, every: list[Key], moment: datetime, tolerance_s: int
) -> bool:
    """As a right receiver decides it, by itself and not by what was found."""
    if not got.exact or "." in got.ids[0]:
        return False
    at, fault = seconds(got.stamps[0])
    if at is None or fault is not None or abs(moment.timestamp() - at) > tolerance_s:
        return False
    made = (Fit(got.ids[0], got.stamps[0], raw, key) for key in every if key.valid)
    return any(digest(fit.key.value, fit.content) in signed.strict for fit in made)


def _of_headers(got: Read, fit: Fit | None, named: list[str]) -> list[Finding]:
    """named: the id that the body gives itself, if it does."""
    found = [fault for stamp in got.stamps if (fault := seconds(stamp)[1]) is not None]
    if any("." in id for id in got.ids):
        words = f"webhook-id is {quoted(got.ids[0])}; an id of Serai holds no full stop."
        found.append(Finding(Cause.ID_WITH_FULL_STOP, words, _AS_IT_CAME))
    if fit is not None and fit.id not in got.ids:
        words = f"webhook-id is {quoted(got.ids[0])}; the signature fits {quoted(fit.id)}."
        found.append(Finding(Cause.ID_NOT_AS_SENT, words, _AS_IT_CAME))
    elif fit is None and got.ids and named and named[0] not in got.ids:
        words = f"webhook-id is {quoted(got.ids[0])}; the body's own id is {quoted(named[0])}."
        found.append(Finding(Cause.ID_NOT_AS_SENT, words, _AS_IT_CAME))
    elif fit is None and not named and any(not is_id(id, "evt") for id in got.ids):
        words = (
            f"webhook-id is {quoted(got.ids[0])}; Serai's begin with evt_ and have 30 characters."
        )
        found.append(Finding(Cause.ID_NOT_AS_SENT, words, _AS_IT_CAME))
    return found


def _of_bytes(
    received: Received, sent: bytes | None, fit: Fit | None, hide: Callable[[str], str]
) -> list[Finding]:
    """Against the bytes that the signature fits, else against those that Serai sends."""
    signed = fit.body if fit is not None else sent
    if signed is None or signed == received.raw:
        return []

    def shown(raw: bytes) -> bytes:
        return hide(raw.decode("latin-1")).encode("latin-1")

    encoding = value_of(received.headers, "content-encoding")
    return [difference(received.raw, signed, encoding, shown)]


def _of_secret(
    got: Read, signed: Tokens, raw: bytes, sent: bytes | None, fit: Fit | None, every: list[Key]
) -> list[Finding]:
    if fit is not None:
        found = secret_finding(fit.key)
        return [] if found is None else [found]
    message, digests = _message(got, raw, sent), {*signed.strict, *signed.loose}
    if message is None or not digests:
        return []
    mistakes = how_made(digests, message, every)
    if mistakes:
        words = " ".join(mistake.words for mistake in mistakes)
        return [Finding(Cause.NOT_SIGNED_BY_SERAI, f"{_NOT_OURS} {words}", _NOT_OURS_REMEDY)]
    return [_unexplained(raw, sent)]


def _unexplained(raw: bytes, sent: bytes | None) -> Finding:
    if sent is None:
        why = "The bytes that Serai sent under this id are not at hand to compare with the body."
    elif sent == raw:
        why = "The body is byte for byte what Serai sends under this id."
    else:
        why = "The body is not what Serai sends under this id, nor do the bytes it sends fit."
    return Finding(
        Cause.SIGNATURE_UNEXPLAINED,
        "No token fits this id, timestamp and body under any secret of this partner's endpoints. "
        + why,
        "Paste all three headers and the body of one and the same request, the body as bytes; "
        "see whether this is the endpoint it was sent to.",
    )


def _message(got: Read, raw: bytes, sent: bytes | None) -> Message | None:
    if not got.ids or not got.stamps:
        return None
    bodies = (raw,) if sent in (None, raw) else (raw, sent or b"")
    return Message(got.ids[0], got.stamps[0], bodies)


def _of_time(got: Read, received: Received, moment: datetime, tolerance_s: int) -> list[Finding]:
    at = seconds(got.stamps[0])[0] if got.stamps else None
    if at is None:
        return []
    behind = round(moment.timestamp()) - at
    if abs(moment.timestamp() - at) <= tolerance_s:
        return []
    clock = "Serai's clock" if received.at is None else "the receiver's clock"
    when = f"{said(moment)} by {clock}"
    if behind > 0:
        words = f"Its timestamp is {behind} s before {when}; {tolerance_s} s are allowed."
        return [Finding(Cause.TOO_OLD, words, _OLD[received.at is not None])]
    words = f"Its timestamp is {-behind} s after {when}; {tolerance_s} s are allowed."
    return [Finding(Cause.FROM_THE_FUTURE, words, _FUTURE[received.at is not None])]


_AS_IT_CAME = "Use webhook-id as it came: it is part of what is signed."
_NOT_OURS = "A token fits only if it was made otherwise than Serai makes it:"
_NOT_OURS_REMEDY = "Look who sends these: a test tool of your own, or a relay that signs anew."
# Whether it is known when the message was received.
_OLD = {
    False: "That is its age now. If it arrived in time, say when (`at`) and ask again.",
    True: "Either the receiver's clock is fast (check NTP), or something held the message back or "
    "replayed it. Each retry of Serai is signed anew, with its own timestamp.",
}
_FUTURE = {
    False: "Serai signs with its own clock: either the timestamp is not Serai's, or the clocks of "
    "its machines differ. Tell the agency.",
    True: "Either the receiver's clock is slow (check NTP), or the instant given is not the one "
    "at which it was received.",
}
