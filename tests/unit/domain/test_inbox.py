"""Every move of a message of the inbox, and what a person is told who wants another one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from core.domain.inbound.inbox import InboxMessage
from core.domain.inbound.inbox import InboxState as S
from core.domain.inbound.inbox_moves import (
    dismissed,
    put_off,
    quarantined,
    read,
    retried,
)
from core.domain.problem import Conflict
from core.domain.refusal import IllegalMove
from tests.unit.domain.given import NOW

LATER = NOW + timedelta(hours=1)
BY_ITSELF: dict[S, Callable[[InboxMessage], InboxMessage]] = {
    S.PROCESSED: lambda m: read(m, told=True),
    S.IGNORED: lambda m: read(m, told=False),
    S.RECEIVED: lambda m: put_off(m, "the gateway is away"),
    S.QUARANTINED: lambda m: quarantined(m, "amount is SAR 1.00, not SAR 2.00"),
}
BY_A_PERSON: dict[S, Callable[[InboxMessage], InboxMessage]] = {
    S.RECEIVED: lambda m: retried(m, "mended", LATER),
    S.DISMISSED: lambda m: dismissed(m, "paid by hand", LATER),
}


def a_message(state: S = S.RECEIVED, **other: Any) -> InboxMessage:
    return InboxMessage("inb_1", "con_1", "in_1", "checkout", b"{}", NOW, state, **other)


@pytest.mark.parametrize("to", BY_ITSELF)
@pytest.mark.parametrize("state", S)
def test_only_what_waits_is_read_and_each_reading_counts(state: S, to: S) -> None:
    message = a_message(state, note="before", attempts=3)
    if state is not S.RECEIVED:
        with pytest.raises(IllegalMove, match=f"{state} cannot become {to}"):
            BY_ITSELF[to](message)
        return
    after = BY_ITSELF[to](message)
    assert (after.state, after.attempts) == (to, 4)
    assert (after.note == "") is (to in (S.PROCESSED, S.IGNORED))


@pytest.mark.parametrize("to", BY_A_PERSON)
@pytest.mark.parametrize("state", S)
def test_only_what_is_quarantined_is_handled_by_a_person(state: S, to: S) -> None:
    message = a_message(state, note="amount differs", attempts=24)
    if state is not S.QUARANTINED:
        with pytest.raises(Conflict, match=f"the message is {state}: ") as no:
            BY_A_PERSON[to](message)
        assert (no.value.code, no.value.resource) == ("not_quarantined", "inb_1")
        return
    after = BY_A_PERSON[to](message)
    assert (after.state, after.handled_at) == (to, LATER)


def test_a_retried_one_is_as_new_and_a_dismissed_one_shows_why_it_was_kept() -> None:
    message = a_message(S.QUARANTINED, note="amount differs", attempts=24)
    again = retried(message, "mended", LATER)
    assert (again.note, again.attempts, again.reason) == ("", 0, "mended")
    gone = dismissed(message, "paid by hand", LATER)
    assert (gone.note, gone.attempts, gone.reason) == ("amount differs", 24, "paid by hand")


def test_what_a_person_did_stays_to_be_seen_however_it_ends() -> None:
    again = retried(a_message(S.QUARANTINED), "mended", LATER)
    for move in BY_ITSELF.values():
        assert (move(again).handled_at, move(again).reason) == (LATER, "mended")
