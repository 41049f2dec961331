"""A GDS that keeps everything in memory, and goes wrong when it is told to.

Like every GDS it takes no key: the same key twice is two PNRs, each with the key as a remark.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from core.domain.bookings.flight import FlightOffer, FlightSearch, PassengerFare, Segment
from core.domain.bookings.pnr import (
    Coupon,
    CouponStatus,
    Pnr,
    PnrSegment,
    QueueReason,
    SegmentStatus,
    Ticket,
)
from core.domain.bookings.terms import (
    CancellationPolicy,
    CancellationStep,
    OfferExpired,
    Price,
    PriceChanged,
    SoldOut,
)
from core.domain.connections.connection import Verdict
from core.domain.fare_rules import FareRules, StructuredPenalty, parse
from core.domain.fare_rules.rules import Act, When
from core.domain.money import Money, zero
from core.domain.person import PassengerType
from ports.clock import Clock
from ports.errors import Refused
from ports.gds import PnrOrder, Queued, RefundQuote
from ports.probe import Probe
from tests.fakes.breakable import VENDOR, Breakable

ADULT = Money(900_00, "USD")
PARTS = {PassengerType.ADULT: 100, PassengerType.CHILD: 75, PassengerType.INFANT: 10}
PENALTY = Money(50_00, "USD")
TICKET_DAYS = 3


class MemoryGds(Breakable):
    """One flight a day each way, in two fares: K gives back all but a penalty, V nothing."""

    def __init__(self, clock: Clock, connection: str) -> None:
        super().__init__()
        self._clock = clock
        self._connection = connection
        self._numbers = itertools.count(1)
        self.orders: dict[str, PnrOrder] = {}
        self.pnrs: dict[str, Pnr] = {}
        self.waiting: list[Queued] = []
        self.sent: Counter[str] = Counter()

    def carrier(self, locator: str, status: SegmentStatus) -> None:
        """The carrier moves (TK) or cancels (HX) the first flight."""
        pnr = self.pnrs[locator]
        first = pnr.segments[0]
        was = first.segment.departs_at
        moved = timedelta(minutes=90) if status is SegmentStatus.TK else timedelta()
        segment = msgspec.structs.replace(
            first.segment, departs_at=was + moved, arrives_at=first.segment.arrives_at + moved
        )
        changed = PnrSegment(segment, status, status.value, was if moved else None)
        self.pnrs[locator] = msgspec.structs.replace(pnr, segments=(changed, *pnr.segments[1:]))
        schedule = status is SegmentStatus.TK
        reason = QueueReason.SCHEDULE_CHANGED if schedule else QueueReason.CANCELLED_BY_CARRIER
        self.waiting.append(Queued(locator, "6" if schedule else "7", reason))

    async def shop(self, request: FlightSearch, *, deadline_s: float) -> Sequence[FlightOffer]:
        self._fails("shop")
        return [self._offer(request, rbd) for rbd in "KV"]

    async def check(self, offer: FlightOffer) -> FlightOffer | SoldOut | OfferExpired:
        match self._fails("check"):
            case "sold_out", _:
                return SoldOut()
            case "dearer", percent:
                offer = _dearer(offer, percent)
        return msgspec.structs.replace(offer, recheck=False)

    async def fare_rules(self, offer: FlightOffer) -> Sequence[FareRules]:
        self._fails("fare_rules")
        text = {16: "CANCELLATIONS\nBEFORE DEPARTURE\nCHARGE USD 50.00 FOR CANCEL/REFUND."}
        return [
            parse(text, structured=offer.penalties, fare_basis=s.fare_basis, carrier=s.carrier)
            for s in offer.segments
        ]

    async def create_pnr(
        self, order: PnrOrder, *, key: str
    ) -> Pnr | SoldOut | PriceChanged | OfferExpired:
        self.sent[f"create {key}"] += 1
        fault = self._fails("create_pnr")
        if any(not f"{t.name}{t.surname}".isascii() for t in order.travellers):
            raise Refused("the name cannot be written", vendor=VENDOR, operation="create_pnr")
        match fault:
            case "sold_out", _:
                return SoldOut()
            case "dearer", _:
                return PriceChanged()
        locator = f"MEM{next(self._numbers):03d}".translate(
            str.maketrans("0123456789", "ABCDEFGHIJ")
        )
        now = self._clock.now()
        self.orders[locator] = order
        self.pnrs[locator] = Pnr(
            locator=locator,
            segments=tuple(PnrSegment(s, SegmentStatus.HK, "HK") for s in order.offer.segments),
            ticket_by=now + timedelta(days=TICKET_DAYS),
            fare_until=datetime.combine(now.date() + timedelta(days=1), time(), UTC),
            net=order.offer.price.net,
            remarks=(key,),
            signature=f"s-{locator}",
        )
        self.waiting.append(Queued(locator, "100", QueueReason.OURS))
        self._lost(fault, "create_pnr")
        return self.pnrs[locator]

    async def find(self, key: str) -> Pnr | None:
        self._fails("find")
        ours = [q.locator for q in self.waiting if q.reason is QueueReason.OURS]
        return next((self.pnrs[p] for p in reversed(ours) if key in self.pnrs[p].remarks), None)

    async def retrieve(self, locator: str) -> Pnr:
        self._fails("retrieve")
        return self._known(locator)

    async def ticket(self, locator: str, *, key: str) -> Sequence[Ticket]:
        self.sent[f"ticket {locator}"] += 1
        fault = self._fails("ticket")
        pnr = self._known(locator)
        if not pnr.ticketed:
            if pnr.cancelled:
                raise Refused("nothing to be ticketed", vendor=VENDOR, operation="ticket")
            people = len(self.orders[locator].travellers)
            self.pnrs[locator] = msgspec.structs.replace(
                pnr, tickets=tuple(self._ticket(n, pnr) for n in range(1, people + 1))
            )
        self._lost(fault, "ticket")
        return self.pnrs[locator].tickets

    async def void(self, locator: str) -> Pnr:
        self.sent[f"void {locator}"] += 1
        fault = self._fails("void")
        if fault is not None and fault[0] == "too_late":
            raise Refused("the void window is over", vendor=VENDOR, operation="void")
        return self._ended(locator, CouponStatus.VOID, fault, "void")

    async def refund_quote(self, locator: str) -> RefundQuote:
        self._fails("refund_quote")
        offer = self.orders[locator].offer
        if not offer.refundable:
            raise Refused("it gives nothing back", vendor=VENDOR, operation="refund_quote")
        people = len(self.orders[locator].travellers)
        penalty = Money(PENALTY.minor * people, PENALTY.currency)
        return RefundQuote(offer.price.net - penalty, penalty)

    async def refund(self, locator: str) -> Pnr:
        self.sent[f"refund {locator}"] += 1
        fault = self._fails("refund")
        if not self.orders[locator].offer.refundable:
            raise Refused("it gives nothing back", vendor=VENDOR, operation="refund")
        return self._ended(locator, CouponStatus.REFUNDED, fault, "refund")

    async def cancel(self, locator: str) -> Pnr:
        fault = self._fails("cancel")
        pnr = self._known(locator)
        if any(t.live for t in pnr.tickets):
            raise Refused("it has tickets", vendor=VENDOR, operation="cancel")
        self.pnrs[locator] = msgspec.structs.replace(pnr, segments=(), cancelled=True)
        self._lost(fault, "cancel")
        return self.pnrs[locator]

    async def queued(self) -> Sequence[Queued]:
        self._fails("queued")
        return list(self.waiting)

    async def enqueue(self, locator: str) -> None:
        self._fails("enqueue")
        self._known(locator)
        ours = Queued(locator, "100", QueueReason.OURS)
        if ours not in self.waiting:
            self.waiting.append(ours)

    async def dequeue(self, waiting: Queued) -> None:
        self._fails("dequeue")
        self.waiting = [
            q for q in self.waiting if (q.locator, q.queue) != (waiting.locator, waiting.queue)
        ]

    async def probe(self) -> Probe:
        return Probe(Verdict.VERIFIED, {"endpoint": VENDOR})

    def _offer(self, request: FlightSearch, rbd: str) -> FlightOffer:
        segments = tuple(_segment(b.origin, b.destination, b.date, rbd) for b in request.bounds)
        fares = tuple(
            PassengerFare(
                type_,
                count,
                Money(ADULT.minor * len(segments) * PARTS[type_] // 100, ADULT.currency),
                Money(100_00, ADULT.currency),
            )
            for type_, count in request.passengers.items()
        )
        net = Money(sum((f.base + f.taxes).minor * f.count for f in fares), ADULT.currency)
        refundable, now = rbd == "K", self._clock.now()
        fee = Money(PENALTY.minor * sum(request.passengers.values()), PENALTY.currency)
        return FlightOffer(
            connection=self._connection,
            segments=segments,
            bounds=(1,) * len(segments),
            fares=fares,
            price=Price(net=net, sell=net, commission=zero(net.currency)),
            validating_carrier="GA",
            source=("memory",),
            ticket_by=now + timedelta(days=TICKET_DAYS),
            refundable=refundable,
            changeable=True,
            penalties=(
                StructuredPenalty(
                    Act.REFUND, When.BEFORE, refundable, PENALTY if refundable else None
                ),
            ),
            cancellation=CancellationPolicy((CancellationStep(now, fee if refundable else net),)),
        )

    def _ticket(self, passenger: int, pnr: Pnr) -> Ticket:
        coupons = tuple(Coupon(n, CouponStatus.OPEN) for n, _ in enumerate(pnr.segments, 1))
        number = f"126{next(self._numbers):010d}"
        return Ticket(number, passenger, self._clock.now().date(), coupons)

    def _ended(
        self, locator: str, status: CouponStatus, fault: tuple[str, float] | None, operation: str
    ) -> Pnr:
        pnr = self._known(locator)
        ended = tuple(
            msgspec.structs.replace(
                t,
                coupons=tuple(Coupon(c.number, status) for c in t.coupons) if t.live else t.coupons,
            )
            for t in pnr.tickets
        )
        self.pnrs[locator] = msgspec.structs.replace(pnr, tickets=ended)
        self._lost(fault, operation)
        return self.pnrs[locator]

    def _known(self, locator: str) -> Pnr:
        if locator not in self.pnrs:
            raise Refused("there is no such PNR", vendor=VENDOR)
        return self.pnrs[locator]


def _segment(origin: str, destination: str, on: date, rbd: str) -> Segment:
    departs = datetime.combine(on, time(9))
    return Segment(
        carrier="GA",
        number="980",
        origin=origin,
        destination=destination,
        departs_at=departs,
        arrives_at=departs + timedelta(hours=6),
        rbd=rbd,
        fare_basis=f"{rbd}MEM",
    )


def _dearer(offer: FlightOffer, percent: float) -> FlightOffer:
    net = offer.price.net
    net = Money(net.minor * int(100 + percent) // 100, net.currency)
    return msgspec.structs.replace(
        offer, price=msgspec.structs.replace(offer.price, net=net, sell=net)
    )
