import msgspec
import pytest

from core.domain.event import Event, EventBody, body, is_pattern, matches
from core.domain.secret import Secret
from core.domain.webhooks.partner import (
    Endpoint,
    EndpointState,
    Partner,
    Sees,
    SigningSecret,
    reaches,
)
from tests.unit.domain.given import NOW


@pytest.mark.parametrize(
    "text", ["*", "booking.*", "booking.confirmed", "a.b.c", "a.b.*", "x9_.y_1"]
)
def test_patterns(text: str) -> None:
    assert is_pattern(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        ".*",
        "**",
        "*.*",
        "booking",
        "booking.",
        "booking.**",
        "Booking.confirmed",
        "9a.b",
        "booking..x",
        "booking.confirmed\n",
        " booking.*",
        "booking.*.x",
        "*.confirmed",
        "_a.b",
    ],
)
def test_what_is_no_pattern(text: str) -> None:
    assert not is_pattern(text)


@pytest.mark.parametrize(
    ("patterns", "event_type", "match"),
    [
        (("*",), "booking.confirmed", True),
        (("booking.*",), "booking.confirmed", True),
        (("booking.*",), "bookings.confirmed", False),
        (("booking.*",), "booking", False),
        (("booking.confirmed",), "booking.confirmed", True),
        (("booking.confirmed",), "booking.confirmed_late", False),
        (("payment.*", "booking.failed"), "booking.failed", True),
        ((), "booking.confirmed", False),
    ],
)
def test_matching(patterns: tuple[str, ...], event_type: str, match: bool) -> None:
    assert matches(patterns, event_type) is match


def test_the_body_is_the_same_bytes_each_time_and_carries_its_order() -> None:
    event = Event(
        id="evt_1",
        type="booking.confirmed",
        schema="booking/1",
        subject_type="booking",
        subject="bkg_1",
        sequence=3,
        payload={"booking": "bkg_1"},
        occurred_at=NOW,
        partner="ptn_1",
    )
    placed = msgspec.structs.replace(event, position=77)
    assert body(event) == body(placed)
    decoded = msgspec.json.decode(body(event), type=EventBody)
    assert (decoded.id, decoded.sequence, decoded.timestamp) == ("evt_1", 3, NOW)
    assert b"ptn_1" not in body(event)


def an_endpoint(**other: object) -> Endpoint:
    endpoint = Endpoint(
        id="end_1",
        partner="ptn_1",
        url="https://partner.test/hook",
        types=("booking.*",),
        created_at=NOW,
        secrets=(SigningSecret(Secret("whsec_x")),),
    )
    return msgspec.structs.replace(endpoint, **other)


@pytest.mark.parametrize(
    ("sees", "event_partner", "event_type", "state", "reached"),
    [
        (Sees.OWN, "ptn_1", "booking.failed", EndpointState.ACTIVE, True),
        (Sees.OWN, "ptn_2", "booking.failed", EndpointState.ACTIVE, False),
        (Sees.OWN, None, "booking.failed", EndpointState.ACTIVE, False),
        (Sees.ALL, None, "booking.failed", EndpointState.ACTIVE, True),
        (Sees.ALL, "ptn_2", "booking.failed", EndpointState.ACTIVE, True),
        (Sees.ALL, "ptn_1", "payment.failed", EndpointState.ACTIVE, False),
        (Sees.ALL, "ptn_1", "booking.failed", EndpointState.DISABLED, False),
        (Sees.OWN, "ptn_1", "booking.failed", EndpointState.DISABLED, False),
    ],
)
def test_whom_an_event_reaches(
    sees: Sees, event_partner: str | None, event_type: str, state: EndpointState, reached: bool
) -> None:
    partner = Partner("ptn_1", "Partner", NOW, sees)
    assert reaches(an_endpoint(state=state), partner, event_type, event_partner) is reached


def test_an_old_secret_signs_until_it_expires_and_not_at_that_instant() -> None:
    new, old = Secret("whsec_new"), Secret("whsec_old")
    endpoint = an_endpoint(secrets=(SigningSecret(new), SigningSecret(old, expires_at=NOW)))
    assert endpoint.signing(NOW) == (new,)
    assert endpoint.signing(NOW.replace(hour=8)) == (new, old)


@pytest.mark.parametrize("types", [(), ("booking",), ("booking.*", "")])
def test_an_endpoint_asks_for_something_that_exists(types: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="event types"):
        Endpoint("end_1", "ptn_1", "https://partner.test", types, NOW, ())
