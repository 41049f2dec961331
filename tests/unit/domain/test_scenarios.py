"""Scenarios are consistent stories, and nobody can take them for facts."""

import itertools
import re
from datetime import UTC, datetime

import msgspec
import pytest

from core.domain.event import TEST, Event, EventDraft, told
from core.domain.events.catalogue import CATALOGUE
from core.domain.events.catalogue.bookings import BookingPayload
from core.domain.events.scenarios import SCENARIOS, Scenario, alone, ping, play
from core.domain.ids import encode, is_id

NOW = datetime(2027, 6, 1, 10, tzinfo=UTC)
EXAMPLE_IDS = {
    value
    for kind in CATALOGUE.values()
    for value in msgspec.structs.asdict(kind.example).values()
    if isinstance(value, str) and is_id(value, value[:3])
}


def played(scenario: Scenario, partner: str | None = "ptn_1") -> list[EventDraft]:
    numbers = itertools.count(1)

    def fresh(prefix: str) -> str:
        return encode(prefix, 1, next(numbers).to_bytes(10, "big"))

    return list(play(scenario, fresh, NOW, partner))


EVERY = [*SCENARIOS.values(), *(alone(name) for name in CATALOGUE)]


@pytest.mark.parametrize("scenario", EVERY, ids=lambda s: s.name)
def test_every_payload_is_of_its_schema_and_about_its_subject(scenario: Scenario) -> None:
    drafts = played(scenario)
    assert [d.type for d in drafts] == [s.type for s in scenario.steps]
    for draft in drafts:
        kind = CATALOGUE[draft.type]
        payload = msgspec.convert(draft.payload, type(kind.example))
        assert draft.schema == kind.schema
        assert draft.subject in msgspec.structs.asdict(payload).values()
        assert draft.partner == "ptn_1"


@pytest.mark.parametrize("scenario", EVERY, ids=lambda s: s.name)
def test_nothing_of_it_can_be_taken_for_a_fact(scenario: Scenario) -> None:
    for draft in played(scenario):
        text = msgspec.json.encode(draft.payload).decode()
        assert not [id for id in EXAMPLE_IDS if id in text]
        assert draft.subject_type == TEST
        event = Event(
            id="evt_1", sequence=1, occurred_at=NOW,
            **{n: v for n, v in msgspec.structs.asdict(draft).items() if n in _SHARED},
        )  # fmt: skip
        assert b'"test":true' in msgspec.json.encode(told(event))
        for name in ("reference", "vendor_reference", "supplier_reference"):
            value = draft.payload.get(name)
            assert value is None or value.startswith("TEST")


_SHARED = set(Event.__struct_fields__) & set(EventDraft.__struct_fields__)


def test_an_event_that_happened_does_not_speak_of_tests() -> None:
    event = Event("evt_1", "booking.confirmed", "booking/1", "booking", "bkg_1", 1, {}, NOW)
    assert b"test" not in msgspec.json.encode(told(event))


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_a_scenario_is_about_one_booking_and_says_what_it_is(scenario: Scenario) -> None:
    assert len({d.payload["booking"] for d in played(scenario)}) == 1
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", scenario.name)
    assert scenario.means.endswith(".")


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_a_booking_changes_only_as_its_events_tell(scenario: Scenario) -> None:
    """Dates move only when it is amended; a fee comes only with cancelling."""
    payloads = [
        (d.type, msgspec.convert(d.payload, BookingPayload))
        for d in played(scenario)
        if d.type.startswith("booking.")
    ]
    for (_, before), (type, after) in itertools.pairwise(payloads):
        moved = before.sold != after.sold
        assert moved == (type == "booking.amended")
        assert (after.fee is not None) == (type == "booking.cancelled")
        assert after.sell == before.sell
        assert after.vendor_reference == before.vendor_reference
        assert before.supplier_reference in (None, after.supplier_reference)


def test_what_is_refunded_is_what_was_paid_less_the_fee() -> None:
    by_type = {d.type: d.payload for d in played(SCENARIOS["booking_lifecycle"])}
    paid = by_type["payment.succeeded"]["amount"]["minor"]
    fee = by_type["booking.cancelled"]["fee"]["minor"]
    assert by_type["refund.succeeded"]["amount"]["minor"] == paid - fee


def test_the_stay_is_ahead_and_the_payment_is_now() -> None:
    by_type = {d.type: d.payload for d in played(SCENARIOS["booking_paid"])}
    assert by_type["booking.confirmed"]["sold"]["check_in"] == "2027-07-31"
    assert by_type["payment.succeeded"]["paid_at"] == "2027-06-01T10:00:00Z"


def test_two_plays_share_no_id() -> None:
    numbers = itertools.count(1)
    both = [
        [
            d.subject
            for d in play(SCENARIOS["sold_out"], lambda p: f"{p}_{next(numbers)}", NOW, None)
        ]
        for _ in range(2)
    ]
    assert both[0] != both[1]


def test_a_ping_names_its_endpoint() -> None:
    made = ping("end_1", "ptn_1")
    assert (made.type, made.subject, made.partner) == ("endpoint.ping", "end_1", "ptn_1")
    assert made.payload["endpoint"] == "end_1"


def test_there_is_no_such_event() -> None:
    with pytest.raises(KeyError):
        alone("booking.lost")
