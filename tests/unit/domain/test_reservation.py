from collections import Counter
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.domain.channels.channel import ChannelMapping, PlanMapping, RoomMapping
from core.domain.channels.channel_reservation import (
    ChannelReservation,
    Contact,
    ReservedRoom,
    Revision,
)
from core.domain.channels.reservation import (
    NOBODY,
    Merged,
    Reservation,
    ReservationState,
    mapped,
    merge,
    owed,
    remapped,
)
from core.domain.stay import Occupancy, Stay
from core.domain.stock.moves import Move
from tests.unit.domain.given import NOW, modest

DAY = date(2027, 1, 4)
MAPPING = ChannelMapping(
    (RoomMapping("rmt_dlx", "DLX"), RoomMapping("rmt_sgl", "SGL")),
    (PlanMapping("rmt_dlx", "rpl_bar", "B1"), PlanMapping("rmt_sgl", "rpl_bar", "B1")),
)


def a_room(code: str = "DLX", start: int = 0, nights: int = 2, plan: str = "B1") -> ReservedRoom:
    first = DAY + timedelta(days=start)
    return ReservedRoom(code, plan, Stay(first, first + timedelta(days=nights)), Occupancy(2))


def told(order: int = 1, *rooms: ReservedRoom, **other: Any) -> ChannelReservation:
    values: dict[str, Any] = {
        "message": f"m{order}",
        "reference": "R1",
        "order": order,
        "revision": Revision.MODIFIED if order > 1 else Revision.NEW,
        "property_code": "H1",
        "rooms": rooms,
        "holder": Contact("Siti", "Contoh", "siti@example.test"),
        **other,
    }
    return ChannelReservation(**values)


def fresh() -> Reservation:
    return Reservation(
        "rsv_1", "con_1", "R1", 0, ReservationState.CONFIRMED, "H1", (), "per_1", NOW, NOW
    )


def apply(before: Reservation | None, revision: ChannelReservation) -> Merged | None:
    rooms = [mapped(room, MAPPING, ()) for room in revision.rooms]
    return merge(before, revision, fresh, rooms, NOW)


revisions = st.lists(
    st.tuples(
        st.lists(
            st.builds(
                a_room, st.sampled_from(["DLX", "SGL", "???"]), st.integers(0, 5), st.integers(1, 4)
            ),
            max_size=3,
        ),
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
)


@modest
@given(revisions, st.data())
def test_in_whatever_order_they_come_the_newest_counts(
    said: list[tuple[list[ReservedRoom], bool]], data: st.DataObject
) -> None:
    kinds = (Revision.MODIFIED, Revision.CANCELLED)
    every = [
        told(n + 1, *([] if gone else rooms), revision=kinds[gone])
        for n, (rooms, gone) in enumerate(said)
    ]
    shuffled = data.draw(st.permutations(every + every))
    now: Reservation | None = None
    stock: Counter[tuple[str, date]] = Counter()
    for revision in shuffled:
        merged = apply(now, revision)
        if merged is None:
            continue
        now = merged.reservation
        for move in merged.moves:
            stock[move.key] += move.sold
    assert now is not None
    newest = apply(None, every[-1])
    assert newest is not None
    assert now.order == len(every)
    assert now.state is newest.reservation.state
    expected = {m.key: m.sold for m in newest.moves}
    assert {key: n for key, n in stock.items() if n} == expected
    assert min(stock.values(), default=0) >= 0


def test_a_modification_is_a_difference_of_nights() -> None:
    new = apply(None, told(1, a_room(start=0, nights=3)))
    assert new is not None
    assert new.event == "reservation.created"
    changed = apply(new.reservation, told(2, a_room(start=1, nights=3)))
    assert changed is not None
    assert changed.event == "reservation.modified"
    assert changed.moves == (
        Move("rmt_dlx", DAY, sold=-1),
        Move("rmt_dlx", DAY + timedelta(days=3), sold=1),
    )


def test_a_cancellation_gives_back_and_a_second_one_does_nothing() -> None:
    new = apply(None, told(1, a_room()))
    assert new is not None
    gone = apply(new.reservation, told(2, revision=Revision.CANCELLED))
    assert gone is not None
    assert [m.sold for m in gone.moves] == [-1, -1]
    assert gone.event == "reservation.cancelled"
    assert gone.reservation.rooms == new.reservation.rooms  # to be shown
    again = apply(gone.reservation, told(3, revision=Revision.CANCELLED))
    assert again is not None
    assert (again.moves, again.event) == ((), "")


def test_a_cancellation_that_comes_first_takes_nothing_and_holds() -> None:
    gone = apply(None, told(2, revision=Revision.CANCELLED))
    assert gone is not None
    assert (gone.moves, gone.event) == ((), "reservation.cancelled")
    assert apply(gone.reservation, told(1, a_room())) is None


def test_what_is_mapped_to_nothing_is_kept_shown_and_later_taken() -> None:
    new = apply(None, told(1, a_room("???"), a_room("DLX", plan="??")))
    assert new is not None
    assert new.reservation.unmapped == ("???", "DLX/??")
    assert {m.room_type for m in new.moves} == {"rmt_dlx"}
    wider = ChannelMapping((*MAPPING.rooms, RoomMapping("rmt_tri", "???")), MAPPING.plans)
    late = remapped(new.reservation, wider)
    assert late is not None
    assert {m.room_type for m in late.moves} == {"rmt_tri"}
    assert late.reservation.unmapped == ("???/B1", "DLX/??")
    assert remapped(late.reservation, wider) is None


def test_what_is_owed_says_nothing_of_the_guest() -> None:
    new = apply(None, told(1, a_room()))
    assert new is not None
    debt = owed("ack_1", new.reservation, told(1, a_room()), NOW, 1800)
    assert (debt.told.holder, debt.told.rooms) == (NOBODY, ())
    assert debt.due_by == NOW + timedelta(minutes=30)
    assert debt.check_at == NOW
