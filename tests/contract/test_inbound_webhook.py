"""What every inbound webhook keeps: nothing is believed that the vendor did not sign."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import registry
from core.domain.channels.channel_reservation import ReservationHint
from core.domain.payments.payment import Checkout, CheckoutState
from ports.errors import BrokenContract
from ports.inbound_webhook import Hint, Rejected, Verified
from ports.manifest import Role
from tests.contract.inbound_senders import (
    SENDERS,
    SIGNED_AT,
    STRIPE_BODY,
    STRIPE_V1,
    Sender,
    Signed,
    inbound,
    stripe_signed,
    stripe_webhooks,
)
from tests.contract.payment_rigs import WEBHOOK_SECRET, XENDIT_KEY
from tests.contract.test_esign_webhooks import SENDING as SIGNING
from tests.contract.test_hint_webhook import HINTERS

NOW = datetime.fromtimestamp(SIGNED_AT + 2, UTC)
WITH_HEADER = [name for name, s in SENDERS.items() if s.header is not None]
TIMED = [name for name, s in SENDERS.items() if s.timed]
HINTING = [name for name, s in SENDERS.items() if not s.proves]


@pytest.fixture(params=SENDERS)
def sender(request: pytest.FixtureRequest) -> Sender:
    return SENDERS[request.param]


def only(names: list[str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("sender", names, indirect=True)


def verdict(sender: Sender, message: Signed, now: datetime = NOW) -> Verified | Rejected:
    return sender.webhooks.verify(message.headers, message.raw, now)


def with_header(sender: Sender, value: str) -> Signed:
    assert sender.header is not None
    return Signed({**sender.vector.headers, sender.header: value}, sender.vector.raw)


def moves_nothing(sender: Sender, message: Signed) -> bool:
    """Rejected; or no more than a hint, whose covered fields are as the vendor signed them."""
    if isinstance(verdict(sender, message), Rejected):
        return True
    if sender.covers is None:
        return False
    was, now = (json.loads(r.decode("utf-8", "replace")) for r in (sender.vector.raw, message.raw))
    if any(was[name] != now.get(name) for name in sender.covers):
        return False
    try:
        return all(isinstance(fact, Hint) for fact in sender.webhooks.parse(message.raw))
    except BrokenContract:
        return True


def test_the_signature_computed_elsewhere_is_believed(sender: Sender) -> None:
    found = verdict(sender, sender.vector)
    assert isinstance(found, Verified)
    assert found.vendor_id
    assert found.type


def test_our_own_scheme_here_agrees_with_the_one_elsewhere(sender: Sender) -> None:
    assert sender.sign(sender.vector.raw) == sender.vector


def test_every_changed_byte_of_the_body_is_seen_or_moves_nothing(sender: Sender) -> None:
    raw = sender.vector.raw
    for place in range(len(raw)):
        for bit in (0x01, 0x20, 0x80):
            changed = raw[:place] + bytes([raw[place] ^ bit]) + raw[place + 1 :]
            assert moves_nothing(sender, Signed(sender.vector.headers, changed)), changed[:place]


@pytest.mark.parametrize("change", [lambda raw: raw + b"\n", lambda raw: raw[:-1], lambda _: b""])
def test_a_longer_or_shorter_body_is_seen_or_moves_nothing(
    sender: Sender, change: Callable[[bytes], bytes]
) -> None:
    assert moves_nothing(sender, Signed(sender.vector.headers, change(sender.vector.raw)))


@only(WITH_HEADER)
def test_every_changed_byte_of_the_header_is_seen(sender: Sender) -> None:
    header = sender.vector.headers[sender.header or ""]
    for place in range(len(header)):
        for other in "0f,=tvA\x00é٣":
            if header[place] != other:
                changed = header[:place] + other + header[place + 1 :]
                assert isinstance(verdict(sender, with_header(sender, changed)), Rejected), changed


@only(WITH_HEADER)
def test_a_header_cut_anywhere_is_rejected(sender: Sender) -> None:
    header = sender.vector.headers[sender.header or ""]
    for length in range(len(header)):
        assert isinstance(verdict(sender, with_header(sender, header[:length])), Rejected)


@only(WITH_HEADER)
def test_without_the_header(sender: Sender) -> None:
    assert isinstance(verdict(sender, Signed({}, sender.vector.raw)), Rejected)


@only(WITH_HEADER)
def test_a_doubled_header_is_rejected(sender: Sender) -> None:
    header = sender.vector.headers[sender.header or ""]
    assert isinstance(verdict(sender, with_header(sender, f"{header}, {header}")), Rejected)


@settings(max_examples=300)
@given(header=st.text(), raw=st.binary(max_size=200))
def test_no_header_and_no_body_makes_it_fall(header: str, raw: bytes) -> None:
    for sender in SENDERS.values():
        message = Signed({sender.header or "x-signature": header}, raw)
        assert isinstance(verdict(sender, message), Rejected)


@only(TIMED)
@pytest.mark.parametrize("late", [-300, -1, 0, 299, 300])
def test_within_five_minutes_either_way(sender: Sender, late: int) -> None:
    now = datetime.fromtimestamp(SIGNED_AT + late, UTC)
    assert isinstance(verdict(sender, sender.vector, now), Verified)


@only(TIMED)
@pytest.mark.parametrize("late", [-86_400, -302, 302, 86_400])
def test_stale_and_future_are_rejected(sender: Sender, late: int) -> None:
    now = datetime.fromtimestamp(SIGNED_AT + late, UTC)
    assert isinstance(verdict(sender, sender.vector, now), Rejected)


def test_what_never_ends_proves_nothing(sender: Sender) -> None:
    """Whoever saw it once can send it again for ever: it may be no more than a hint."""
    assert sender.timed or not sender.proves


@only(HINTING)
def test_what_is_not_covered_is_only_hinted_at(sender: Sender) -> None:
    facts = sender.webhooks.parse(sender.vector.raw)
    assert facts
    assert all(isinstance(fact, Hint) for fact in facts)


def test_a_wrong_secret_is_rejected(sender: Sender) -> None:
    for wrong in ("another-secret-altogether", ""):
        message = sender.sign(sender.vector.raw, secret=wrong)
        assert message != sender.vector
        assert isinstance(verdict(sender, message), Rejected)


def test_a_replay_is_known_by_the_vendors_id(sender: Sender) -> None:
    """Signed anew at another time, where they are, as the vendor's own repeats are."""
    again = verdict(sender, sender.sign(sender.vector.raw, at=SIGNED_AT - 60))
    assert again == verdict(sender, sender.vector)


def test_another_accounts_message_is_rejected(sender: Sender) -> None:
    assert sender.elsewhere
    for fields in sender.elsewhere:
        assert isinstance(verdict(sender, sender.changed(**fields)), Rejected), fields


def test_signed_and_yet_no_message(sender: Sender) -> None:
    for raw in (b"", b"{}", b"[]", b"\xff", b"null", b"[" * 5000, b'{"id": 1}'):
        assert isinstance(verdict(sender, sender.sign(raw)), Rejected)


def test_what_is_not_of_the_promised_shape_is_a_broken_contract(sender: Sender) -> None:
    whole = sender.vector.raw
    spoilt = whole.replace(*sender.spoil)
    assert spoilt != whole
    for raw in (b"", b"{}", b"[" * 5000, whole[:-3], spoilt):
        with pytest.raises(BrokenContract) as caught:
            sender.webhooks.parse(raw)
        assert "jamaah" not in str(caught.value)


def test_the_facts_carry_our_reference(sender: Sender) -> None:
    (fact,) = sender.webhooks.parse(sender.vector.raw)
    assert not isinstance(fact, ReservationHint)
    assert fact.reference.startswith("pay_")


def test_every_registered_inbound_webhook_has_a_sender() -> None:
    manifests = [registry.load(name) for name in registry.ADAPTERS]
    senders = set(SENDERS) | set(HINTERS) | SIGNING
    assert {m.name for m in manifests if Role.INBOUND_WEBHOOK in m.roles} == senders
    assert all((Role.INBOUND_WEBHOOK in m.roles) == (m.inbound is not None) for m in manifests)


def test_without_a_token_no_callback_is_believed() -> None:
    nobody = inbound("xendit", secret_key=XENDIT_KEY)
    message = SENDERS["xendit"].sign(SENDERS["xendit"].vector.raw, secret="")
    assert isinstance(nobody.verify(*_of(message), NOW), Rejected)


# Stripe's own.


def _of(message: Signed) -> tuple[dict[str, str], bytes]:
    return message.headers, message.raw


def test_while_a_secret_is_rolled_either_signature_does() -> None:
    for secrets in (("whsec_other", WEBHOOK_SECRET), (WEBHOOK_SECRET, "whsec_other")):
        message = stripe_signed(STRIPE_BODY, secrets=secrets)
        assert isinstance(stripe_webhooks().verify(*_of(message), NOW), Verified)


def test_an_event_of_the_other_mode_is_the_other_connections() -> None:
    live = stripe_webhooks(key="sk_live_notARealKey5e1f")
    assert isinstance(live.verify(*_of(SENDERS["stripe"].changed(livemode=True)), NOW), Verified)
    assert isinstance(live.verify(*_of(SENDERS["stripe"].vector), NOW), Rejected)


def test_without_a_secret_nothing_is_believed() -> None:
    """Least of all a message signed with the empty one."""
    message = stripe_signed(STRIPE_BODY, secrets=("",))
    assert isinstance(stripe_webhooks("").verify(*_of(message), NOW), Rejected)


def test_a_session_of_the_other_mode_inside_is_a_broken_contract() -> None:
    event = json.loads(STRIPE_BODY)
    event["data"]["object"]["livemode"] = True
    with pytest.raises(BrokenContract):
        stripe_webhooks().parse(json.dumps(event).encode())


def test_what_is_not_utf_8_inside_is_a_broken_contract() -> None:
    raw = STRIPE_BODY.replace(b'"checkout.session"', b'"checkout\xff"')
    assert raw != STRIPE_BODY
    with pytest.raises(BrokenContract):
        stripe_webhooks().parse(raw)


def test_a_paid_checkout_says_what_may_be_refunded() -> None:
    (fact,) = stripe_webhooks().parse(STRIPE_BODY)
    assert isinstance(fact, Checkout)
    assert (fact.state, fact.charge_reference) == (CheckoutState.PAID, "pi_exampleIntent0001")


@pytest.mark.parametrize("header", ["v1", "t", "t=,v1=", "t=1,v1=é", "t=٣,v1=a", "t=1" * 9999, ","])
def test_a_malformed_header_never_makes_it_fall(header: str) -> None:
    message = Signed({"stripe-signature": header}, STRIPE_BODY)
    assert isinstance(verdict(SENDERS["stripe"], message), Rejected)


def test_more_signatures_than_anyone_sends_are_not_even_compared() -> None:
    header = f"t={SIGNED_AT}," + ",".join(["v1=" + "0" * 64] * 40) + f",v1={STRIPE_V1}"
    assert isinstance(verdict(SENDERS["stripe"], with_header(SENDERS["stripe"], header)), Rejected)


# Midtrans' own.


def test_a_field_said_twice_is_read_as_it_was_verified() -> None:
    """Whichever of the two counts, it is the signed one or the message is rejected."""
    sender = SENDERS["midtrans"]
    forged = sender.vector.raw.replace(
        b"{", b'{"gross_amount": "1.00", "order_id": "pay_other",', 1
    )
    (hint,) = sender.webhooks.parse(forged)
    (genuine,) = sender.webhooks.parse(sender.vector.raw)
    assert isinstance(verdict(sender, Signed({}, forged)), Rejected) or hint == genuine
