"""A PNR's moves: what each asks, what proves it, what is told, and when it is looked at."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from core.domain.bookings.booking import SupplierState
from core.domain.bookings.flight import FlightOffer, PassengerFare, Segment
from core.domain.bookings.kept_pnr import (
    IN_FLIGHT,
    WISHING,
    KeptPnr,
    NotNow,
    PnrState,
    Wish,
    acknowledged,
    as_booking,
    is_done,
    needs_operator,
    news,
    reading,
    refused,
    resolved,
    warned,
    wishing,
)
from core.domain.bookings.pnr import (
    Coupon,
    CouponStatus,
    Pnr,
    PnrSegment,
    SegmentStatus,
    Ticket,
    misflown,
)
from core.domain.money import Money
from core.domain.person import PassengerType
from core.domain.refusal import Refusal
from tests.unit.domain.given import NOW, a_price, a_submission, sar

S = PnrState
SEGMENT = Segment(
    carrier="GA",
    number="980",
    origin="CGK",
    destination="JED",
    departs_at=datetime(2027, 1, 14, 10),  # noqa: DTZ001  # local to the airport
    arrives_at=datetime(2027, 1, 14, 16),  # noqa: DTZ001
    rbd="K",
    fare_basis="KRT",
)
HELD = PnrSegment(SEGMENT, SegmentStatus.HK, "HK")
LIMIT = NOW + timedelta(days=3)


def tickets(*passengers: int, status: CouponStatus = CouponStatus.OPEN) -> tuple[Ticket, ...]:
    return tuple(
        Ticket(f"126000000000{p}", p, NOW.date(), (Coupon(1, status),)) for p in passengers
    )


def told(**other: Any) -> Pnr:
    return msgspec.structs.replace(Pnr("KTBXQL", (HELD,), ticket_by=LIMIT), **other)


def a_pnr(state: PnrState = S.HELD, **other: Any) -> KeptPnr:
    kept = KeptPnr(
        id="pnr_1",
        booking="bkg_1",
        entity="ent_1",
        connection="con_1",
        locator="KTBXQL",
        passengers=2,
        created_at=NOW,
        updated_at=NOW,
        state=state,
        told=told(tickets=tickets(1, 2) if state is S.TICKETED else ()),
    )
    return msgspec.structs.replace(kept, **other)


def asked(wish: Wish) -> KeptPnr:
    before = a_pnr(S.HELD if wish is Wish.TICKET else S.TICKETED)
    return wishing(before, wish, a_submission(), NOW, sar(5_000))


@pytest.mark.parametrize("wish", Wish)
@pytest.mark.parametrize("state", S)
def test_each_wish_begins_where_it_makes_sense(wish: Wish, state: PnrState) -> None:
    may = {Wish.TICKET: S.HELD, Wish.VOID: S.TICKETED, Wish.REFUND: S.TICKETED}[wish]
    if state is may:
        assert wishing(a_pnr(state), wish, a_submission(), NOW).state is WISHING[wish]
    else:
        with pytest.raises(NotNow):
            wishing(a_pnr(state), wish, a_submission(), NOW)


@pytest.mark.parametrize(
    ("wish", "seen", "done"),
    [
        (Wish.TICKET, tickets(1, 2), True),
        (Wish.TICKET, tickets(1), False),  # half of them are nothing to fly on
        (Wish.TICKET, (), False),
        (Wish.TICKET, tickets(1, 2, status=CouponStatus.VOID), False),
        (Wish.VOID, tickets(1, 2, status=CouponStatus.VOID), True),
        (Wish.VOID, tickets(1, status=CouponStatus.VOID) + tickets(2), False),
        (Wish.VOID, tickets(1, 2, status=CouponStatus.REFUNDED), False),
        (Wish.VOID, (), False),  # not to be seen is not to have ended
        (Wish.REFUND, tickets(1, 2, status=CouponStatus.REFUNDED), True),
        (Wish.REFUND, tickets(1, 2), False),
    ],
)
def test_only_what_is_seen_is_done(wish: Wish, seen: tuple[Ticket, ...], done: bool) -> None:
    kept, now = asked(wish), told(tickets=seen)
    assert is_done(kept, now) is done
    after = reading(kept, now, NOW)
    assert (after.state not in IN_FLIGHT) is done
    assert (after.kept == sar(5_000)) is (done and wish is Wish.REFUND)
    assert len(news(kept, after)) == (1 if done else 0) + (
        wish is not Wish.TICKET and not done and _ended(kept, after)
    )


def _ended(before: KeptPnr, after: KeptPnr) -> int:
    """Some of its tickets ended otherwise than was asked: that is told all the same."""
    gone = {t.number for t in before.tickets} - {t.number for t in after.tickets}
    seen = {t.number for t in after.told.tickets} if after.told else set()
    return bool(gone & seen)


@pytest.mark.parametrize("wish", Wish)
def test_a_no_leads_back_and_a_silence_to_a_person(wish: Wish) -> None:
    kept = asked(wish)
    back = S.HELD if wish is Wish.TICKET else S.TICKETED
    no = refused(kept, Refusal("vendor_refused", "no"), NOW)
    assert (no.state, no.wish, no.submission, no.check_at is None) == (
        back,
        None,
        None,
        back is S.TICKETED,
    )
    silent = needs_operator(kept, "silence", NOW)
    assert (silent.state, silent.wish, silent.check_at) == (S.NEEDS_OPERATOR, wish, None)
    assert [n.name for n in news(kept, silent)] == ["pnr.needs_operator"]
    assert resolved(silent, NOW, done=False).state is back
    done = S.TICKETED if wish is Wish.TICKET else S.HELD
    assert resolved(silent, NOW, done=True).state is done
    with pytest.raises(NotNow):
        resolved(kept, NOW, done=True)


def test_what_a_person_was_asked_about_settles_itself_once_it_is_seen() -> None:
    stuck = needs_operator(asked(Wish.TICKET), "silence", NOW)
    after = reading(stuck, told(tickets=tickets(1, 2)), NOW)
    assert (after.state, after.refusal) == (S.TICKETED, None)
    assert [n.name for n in news(stuck, after)] == ["ticket.issued"]


def test_remarks_are_not_kept() -> None:
    assert reading(a_pnr(), told(remarks=("CALL MR CONTOH",)), NOW).told == told()


def test_it_is_told_as_due_a_day_and_three_hours_before_and_looked_at_after() -> None:
    kept, told_at = a_pnr(), []
    while (at := kept.check_at) is not None:
        kept, due = warned(kept, at)
        told_at.append((at - LIMIT, due))
    assert told_at == [
        (timedelta(hours=-24), True),
        (timedelta(hours=-3), True),
        (timedelta(minutes=15), False),
    ]


def test_a_limit_that_moves_warns_anew_and_tickets_end_it() -> None:
    kept, _ = warned(a_pnr(), LIMIT - timedelta(hours=24))
    later = reading(kept, told(ticket_by=LIMIT + timedelta(days=9)), NOW)
    assert later.check_at == LIMIT + timedelta(days=8)
    assert reading(kept, told(tickets=tickets(1, 2)), NOW).check_at is None


def test_a_change_asks_until_it_is_acknowledged_and_the_next_asks_again() -> None:
    moved = msgspec.structs.replace(HELD, status=SegmentStatus.TK, status_text="TK")
    before = a_pnr()
    after = reading(before, told(segments=(moved,)), NOW)
    assert [n.name for n in news(before, after)] == ["pnr.schedule_changed"]
    assert after.open_segments == (moved,)
    dealt = acknowledged(after, NOW)
    assert dealt.open_segments == ()
    assert news(dealt, reading(dealt, told(segments=(moved,)), NOW)) == ()
    gone = msgspec.structs.replace(moved, status=SegmentStatus.HX, status_text="HX")
    assert reading(dealt, told(segments=(gone,)), NOW).open_segments == (gone,)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (SegmentStatus.HK, SupplierState.CONFIRMED),
        (SegmentStatus.TK, SupplierState.CONFIRMED),
        (SegmentStatus.HL, SupplierState.ON_REQUEST),
        (SegmentStatus.PN, SupplierState.ON_REQUEST),
    ],
)
def test_a_pnr_is_a_booking(status: SegmentStatus, state: SupplierState) -> None:
    segment = msgspec.structs.replace(HELD, status=status, status_text=status.value)
    made = as_booking(told(segments=(segment,)), "S1", None, "SAR")
    assert (made.state, made.supplier_reference, made.fee) == (state, "KTBXQL", None)


@pytest.mark.parametrize("kept", [None, sar(5_000)])
def test_a_cancelled_pnr_costs_what_carriers_kept(kept: Money | None) -> None:
    made = as_booking(told(segments=(), cancelled=True), "S1", kept, "SAR")
    assert (made.state, made.fee) == (SupplierState.CANCELLED, kept or sar(0))


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({}, False),
        ({"departs_at": SEGMENT.departs_at + timedelta(minutes=90)}, False),
        ({"departs_at": SEGMENT.departs_at + timedelta(days=1)}, True),
        ({"number": "0980"}, False),
        ({"number": "981"}, True),
        ({"destination": "MED"}, True),
    ],
)
def test_flights_are_those_ordered_by_their_day(change: dict[str, Any], differs: bool) -> None:
    offer = FlightOffer(
        connection="con_1",
        segments=(SEGMENT,),
        bounds=(1,),
        fares=(PassengerFare(PassengerType.ADULT, 1, sar(90_000), sar(10_000)),),
        price=a_price(),
        validating_carrier="GA",
        source=(),
    )
    held = msgspec.structs.replace(HELD, segment=msgspec.structs.replace(SEGMENT, **change))
    assert (misflown(offer, told(segments=(held,))) is not None) is differs
    lost = msgspec.structs.replace(HELD, status=SegmentStatus.UN, status_text="UN")
    assert misflown(offer, told(segments=(lost,))) == "with a flight that is not confirmed"
