"""What webhooks keep that no signature covers: a secret lets one in, and it proves nothing more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import registry
from core.domain.channels.channel_reservation import ReservationHint
from ports.errors import BrokenContract
from ports.inbound_webhook import InboundWebhook, Rejected, Verified

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SECRET = "a-secret-of-our-own-choice"
AT_CHANNEX = b"""{"event": "booking_new", "property_id": "90958ec0-9214-4796-873e-4add0d834670",
 "user_id": null, "timestamp": "2026-11-20T09:00:00.0000Z",
 "payload": {"booking_id": "b", "customer_name": "Siti Contoh", "revision_id": "r"}}"""


class Hinter(msgspec.Struct, frozen=True):
    """raw: a message of a reservation. property_code: where, as it says. silent: one that is
    about something else. without_secret: the same webhooks, none configured."""

    webhooks: InboundWebhook
    without_secret: InboundWebhook
    header: str
    raw: bytes
    property_code: str
    silent: bytes


def channex(secret: str) -> InboundWebhook:
    manifest = registry.load("channex")
    assert manifest.inbound is not None
    return manifest.inbound(manifest.config(api_key="fake-key-0000", webhook_secret=secret))


HINTERS = {
    "channex": Hinter(
        webhooks=channex(SECRET),
        without_secret=channex(""),
        header="x-serai-secret",
        raw=AT_CHANNEX,
        property_code="90958ec0-9214-4796-873e-4add0d834670",
        silent=b'{"event": "ari", "property_id": "p", "payload": []}',
    )
}


@pytest.fixture(params=HINTERS)
def hinter(request: pytest.FixtureRequest) -> Hinter:
    return HINTERS[request.param]


def verdict(hinter: Hinter, given: str, raw: bytes | None = None) -> Verified | Rejected:
    return hinter.webhooks.verify({hinter.header: given}, hinter.raw if raw is None else raw, NOW)


def test_the_secret_lets_it_in(hinter: Hinter) -> None:
    found = verdict(hinter, SECRET)
    assert isinstance(found, Verified)
    assert found.vendor_id
    assert found.type


def test_every_other_secret_is_rejected(hinter: Hinter) -> None:
    for place in range(len(SECRET)):
        for other in "0aZ-\x00é":
            if SECRET[place] != other:
                wrong = SECRET[:place] + other + SECRET[place + 1 :]
                assert isinstance(verdict(hinter, wrong), Rejected)
        assert isinstance(verdict(hinter, SECRET[:place]), Rejected)
    for wrong in (f"{SECRET}, {SECRET}", f"{SECRET} ", SECRET.upper(), "None"):
        assert isinstance(verdict(hinter, wrong), Rejected)
    assert isinstance(hinter.webhooks.verify({}, hinter.raw, NOW), Rejected)


def test_without_a_secret_nothing_is_let_in(hinter: Hinter) -> None:
    for secret in ("", SECRET, "None"):
        found = hinter.without_secret.verify({hinter.header: secret}, hinter.raw, NOW)
        assert isinstance(found, Rejected)


@settings(max_examples=300)
@given(given=st.text(), raw=st.binary(max_size=200))
def test_no_header_and_no_body_makes_it_fall(given: str, raw: bytes) -> None:
    for hinter in HINTERS.values():
        assert isinstance(verdict(hinter, given, raw), Rejected)
        assert isinstance(verdict(hinter, SECRET, raw), Rejected | Verified)


def test_it_says_where_to_look_and_nothing_else(hinter: Hinter) -> None:
    assert hinter.webhooks.parse(hinter.raw) == (ReservationHint(hinter.property_code),)
    assert hinter.webhooks.parse(hinter.silent) == ()


def test_a_place_that_was_masked_as_a_card_is_no_place(hinter: Hinter) -> None:
    kept = hinter.raw.replace(
        hinter.property_code.encode(), b"547015c*-****-****-8413-a0cd18d31432"
    )
    assert hinter.webhooks.parse(kept) == (ReservationHint(),)


def test_the_same_words_a_while_later_are_another_hint(hinter: Hinter) -> None:
    """They hold no id of the vendor's: a hint too many asks once more, one too few loses time."""
    first = verdict(hinter, SECRET)
    later = hinter.webhooks.verify({hinter.header: SECRET}, hinter.raw, NOW + timedelta(seconds=1))
    assert isinstance(first, Verified)
    assert isinstance(later, Verified)
    assert first.vendor_id != later.vendor_id
    assert verdict(hinter, SECRET) == first


def test_what_is_no_message_of_theirs_is_said_so(hinter: Hinter) -> None:
    for raw in (b"", b"{}", b"[]", b"\xff", b"null", b"[" * 5000, b'{"event": 1}', hinter.raw[:-9]):
        assert isinstance(verdict(hinter, SECRET, raw), Rejected)
        with pytest.raises(BrokenContract) as caught:
            hinter.webhooks.parse(raw)
        assert "Contoh" not in str(caught.value)
