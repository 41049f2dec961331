import msgspec
import pytest

from core.application.bookings.settle_booking import TOLD
from core.application.payments import settle_payment
from core.domain.bookings.reference import vendor_reference
from core.domain.event import is_pattern
from core.domain.events.booking_events import booking_event
from core.domain.events.catalogue import CATALOGUE, draft
from core.domain.events.catalogue.endpoints import PING
from core.domain.events.catalogue.event_type import EventType
from core.domain.events.payment_events import payment_event, refund_event
from core.domain.ids import PREFIXES, is_id
from core.domain.payments.payment import PaymentState, RefundState
from core.domain.person import Person
from tests.unit.domain.given import a_booking, a_payment, a_refund

ALPHABET = set(vendor_reference(bytes(16), 16)) | set("23456789ABCDEFGHJKMNPQRSTVWXYZ")


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=CATALOGUE)
def test_every_example_decodes_by_its_own_schema(kind: EventType) -> None:
    raw = msgspec.json.encode(kind.example)
    assert msgspec.json.decode(raw, type=type(kind.example)) == kind.example


@pytest.mark.parametrize("name", CATALOGUE)
def test_names_are_types_and_match_their_schema(name: str) -> None:
    kind = CATALOGUE[name]
    assert kind.name == name
    assert is_pattern(name)
    assert "*" not in name
    assert name.partition(".")[0] == kind.subject_type
    assert kind.schema == ("ping/1" if name == PING else f"{kind.subject_type}/1")
    assert kind.means.endswith(".")


def test_one_schema_is_one_shape() -> None:
    shapes = {(k.schema, type(k.example)) for k in CATALOGUE.values()}
    assert len(shapes) == len({schema for schema, _ in shapes})


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=CATALOGUE)
def test_examples_show_ids_in_their_real_form(kind: EventType) -> None:
    values = msgspec.to_builtins(kind.example)
    ids = [
        v for v in values.values() if isinstance(v, str) and v[:4] in {p + "_" for p in PREFIXES}
    ]
    assert ids
    assert all(is_id(v, v[:3]) for v in ids)
    assert set(values.get("vendor_reference", "S")) <= ALPHABET


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=CATALOGUE)
def test_no_payload_has_a_field_of_personal_data(kind: EventType) -> None:
    personal = {f.name for f in msgspec.structs.fields(Person)} - {"id"}
    personal |= {"holder", "guests", "people", "description", "url", "return_url"}
    assert not personal & {f.name for f in msgspec.structs.fields(type(kind.example))}


def test_every_event_a_use_case_tells_is_in_it() -> None:
    told = {*TOLD.values(), *settle_payment.TOLD.values(), *settle_payment.REFUND_TOLD.values()}
    assert told <= set(CATALOGUE)


@pytest.mark.parametrize("state", set(PaymentState) - {PaymentState.STARTING})
def test_every_state_a_payment_comes_to_is_told(state: PaymentState) -> None:
    made = payment_event(settle_payment.TOLD[state], a_payment(state=state))
    assert made.payload["state"] == state
    assert made.schema == "payment/1"


@pytest.mark.parametrize("state", set(RefundState) - {RefundState.SUBMITTING})
def test_every_state_a_refund_comes_to_is_told(state: RefundState) -> None:
    made = refund_event(settle_payment.REFUND_TOLD[state], a_refund(state=state))
    assert made.payload["state"] == state


def test_a_bookings_event_is_its_partners_and_names_nobody() -> None:
    made = booking_event("booking.confirmed", a_booking(partner="ptn_1"))
    assert (made.partner, made.subject) == ("ptn_1", "bkg_1")
    assert "per_" not in msgspec.json.encode(made).decode()


def test_an_unknown_event_is_not_drafted() -> None:
    with pytest.raises(KeyError):
        draft("booking.lost", "bkg_1", CATALOGUE["booking.failed"].example)
