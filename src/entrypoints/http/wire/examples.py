"""An example of each request and of the answers one meets first. Persons are invented."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from core.application.agreements.resolve_agreement import AgreementOutcome
from core.application.bookings.resolve_booking import Resolution
from core.application.payments.resolve_payment import MoneyOutcome
from core.application.pnrs.read_pnr import PnrOutcome
from core.domain.bookings import hotel as hotels
from core.domain.bookings.activity import UnitKind
from core.domain.bookings.booking import BookingState
from core.domain.bookings.flight import Segment
from core.domain.bookings.kept_pnr import PnrState
from core.domain.bookings.terms import CancellationStep, Tax
from core.domain.channels import channel as channels
from core.domain.events.catalogue import CATALOGUE
from core.domain.events.catalogue.bookings import BookingPayload, HotelSold
from core.domain.events.catalogue.flights import PnrPayload
from core.domain.filings.dossier import Dossier
from core.domain.money import Money
from core.domain.payments.payment import PaymentState
from core.domain.payments.payment_plan import InstalmentKind
from core.domain.person import PassengerType, PersonKind
from core.domain.stay import Occupancy
from core.domain.tenancy import Permission
from entrypoints.http.wire import (
    activity,
    agreement,
    booking,
    channel,
    connection,
    diagnosis,
    filing,
    flight,
    hotel,
    partner,
    payment,
    pilgrim,
    plan,
    pnr,
    quote,
    recovery,
    sale,
    settlement,
    signing_key,
    tenancy,
    trying,
)
from entrypoints.http.wire.stock_examples import STOCK
from entrypoints.http.wire.values import Amount, Because, BecauseOwed, NewMarkup

_TOLD = CATALOGUE["booking.confirmed"].example
assert isinstance(_TOLD, BookingPayload)
_AT = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
_STAY = _TOLD.sold
assert isinstance(_STAY, HotelSold)
_IN, _OUT = _STAY.check_in, _STAY.check_out
_PARTY = Occupancy(2, (7,))
_FAMILY = (
    booking.NewGuest("Sari", "Wulandari"),
    booking.NewGuest("Bagus", "Wulandari"),
    booking.NewGuest("Intan", "Wulandari", 7),
)
_HOLDER = booking.NewHolder("Sari", "Wulandari", "sari@example.com", "+62 811 0000 000")
_ENTITY, _QUOTE = "ent_06f3m8r1c5x9h2m6q0v4z8d3ky", "qte_06f3m8s7g2k6p0t4x8b3f7j1nw"
_PARTNER, _PERSON = "ptn_06f3m8t9j4n8r2v6z0d5h9m3qx", "per_06f3m8v1n6r0t4x8b2f6j0m4qz"
_PLAN = pilgrim.DeparturePlan("Umrah Rajab, 9 days", date(2027, 1, 14), date(2027, 1, 23))
_SCHEDULE = partner.Schedule((5, 30, 300, 1800, 7200), 0.2, 3600, 86400)

_SALE = sale.HotelSale(
    connection=_TOLD.connection,
    hotel=hotels.Hotel(_STAY.hotel_code, _STAY.hotel_name, "Asia/Riyadh", 21.4194, 39.8262, "4"),
    check_in=_IN,
    check_out=_OUT,
    nights=(_OUT - _IN).days,
    rooms=(hotels.Room("TPL.ST", "Triple, Haram side", _PARTY),),
    rate_plan=hotels.RatePlan("NRF", "Best flexible"),
    board=hotels.Board.BREAKFAST,
    board_name="Bed and breakfast",
    price=sale.Price(_TOLD.sell, (Tax("Municipality fee", Money(10312, "SAR"), included=True),)),
    cancellation=sale.CancellationPolicy(
        _AT + timedelta(days=30),
        (CancellationStep(_AT + timedelta(days=30), Money(82500, "SAR")),),
    ),
    collect=hotels.Collect.PREPAID,
    nationality="ID",
    rate_comments="Check-in from 16:00.",
    on_request=False,
)
_BOOKING = booking.Booking(
    id=_TOLD.booking,
    state=BookingState.CONFIRMED,
    reference=_TOLD.reference,
    entity=_ENTITY,
    quote=_QUOTE,
    vendor_reference=_TOLD.vendor_reference,
    supplier_reference=_TOLD.supplier_reference,
    partner=None,
    sale=_SALE,
    holder=booking.BookingHolder(_PERSON),
    guests=(booking.Guest(_PERSON, 0, PersonKind.ADULT, None),),
    amendment=None,
    cancelled=None,
    refusal=None,
    created_at=_AT,
    updated_at=_AT,
)
_PAYMENT = payment.Payment(
    id="pay_06f3m8v9d1q5r7t2w4y6zabcde",
    state=PaymentState.OPEN,
    booking=_TOLD.booking,
    plan=None,
    entity=_ENTITY,
    connection="con_06f3m8w3f7j1n5r9v3z7d2h6mx",
    partner=None,
    amount=_TOLD.sell,
    description="Ajyad Courtyard Makkah, 2027-01-14",
    url="https://pay.example.com/c/cs_00000000",
    return_url="https://agency.example.com/paid",
    gateway_reference="cs_00000000",
    charge_reference=None,
    expires_at=_AT + timedelta(hours=23),
    paid_at=None,
    charged_back=Money(0, "SAR"),
    refusal=None,
    created_at=_AT,
    updated_at=_AT,
)
_QUOTED = quote.Quote(
    id=_QUOTE,
    entity=_ENTITY,
    sale=_SALE,
    quoted_at=_AT,
    expires_at=_AT + timedelta(minutes=20),
    previous_sell=None,
)

_TOLD_PNR = CATALOGUE["pnr.created"].example
assert isinstance(_TOLD_PNR, PnrPayload)
_PNR = pnr.Pnr(
    id=_TOLD_PNR.pnr,
    booking=_TOLD.booking,
    state=PnrState.HELD,
    locator=_TOLD_PNR.locator,
    connection=_TOLD_PNR.connection,
    entity=_ENTITY,
    partner=None,
    segments=tuple(
        pnr.SegmentOfPnr(
            flight=Segment(
                carrier=s.flight[:2],
                number=s.flight[2:],
                origin=s.origin,
                destination=s.destination,
                departs_at=s.departs_at,
                arrives_at=s.departs_at + timedelta(hours=5, minutes=40),
                rbd="K",
                fare_basis="KRTFGAID",
            ),
            status=s.status,
            task=s.task,
            open=False,
            was=s.was,
            carrier_locator="7QK2MX",
        )
        for s in _TOLD_PNR.segments
    ),
    tickets=(),
    tasks=(),
    pay_by=None,
    ticket_by=_TOLD_PNR.ticket_by,
    fare_until=_TOLD_PNR.fare_until,
    due_by=_TOLD_PNR.due_by,
    kept=None,
    refusal=None,
    told_at=_AT,
    created_at=_AT,
    updated_at=_AT,
)

_JWK = signing_key.Jwk(
    "sgk_06f3m8x2n6r0t4x8b2f6j0m4qz",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "whpk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
)

_FUNDS = (
    agreement.NewLine(
        "Hotel Makkah", Amount(1_800_000_000, "IDR"), _TOLD.booking, Amount(412_500, "SAR")
    ),
    agreement.NewLine("Tiket pesawat", Amount(3_650_000_000, "IDR")),
)
_AKAD = agreement.NewAgreement(
    template="wakalah-bil-ujrah-umrah",
    entity=_ENTITY,
    muwakkil=agreement.NewMuwakkil(
        agreement.NewSigner("Sari", "Wulandari", "sari@example.com", "+62 811 0000 000"),
        "0000000000000000",
        "Jalan Melati 7, Depok",
    ),
    wakil=agreement.NewWakil(
        agreement.NewSigner("Ahmad", "Contoh", "ahmad@agency.example"), "Direktur", "Jalan Contoh 1"
    ),
    figures=agreement.NewFigures(
        place="Jakarta",
        on=date(2026, 12, 1),
        departs=_PLAN.departs_on,
        returns=_PLAN.returns_on,
        lines=_FUNDS,
        ujrah=Amount(550_000_000, "IDR"),
        total=Amount(6_000_000_000, "IDR"),
        plan=(
            agreement.NewInstalment("Uang muka", date(2026, 12, 2), Amount(2_000_000_000, "IDR")),
            agreement.NewInstalment("Pelunasan", date(2027, 1, 5), Amount(4_000_000_000, "IDR")),
        ),
        refunds=(agreement.NewRefundStep(45, 90), agreement.NewRefundStep(30, 50)),
        escrow_bank="Bank Contoh Syariah",
        escrow_account="000-111-222",
        court="Pengadilan Agama Jakarta Selatan",
    ),
    bookings=(_TOLD.booking,),
    connection="con_06f3m8w3f7j1n5r9v3z7d2h6mx",
)

_PROPERTY = "prp_06f3m9e1g4j7m9q2s5v8xabcde"
_ROOM_TYPE, _RATE_PLAN = "rmt_06f3m9e2h5k8n1r3t6w9yabcde", "rpl_06f3m9e3j6m9q2s5v8x1zabcde"
_HELD_BACK = channels.SafetyBuffer(0, (channels.BufferStep(1, 2), channels.BufferStep(7, 1)))
_ALL: tuple[Any, ...] = (
    _AKAD,
    agreement.AgreementResolution(
        AgreementOutcome.AT_VENDOR,
        "Their dashboard lists it.",
        "0e5c2f3a-0000-4000-8000-000000000001",
    ),
    agreement.NewVersion(
        "Akad Wakalah bil Ujrah",
        "عقد الوكالة بالأجرة",
        (
            agreement.NewClause(
                "ujrah", "Ujrah", "Ujrah sebesar {ujrah} ({ujrah_words}).", "الأجرة"
            ),
        ),
    ),
    agreement.NewReview("sharia", "K.H. Contoh, Dewan Pengawas Syariah"),
    channel.NewChannel(
        connection=_TOLD.connection,
        property=_PROPERTY,
        property_code="604113",
        pricing=channel.Pricing(NewMarkup(Decimal("12.5"), 500), channels.TaxDisplay.INCLUDED),
        buffer=_HELD_BACK,
    ),
    channel.ChannelChange(buffer=_HELD_BACK, tolerance=channels.Tolerance(Decimal("0.5"), 100)),
    channel.NewMapping(
        rooms=(channels.RoomMapping(_ROOM_TYPE, "DLX"),),
        plans=(channels.PlanMapping(_ROOM_TYPE, _RATE_PLAN, "BAR"),),
        ignored=("DORM",),
        ignored_plans=(channels.IgnoredPlan("DLX", "WHOLESALE"),),
    ),
    tenancy.NewEntity("PT Contoh Wisata", "ID", "IDR", "00.000.000.0-000.000", "U.000/2026"),
    tenancy.NewKey("platform", frozenset({Permission.SEARCH, Permission.BOOKINGS_WRITE})),
    connection.NewConnection(
        adapter="hotelbeds",
        name="Hotelbeds, Jakarta office",
        entity=_ENTITY,
        config={"api_key": "fakekey00000000", "secret": "fakesecret"},
        markup=NewMarkup(Decimal("8.5"), 100),
    ),
    connection.ConnectionChange(name="Hotelbeds, head office", markup=NewMarkup(Decimal(10))),
    connection.NewSecrets({"secret": "fakesecret2"}),
    hotel.HotelSearch(
        destination=hotels.Circle(21.4225, 39.8262, 3),
        check_in=_IN,
        check_out=_OUT,
        rooms=(_PARTY,),
        nationality="ID",
    ),
    activity.ActivitySearch(
        where=hotels.Circle(21.4225, 39.8262, 10),
        first=_IN,
        last=_IN + timedelta(days=2),
        people={UnitKind.ADULT: 2, UnitKind.CHILD: 1},
    ),
    flight.FlightSearch(
        bounds=(
            flight.NewBound("CGK", "JED", _IN),
            flight.NewBound("JED", "CGK", _IN + timedelta(days=10)),
        ),
        passengers={PassengerType.ADULT: 2, PassengerType.CHILD: 1},
    ),
    flight.PriceFlight("ofr_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"),
    flight.FareQuestion("ofr_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"),
    pnr.PnrResolution(PnrOutcome.DONE, "seen in the GDS by our ticketing desk"),
    _PNR,
    quote.NewQuote("ofr_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"),
    booking.NewBooking(quote=_QUOTE, holder=_HOLDER, rooms=(_FAMILY,), reference=_TOLD.reference),
    booking.BookingChange(date(2027, 1, 15), date(2027, 1, 20)),
    booking.BookingResolution(
        Resolution.CONFIRMED, "told by their desk on the phone", _TOLD.supplier_reference
    ),
    payment.NewPayment(
        booking=_TOLD.booking,
        connection=_PAYMENT.connection,
        return_url="https://agency.example.com/paid",
    ),
    payment.NewPlanPayment(
        connection=_PAYMENT.connection, return_url="https://agency.example.com/paid"
    ),
    settlement.NewReconciliation(
        connection=_PAYMENT.connection,
        since=datetime(2026, 11, 1, tzinfo=UTC),
        until=datetime(2026, 12, 1, tzinfo=UTC),
    ),
    plan.NewPlan(
        entity=_ENTITY,
        price=Amount(3_500_000_000, "IDR"),
        instalments=(
            plan.NewInstalment(
                Amount(500_000_000, "IDR"), date(2026, 11, 25), InstalmentKind.DEPOSIT
            ),
            plan.NewInstalment(Amount(1_500_000_000, "IDR"), date(2026, 12, 25)),
            plan.NewInstalment(Amount(1_500_000_000, "IDR"), date(2027, 1, 10)),
        ),
        fees=(plan.NewFeeStep(date(2026, 12, 1), Amount(250_000_000, "IDR")),),
        reference=_TOLD.reference,
    ),
    payment.NewRefund(Amount(330000, "SAR"), "the guest fell ill"),
    payment.MoneyResolution(MoneyOutcome.SUCCEEDED, "seen in their dashboard", "ch_00000000"),
    partner.NewPartner("Travel portal"),
    partner.NewEndpoint("https://portal.example.com/hooks/serai", ("booking.*",), _PARTNER),
    partner.EndpointChange(types=("booking.*", "payment.succeeded")),
    _SCHEDULE,
    partner.ScheduleChange(_SCHEDULE),
    signing_key.KeySet((_JWK,)),
    diagnosis.SignatureQuestion(
        headers={
            "webhook-id": "evt_06f3m8t2b5yhkq7d4w1n9xc0ra",
            "webhook-timestamp": "1796112000",
            "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
        },
        body='{"id": "evt_06f3m8t2b5yhkq7d4w1n9xc0ra", "type": "booking.confirmed"}',
        at=_AT,
    ),
    recovery.NewRecovery(
        endpoint="end_06f3m9c1e3g5j7m9p2r4t6w8ya",
        since=datetime(2026, 11, 20, 3, tzinfo=UTC),
        types=("booking.*",),
        pace_per_s=20,
        reason="their receiver was down from 3 to 8",
    ),
    recovery.RecoveryChange(50),
    trying.NewTest("booking.confirmed"),
    trying.NewTestEvents(scenario="booking_lifecycle", endpoint="end_06f3m9c1e3g5j7m9p2r4t6w8ya"),
    pilgrim.NewDeparture(_ENTITY, _TOLD.connection, _PLAN, pilgrim.Escort("Hasan", "Contoh")),
    pilgrim.DepartureChange(_PLAN),
    pilgrim.Travel(departed_on=_PLAN.departs_on, departed_from="CGK"),
    pilgrim.NewPilgrim("A-001", date(2026, 11, 20), Dossier(full_name="SARI CONTOH")),
    pilgrim.PilgrimChange(Dossier(phone="+6281200000000"), ("email",)),
    filing.FilingDone("F-2027-000123", "receipt of 2 February, in the office's folder"),
    Because("asked for by the partner"),
    BecauseOwed("asked by the person concerned, letter of 2 December"),
    _BOOKING,
    _PAYMENT,
    _QUOTED,
    *STOCK,
)
EXAMPLES: dict[type[Any], Any] = {type(example): example for example in _ALL}


def example_of(kind: type[Any]) -> Any:
    """The example of *kind* as JSON values, always in the same order."""
    return msgspec.json.decode(msgspec.json.encode(EXAMPLES[kind], order="deterministic"))
