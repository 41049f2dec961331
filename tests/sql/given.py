"""Invented rows, complete enough to be stored, each referring to the others."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from core.domain import ids
from core.domain.agreements.agreement import Agreement, Document, Mark, Signer
from core.domain.agreements.akad.template import Clause, Template
from core.domain.audit import AuditEntry
from core.domain.bookings import hotel
from core.domain.bookings.activity import Voucher, VoucherForm
from core.domain.bookings.booking import Booking
from core.domain.bookings.hotel import Board, Collect, Hotel, HotelOffer, Room
from core.domain.bookings.kept_pnr import KeptPnr
from core.domain.bookings.offer import Quote
from core.domain.bookings.terms import CancellationPolicy, CancellationStep, Price, Tax
from core.domain.bookings.voucher import VoucherSheet
from core.domain.channels.channel import (
    BufferStep,
    Channel,
    ChannelMapping,
    PlanMapping,
    RoomMapping,
    SafetyBuffer,
)
from core.domain.channels.channel_reservation import ChannelReservation, Revision
from core.domain.channels.lane import Lane, LaneKey, LaneKind
from core.domain.channels.parity import Breach, BreachDay, BreachState, Reading, ShownNight
from core.domain.channels.pulling import Pull, Watch
from core.domain.channels.push import Push
from core.domain.channels.reservation import (
    NOBODY,
    Acknowledgement,
    Reservation,
    ReservationRoom,
    ReservationState,
)
from core.domain.connections.connection import Connection, ConnectionTest, VendorAccount, Verdict
from core.domain.event import EventDraft
from core.domain.filings import filing
from core.domain.filings.departure import Departure, GroupFlight, HolyCity, Lodging, Pilgrim, Plan
from core.domain.filings.dossier import Dossier
from core.domain.filings.filing import FilingKind
from core.domain.filings.pilgrim_import import PilgrimImport
from core.domain.filings.roster import Entry, RowFault
from core.domain.inbound.inbox import InboxMessage
from core.domain.inbound.rejection import Rejection
from core.domain.markup import Markup
from core.domain.money import Money
from core.domain.payments.payment import Payment, Refund
from core.domain.payments.payment_plan import FeeStep, Instalment, PaymentPlan
from core.domain.person import Guest, Person, PersonKind
from core.domain.secret import Secret
from core.domain.stay import Occupancy, Stay
from core.domain.stock.allotment import Allotment
from core.domain.stock.ari import Prices, Restrictions
from core.domain.stock.holding import Hold
from core.domain.stock.moves import Rooms
from core.domain.stock.property import Property, TaxRule
from core.domain.stock.rate_cell import RateCell
from core.domain.stock.rate_plan import CancellationRule, LengthDiscount, RatePlan
from core.domain.stock.room_type import RoomType
from core.domain.stock.sale import Sale
from core.domain.submission import Submission
from core.domain.tenancy import (
    ApiKey,
    Environment,
    LegalEntity,
    Permission,
    Scope,
    Tenant,
)
from core.domain.webhooks.partner import Endpoint, Partner, SigningSecret
from core.domain.webhooks.recovery import Recovery, Wanted, What
from core.domain.webhooks.signature import private_from, public_from
from core.domain.webhooks.signing_key import SigningKey

_PLAN = Plan(
    "Umrah",
    date(2026, 5, 4),
    date(2026, 5, 13),
    package="PKT-001",
    flights=(GroupFlight("GA", "980", "CGK", "JED", date(2026, 5, 4), "ABC123"),),
    lodgings=(Lodging(HolyCity.MAKKAH, "Contoh Makkah", date(2026, 5, 5), date(2026, 5, 12)),),
)
NOW = datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC)
STAY = Stay(date(2026, 4, 1), date(2026, 4, 6))
_count = itertools.count(1)


def an_id(prefix: str) -> str:
    """Ids that sort in the order they were made."""
    return ids.encode(prefix, 1_772_000_000_000 + next(_count), bytes(10))


class World:
    """One of each row for one scope; the ids are made with it."""

    def __init__(self, environment: Environment = Environment.TEST, tenant: str = "") -> None:
        self.tenant = Tenant(tenant or an_id("tnt"), "Zamzam Tours", NOW)
        self.scope = Scope(self.tenant.id, environment)
        self.entity = LegalEntity(an_id("ent"), "PT Zamzam", "ID", "IDR", "01.234", "U.9", NOW)
        credential = {"api_key": Secret("not-a-real-key"), "secret": Secret("not-a-real-secret")}
        self.account = VendorAccount(an_id("acc"), "hotelbeds", "main", credential, NOW)
        self.connection = Connection(
            id=an_id("con"),
            entity=self.entity.id,
            account=self.account.id,
            adapter="hotelbeds",
            name="Makkah hotels",
            config={"hotels": [1, 2], "base_url": "https://hotels.example"},
            created_at=NOW,
            markup=Markup(Decimal("7.5"), 1000),
            last_test=ConnectionTest(Verdict.VERIFIED, NOW, 80, {"status": "200"}),
        )
        self.partner = Partner(an_id("ptn"), "Safar App", NOW)
        self.endpoint = self.an_endpoint()
        self.api_key = ApiKey(
            an_id("key"),
            "platform",
            f"{next(_count):064x}",
            "4f2a",
            frozenset({Permission.SEARCH, Permission.BOOKINGS_WRITE}),
            NOW,
            expires_at=NOW + timedelta(days=90),
        )
        self.person = Person(an_id("per"), "Aisyah", "Rahmawati", "a@guest.example", None, "halal")
        self.quote = Quote(
            an_id("qte"), self._offer(), self.entity.id, NOW, NOW + timedelta(minutes=30)
        )
        self.booking = self.a_booking()
        self.pnr = KeptPnr(
            id=an_id("pnr"),
            booking=self.booking.id,
            entity=self.entity.id,
            connection=self.connection.id,
            locator="KTBXQL",
            passengers=1,
            created_at=NOW,
            updated_at=NOW,
            partner=self.partner.id,
        )
        self.sheet = VoucherSheet(
            id=self.booking.id,
            created_at=NOW,
            vouchers=(Voucher(VoucherForm.QR_CODE, "opens-the-door"),),
            check_at=NOW,
        )
        self.payment_plan = PaymentPlan(
            id=an_id("pln"),
            entity=self.entity.id,
            price=Money(3_500_000_000, "IDR"),
            timezone="Asia/Jakarta",
            instalments=(Instalment(Money(3_500_000_000, "IDR"), date(2027, 1, 10)),),
            created_at=NOW,
            updated_at=NOW,
            received=Money(0, "IDR"),
            charged_back=Money(0, "IDR"),
            fees=(FeeStep(date(2027, 1, 1), Money(250_000_000, "IDR")),),
            booking=self.booking.id,
            partner=self.partner.id,
        )
        self.payment = Payment(
            id=an_id("pay"),
            booking=self.booking.id,
            entity=self.entity.id,
            connection=self.connection.id,
            charge_reference="pi_1",
            amount=Money(215_000_000, "IDR"),
            description="Umrah stay",
            created_at=NOW,
            updated_at=NOW,
            submission=Submission(NOW, NOW, NOW),
            partner=self.partner.id,
            plan=self.payment_plan.id,
        )
        self.refund = Refund(
            id=an_id("rfd"),
            payment=self.payment.id,
            booking=self.booking.id,
            amount=Money(115_000_000, "IDR"),
            reason="cancelled",
            created_at=NOW,
            updated_at=NOW,
            submission=Submission(NOW, NOW, NOW),
            partner=self.partner.id,
        )
        self.agreement = self.an_agreement()
        self.template = Template(
            "akad", 2, "Akad", "عقد", (Clause("ujrah", "Ujrah", "{ujrah}"),), (), an_id("tpl"), NOW
        )
        self.message = self.a_message()
        self.signing_key = SigningKey(
            an_id("sgk"), public_from(bytes(32)), Secret(private_from(bytes(32))), NOW
        )
        self.recovery = self.a_recovery()
        self.wanted = Wanted(
            self.endpoint.id, None, (), NOW, NOW + timedelta(days=3650), What.ALL, NOW
        )
        self.audit_entry = self.an_entry()
        self.departure = Departure(
            an_id("dpt"), self.entity.id, self.connection.id, _PLAN, NOW, NOW
        )
        self.pilgrim = self.a_pilgrim("A-1")
        self.dossier = Dossier(nik="3171015708850002", full_name="SITI CONTOH")
        self.filing = filing.opened(an_id("flg"), FilingKind.RETURN, self.departure, (), NOW)
        self.pilgrim_import = PilgrimImport(
            id=an_id("imp"),
            departure=self.departure.id,
            created_at=NOW,
            created_by=self.api_key.id,
            total=2,
            wrong=1,
            faults=(RowFault(3, "nik", "is 16 digits"),),
            entries=(Entry(2, "A-2", NOW.date(), self.dossier),),
            check_at=NOW,
        )
        self.house = Property(
            id=an_id("prp"),
            entity=self.entity.id,
            code="AJYAD",
            name="Ajyad Courtyard",
            timezone="Asia/Riyadh",
            currency="SAR",
            country="SA",
            created_at=NOW,
            taxes=(TaxRule("VAT", Decimal("15")), TaxRule("fee", None, Money(1000, "SAR"), True)),
        )
        self.room_type = RoomType(an_id("rmt"), self.house.id, "QUAD", "Quadruple", 4, 2)
        self.plan = RatePlan(
            id=an_id("rpl"),
            property=self.house.id,
            code="BAR",
            name="Best available",
            currency="SAR",
            cancellation=(CancellationRule(days_before=3, nights=1),),
            length_discounts=(LengthDiscount(7, Decimal("5.5")),),
        )
        self.allotment = Allotment(
            id=an_id("alt"),
            property=self.house.id,
            name="Ramadan group",
            room_type=self.room_type.id,
            stay=STAY,
            count=2,
            release_on=date(2026, 3, 20),
            release_at=NOW + timedelta(days=19),
            created_at=NOW,
            drawn=(0,) * STAY.nights,
        )
        self.hold = Hold(
            id=an_id("hld"),
            property=self.house.id,
            rooms=(Rooms(self.room_type.id, STAY, 2),),
            created_at=NOW,
            expires_at=NOW + timedelta(minutes=20),
            created_by=self.api_key.id,
            reference="group-7",
            allotment=self.allotment.id,
        )
        self.sale = Sale(
            id=an_id("sal"),
            connection=self.connection.id,
            property=self.house.id,
            reference=an_id("sal")[-20:],
            rooms=(Rooms(self.room_type.id, STAY),),
            offer=self._offer(),
            holder=self.person.id,
            created_at=NOW,
            updated_at=NOW,
        )
        self.channel = Channel(
            id=an_id("chn"),
            connection=self.connection.id,
            property=self.house.id,
            property_code="HTL1",
            name="Ajyad at Acme",
            created_at=NOW,
            mapping=ChannelMapping(
                (RoomMapping(self.room_type.id, "QUAD"),),
                (PlanMapping(self.room_type.id, self.plan.id, "BAR"),),
            ),
            buffer=SafetyBuffer(0, (BufferStep(3, 1),)),
        )
        self.push = Push(self.channel.id, self.house.id, 0.5, True, 7, check_at=NOW)
        self.lane = Lane(
            LaneKey(LaneKind.AVAILABILITY, "QUAD"),
            {STAY.check_in: 3},
            {STAY.check_in: 1_772_000_000},
        )
        self.pull = Pull(self.connection.id, 60.0, NOW)
        self.watch = Watch(self.channel.id, NOW)
        self.reservation = self.a_reservation()
        self.acknowledgement = Acknowledgement(
            id=an_id("ack"),
            connection=self.connection.id,
            reservation=self.reservation.id,
            told=ChannelReservation(
                "M1", "BDC-1", 1, Revision.NEW, "HTL1", (), NOBODY, booked_at=NOW
            ),
            received_at=NOW,
            due_by=NOW + timedelta(minutes=30),
            check_at=NOW,
        )
        self.breach = Breach(
            id=an_id("brc"),
            channel=self.channel.id,
            room="QUAD",
            plan="BAR",
            state=BreachState.REPUSHED,
            opened_at=NOW,
            checked_at=NOW,
            days=(BreachDay(STAY.check_in, Money(40000, "SAR"), Money(44000, "SAR"), 2),),
        )
        shown = ShownNight(STAY.check_in, Prices(((2, Money(44000, "SAR")),)))
        self.reading = Reading(an_id("rdg"), self.channel.id, "QUAD", "BAR", NOW, (shown,))
        self.rate = RateCell(
            room_type=self.room_type.id,
            plan=self.plan.id,
            night=STAY.check_in,
            prices=Prices(((2, Money(40000, "SAR")),), Money(10000, "SAR")),
            restrictions=Restrictions(closed_to_arrival=True, min_stay_through=2),
            min_advance=1,
        )

    def a_pilgrim(self, reference: str) -> Pilgrim:
        made, person = an_id("plg"), self.person.id
        return Pilgrim(made, self.departure.id, person, reference, NOW.date(), NOW, NOW)

    def an_endpoint(self, partner: Partner | None = None) -> Endpoint:
        secrets = (
            SigningSecret(Secret("whsec_bm90LWEtcmVhbC1zZWNyZXQtYXQtYWxsISE=")),
            SigningSecret(Secret("whsec_b2xkLWJ1dC1hbHNvLW5vdC1yZWFsLWF0LWFsbA=="), NOW),
        )
        return Endpoint(
            id=an_id("end"),
            partner=(partner or self.partner).id,
            url="https://partner.example/hooks",
            types=("booking.*", "payment.*"),
            created_at=NOW,
            secrets=secrets,
        )

    def a_booking(self) -> Booking:
        return Booking(
            id=an_id("bkg"),
            entity=self.entity.id,
            connection=self.connection.id,
            quote=self.quote.id,
            offer=self.quote.offer,
            holder=self.person.id,
            guests=(Guest(self.person.id, 1, PersonKind.ADULT),),
            vendor_reference=an_id("bkg").removeprefix("bkg_")[-20:],
            reference="order-77",
            created_at=NOW,
            updated_at=NOW,
            submission=Submission(NOW, NOW, NOW),
            partner=self.partner.id,
        )

    def an_agreement(self) -> Agreement:
        return Agreement(
            id=an_id("agr"),
            entity=self.entity.id,
            template="akad",
            version=2,
            title="Akad",
            signers=(Signer(self.person.id, "muwakkil", Mark(3, 70.5, 400)),),
            document=Document("a" * 64, 90_000, "b" * 64),
            created_at=NOW,
            updated_at=NOW,
            bookings=(self.booking.id,),
            connection=self.connection.id,
            submission=Submission(NOW, NOW, NOW),
            partner=self.partner.id,
        )

    def a_reservation(self, reference: str = "BDC-1") -> Reservation:
        room = ReservationRoom(
            "QUAD",
            "BAR",
            self.room_type.id,
            self.plan.id,
            STAY,
            Occupancy(2),
            guests=(self.person.id,),
        )
        return Reservation(
            id=an_id("rsv"),
            connection=self.connection.id,
            reference=reference,
            order=1,
            state=ReservationState.CONFIRMED,
            property_code="HTL1",
            rooms=(room,),
            holder=self.person.id,
            created_at=NOW,
            updated_at=NOW,
            channel=self.channel.id,
            property=self.house.id,
            sold_on="Booking.com",
            total=Money(200000, "SAR"),
            booked_at=NOW,
        )

    def a_rejection(self, id: str | None = None, size: int = 12) -> Rejection:
        return Rejection(
            id=id or an_id("rej"),
            connection=self.connection.id,
            adapter=self.connection.adapter,
            reason="no signature matches",
            digest="0" * 64,
            size=size,
            received_at=NOW,
        )

    def a_message(self) -> InboxMessage:
        return InboxMessage(
            id=an_id("inb"),
            connection=self.connection.id,
            vendor_id=an_id("inb"),
            type="checkout.session.completed",
            raw=b'{"id": "evt_1", "card": "************4242"}\xff',
            received_at=NOW,
        )

    def a_recovery(self) -> Recovery:
        return Recovery(
            id=an_id("rcv"),
            endpoint=self.endpoint.id,
            partner=self.partner.id,
            what=What.ALL,
            types=("*",),
            since=NOW,
            until=NOW + timedelta(days=1),
            pace_per_s=10,
            cursor=0,
            end=7,
            total=3,
            created_at=NOW,
            created_by=self.api_key.id,
        )

    def an_entry(self) -> AuditEntry:
        return AuditEntry(
            id=an_id("aud"),
            at=NOW + timedelta(microseconds=1),
            actor=self.api_key.id,
            action="booking.cancel",
            subject=self.booking.id,
            reason="the guest is ill",
            before={"state": "confirmed", "fee": None, "share": 0.1},
            after={"state": "cancelling", "fee": {"minor": 1, "currency": "SAR"}},
            request=an_id("req"),
        )

    def a_draft(self, subject: str | None = None, type_: str = "booking.confirmed") -> EventDraft:
        return EventDraft(
            type=type_,
            schema="booking.confirmed.v1",
            subject_type="booking",
            subject=subject or self.booking.id,
            payload={"z": 1, "a": {"amount": 1.5}, "name": "حجز"},
            partner=self.partner.id,
        )

    def _offer(self) -> HotelOffer:
        net, sell = Money(2_000_00, "SAR"), Money(2_150_00, "SAR")
        zero = Money(0, "SAR")
        tax = Tax("municipality fee", Money(50_00, "SAR"), included=False)
        step = CancellationStep(NOW + timedelta(days=20), Money(500_00, "SAR"))
        return HotelOffer(
            connection=self.connection.id,
            hotel=Hotel("h1", "Dar Al Example", "Asia/Riyadh", 21.42, 39.82, "5"),
            stay=STAY,
            rooms=(Room("DBL", "Double", Occupancy(2, (4,))),),
            rate_plan=hotel.RatePlan("NRF", "Special"),
            board=Board.BREAKFAST,
            board_name="Breakfast",
            price=Price(net, sell, zero, None, (tax,)),
            cancellation=CancellationPolicy((step,)),
            collect=Collect.PREPAID,
            nationality="ID",
            source=("rate-key-1",),
            expires_at=NOW + timedelta(hours=1),
        )
