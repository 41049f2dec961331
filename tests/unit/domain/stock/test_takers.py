"""Holds and allotments: what may become of them, and what that does to the cells."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from core.domain.stock import moves
from core.domain.stock.allotment import (
    Allotment,
    AllotmentState,
    IllegalAllotment,
    drawn,
    released,
    returned,
)
from core.domain.stock.holding import Hold, HoldState, IllegalHold, ended
from core.domain.stock.moves import Move, Rooms, Short
from tests.unit.domain.stock.given import DAY, NOW, nights

LATER = NOW + timedelta(minutes=20)
TWO = Rooms("rmt_1", nights(2), 2)
HOLD = Hold("hld_1", "prp_1", (TWO,), NOW, LATER, "key_1")
GROUP = Allotment(
    id="alt_1",
    property="prp_1",
    name="Group",
    room_type="rmt_1",
    stay=nights(4),
    count=3,
    release_on=DAY - timedelta(days=5),
    release_at=LATER,
    created_at=NOW,
    drawn=(0, 0, 0, 0),
)
S = HoldState


@pytest.mark.parametrize(
    ("state", "to", "minutes", "after"),
    [
        (S.HELD, S.RELEASED, 1, (-2, 0)),
        (S.HELD, S.RELEASED, 90, (-2, 0)),
        (S.HELD, S.SOLD, 1, (-2, 2)),
        (S.HELD, S.SOLD, 20, None),
        (S.HELD, S.EXPIRED, 20, (-2, 0)),
        (S.HELD, S.EXPIRED, 19, None),
        (S.HELD, S.CANCELLED, 1, None),
        (S.SOLD, S.CANCELLED, 90, (0, -2)),
        (S.SOLD, S.RELEASED, 1, None),
        (S.RELEASED, S.SOLD, 1, None),
        (S.EXPIRED, S.RELEASED, 90, None),
        (S.CANCELLED, S.SOLD, 1, None),
    ],
)
def test_a_hold_goes_where_it_may(
    state: HoldState, to: HoldState, minutes: int, after: tuple[int, int] | None
) -> None:
    hold, now = msgspec.structs.replace(HOLD, state=state), NOW + timedelta(minutes=minutes)
    if after is None:
        with pytest.raises(IllegalHold):
            ended(hold, to, now)
        return
    gone, made = ended(hold, to, now)
    assert (gone.state, gone.settled_at, gone.check_at) == (to, now, None)
    assert made == tuple(Move("rmt_1", night, *after) for night in moves.nights(TWO.stay))


def test_a_groups_rooms_stay_held_when_a_hold_ends() -> None:
    assert ended(HOLD, S.RELEASED, NOW, to_group=True)[1] == ()
    sold = ended(HOLD, S.SOLD, NOW)[0]
    back = ended(sold, S.CANCELLED, NOW, to_group=True)[1]
    assert {(m.held, m.sold) for m in back} == {(2, -2)}


def test_rooms_are_drawn_and_put_back() -> None:
    after = drawn(GROUP, TWO)
    assert isinstance(after, Allotment)
    assert after.left == (1, 1, 3, 3)
    short = drawn(after, TWO)
    assert isinstance(short, Short)
    assert [(n.night, n.missing) for n in short.nights] == [(DAY, 1), (DAY + timedelta(1), 1)]
    outside = drawn(GROUP, Rooms("rmt_1", nights(2, DAY + timedelta(3))))
    assert isinstance(outside, Short)
    assert returned(after, TWO) == (GROUP, True)
    with pytest.raises(IllegalAllotment):
        drawn(GROUP, Rooms("rmt_2", nights(1)))


def test_the_release_gives_back_what_nobody_drew() -> None:
    after = drawn(GROUP, TWO)
    assert isinstance(after, Allotment)
    gone, back = released(after)
    assert [m.held for m in back] == [-1, -1, -3, -3]
    assert (gone.state, gone.check_at) == (AllotmentState.RELEASED, None)
    assert returned(gone, TWO) == (gone, False)
    for late in (lambda: drawn(gone, TWO), lambda: released(gone)):
        with pytest.raises(IllegalAllotment):
            late()
