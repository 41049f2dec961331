"""Every move a message of the inbox may make.

received ──► processed | ignored
   │  ▲
   ▼  │ retried by a person
quarantined ──► dismissed by a person

What was read or dismissed is over: its bytes are forgotten, so that nothing could read it again.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from core.domain.inbound.inbox import InboxMessage, InboxState
from core.domain.problem import Conflict
from core.domain.refusal import IllegalMove

_S = InboxState
# What a person is told who wants to retry or dismiss one that is not quarantined.
_OTHERWISE = {
    _S.RECEIVED: "it is read by itself, so look at it again in a moment",
    _S.PROCESSED: "what it says was applied, and nothing is left to do",
    _S.IGNORED: "it was of nothing of ours, and nothing is left to do",
    _S.DISMISSED: "what was in it is forgotten; do by hand what it asked for",
}


def read(message: InboxMessage, *, told: bool) -> InboxMessage:
    """told: it said something, which was applied or was of nothing of ours."""
    to = _S.PROCESSED if told else _S.IGNORED
    return _tried(message, to, "")


def put_off(message: InboxMessage, why: str) -> InboxMessage:
    """It waits: its vendor could not be asked."""
    return _tried(message, _S.RECEIVED, why)


def quarantined(message: InboxMessage, why: str) -> InboxMessage:
    return _tried(message, _S.QUARANTINED, why)


def retried(message: InboxMessage, reason: str, now: datetime) -> InboxMessage:
    """It waits to be read as if it had just come. Conflict: it is not quarantined."""
    _need_quarantined(message)
    return msgspec.structs.replace(
        message, state=_S.RECEIVED, note="", attempts=0, handled_at=now, reason=reason
    )


def dismissed(message: InboxMessage, reason: str, now: datetime) -> InboxMessage:
    """For good; why it was quarantined stays to be seen. Conflict: it is not quarantined."""
    _need_quarantined(message)
    return msgspec.structs.replace(message, state=_S.DISMISSED, handled_at=now, reason=reason)


def _tried(message: InboxMessage, to: InboxState, note: str) -> InboxMessage:
    if message.state is not _S.RECEIVED:
        raise IllegalMove(f"a message that is {message.state} cannot become {to} by being read")
    attempts = message.attempts + 1
    return msgspec.structs.replace(message, state=to, note=note, attempts=attempts)


def _need_quarantined(message: InboxMessage) -> None:
    if message.state is not _S.QUARANTINED:
        said = f"the message is {message.state}: {_OTHERWISE[message.state]}"
        raise Conflict("not_quarantined", said, resource=message.id)
