"""What every inbound webhook keeps: nothing is believed that the vendor did not sign."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import registry
from core.domain.payment import Checkout, CheckoutState
from ports.errors import BrokenContract
from ports.inbound_webhook import InboundWebhook, Rejected, Verified
from ports.manifest import Role
from tests.contract.payment_rigs import KEY, WEBHOOK_SECRET

SIGNED_AT = 1_795_392_000
NOW = datetime.fromtimestamp(SIGNED_AT + 2, UTC)
BODY = (Path(__file__).parents[2] / "fixtures/stripe/webhook/completed/body.json").read_bytes()
# HMAC-SHA256 over "1795392000." and BODY under WEBHOOK_SECRET, computed with openssl.
STRIPE_V1 = "33f77891835c14e10454505690e956547647e95ba9bf205be8e836fcc93fd971"


class Signed(msgspec.Struct, frozen=True):
    """A message as it arrives."""

    headers: dict[str, str]
    raw: bytes


class Sender(msgspec.Struct, frozen=True):
    """webhooks: what is tested. header: where the signature is. vector: a message whose
    signature was computed elsewhere. sign: any other message, by the published scheme.
    """

    webhooks: InboundWebhook
    header: str
    vector: Signed
    sign: Callable[..., Signed]


def stripe_webhooks(secret: str = WEBHOOK_SECRET, key: str = KEY) -> InboundWebhook:
    manifest = registry.load("stripe")
    assert manifest.inbound is not None
    return manifest.inbound(manifest.config(api_key=key, webhook_secret=secret))


def stripe_signed(
    raw: bytes, at: int = SIGNED_AT, secrets: tuple[str, ...] = (WEBHOOK_SECRET,)
) -> Signed:
    signed = b"%d.%s" % (at, raw)
    v1 = [hmac.new(s.encode(), signed, hashlib.sha256).hexdigest() for s in secrets]
    header = ",".join([f"t={at}", *(f"v1={v}" for v in v1)])
    return Signed({"stripe-signature": header}, raw)


SENDERS = {
    "stripe": Sender(
        webhooks=stripe_webhooks(),
        header="stripe-signature",
        vector=Signed({"stripe-signature": f"t={SIGNED_AT},v1={STRIPE_V1}"}, BODY),
        sign=stripe_signed,
    )
}


@pytest.fixture(params=SENDERS)
def sender(request: pytest.FixtureRequest) -> Sender:
    return SENDERS[request.param]


def verdict(sender: Sender, message: Signed, now: datetime = NOW) -> Verified | Rejected:
    return sender.webhooks.verify(message.headers, message.raw, now)


def with_header(sender: Sender, value: str) -> Signed:
    return Signed({sender.header: value}, sender.vector.raw)


def test_the_signature_computed_elsewhere_is_believed(sender: Sender) -> None:
    found = verdict(sender, sender.vector)
    assert isinstance(found, Verified)
    assert found.vendor_id
    assert found.type


def test_our_own_scheme_here_agrees_with_the_one_elsewhere(sender: Sender) -> None:
    assert sender.sign(sender.vector.raw) == sender.vector


def test_every_changed_byte_of_the_body_is_seen(sender: Sender) -> None:
    raw = sender.vector.raw
    for place in range(len(raw)):
        for bit in (0x01, 0x20, 0x80):
            changed = raw[:place] + bytes([raw[place] ^ bit]) + raw[place + 1 :]
            assert isinstance(verdict(sender, Signed(sender.vector.headers, changed)), Rejected)


@pytest.mark.parametrize("change", [lambda raw: raw + b"\n", lambda raw: raw[:-1], lambda _: b""])
def test_a_longer_or_shorter_body_is_seen(sender: Sender, change: Callable[[bytes], bytes]) -> None:
    message = Signed(sender.vector.headers, change(sender.vector.raw))
    assert isinstance(verdict(sender, message), Rejected)


def test_every_changed_byte_of_the_header_is_seen(sender: Sender) -> None:
    header = sender.vector.headers[sender.header]
    for place in range(len(header)):
        for other in "0f,=tvA\x00é٣":
            if header[place] != other:
                changed = header[:place] + other + header[place + 1 :]
                assert isinstance(verdict(sender, with_header(sender, changed)), Rejected), changed


def test_a_header_cut_anywhere_is_rejected(sender: Sender) -> None:
    header = sender.vector.headers[sender.header]
    for length in range(len(header)):
        assert isinstance(verdict(sender, with_header(sender, header[:length])), Rejected)


def test_without_the_header(sender: Sender) -> None:
    assert isinstance(verdict(sender, Signed({}, sender.vector.raw)), Rejected)


def test_a_doubled_header_is_rejected(sender: Sender) -> None:
    header = sender.vector.headers[sender.header]
    assert isinstance(verdict(sender, with_header(sender, f"{header}, {header}")), Rejected)


@settings(max_examples=300)
@given(header=st.text(), raw=st.binary(max_size=200))
def test_no_header_and_no_body_makes_it_fall(header: str, raw: bytes) -> None:
    for sender in SENDERS.values():
        assert isinstance(verdict(sender, Signed({sender.header: header}, raw)), Rejected)


@pytest.mark.parametrize("late", [-300, -1, 0, 299, 300])
def test_within_five_minutes_either_way(sender: Sender, late: int) -> None:
    now = datetime.fromtimestamp(SIGNED_AT + late, UTC)
    assert isinstance(verdict(sender, sender.vector, now), Verified)


@pytest.mark.parametrize("late", [-86_400, -302, 302, 86_400])
def test_stale_and_future_are_rejected(sender: Sender, late: int) -> None:
    now = datetime.fromtimestamp(SIGNED_AT + late, UTC)
    assert isinstance(verdict(sender, sender.vector, now), Rejected)


def test_a_wrong_secret_is_rejected(sender: Sender) -> None:
    message = sender.sign(sender.vector.raw, secrets=("whsec_anotherSecretAltogether",))
    assert isinstance(verdict(sender, message), Rejected)


def test_while_a_secret_is_rolled_either_signature_does(sender: Sender) -> None:
    for secrets in (("whsec_other", WEBHOOK_SECRET), (WEBHOOK_SECRET, "whsec_other")):
        message = sender.sign(sender.vector.raw, secrets=secrets)
        assert isinstance(verdict(sender, message), Verified)


def test_a_replay_is_known_by_the_vendors_id(sender: Sender) -> None:
    """Signed anew at another time, as the vendor's own repeats are."""
    again = verdict(sender, sender.sign(sender.vector.raw, SIGNED_AT - 60))
    assert again == verdict(sender, sender.vector)


def test_signed_and_yet_no_event(sender: Sender) -> None:
    for raw in (b"", b"{}", b"[]", b"\xff", b"null", b"[" * 5000, b'{"id": 1}'):
        assert isinstance(verdict(sender, sender.sign(raw)), Rejected)


def test_what_is_not_of_the_promised_shape_is_a_broken_contract(sender: Sender) -> None:
    whole = sender.vector.raw
    for raw in (b"", b"{}", b"[" * 5000, whole[:-2], whole.replace(b'"paid"', b"7")):
        with pytest.raises(BrokenContract) as caught:
            sender.webhooks.parse(raw)
        assert "jamaah" not in str(caught.value)


def test_the_facts_carry_our_reference(sender: Sender) -> None:
    (fact,) = sender.webhooks.parse(sender.vector.raw)
    assert fact.reference.startswith("pay_")


def test_every_registered_inbound_webhook_has_a_sender() -> None:
    manifests = [registry.load(name) for name in registry.ADAPTERS]
    assert {m.name for m in manifests if Role.INBOUND_WEBHOOK in m.roles} == set(SENDERS)
    assert all((Role.INBOUND_WEBHOOK in m.roles) == (m.inbound is not None) for m in manifests)


# Stripe's own.


def changed(**fields: Any) -> Signed:
    return stripe_signed(json.dumps({**json.loads(BODY), **fields}).encode())


def test_an_event_of_the_other_mode_is_rejected() -> None:
    live = stripe_webhooks(key="sk_live_notARealKey5e1f")
    assert isinstance(verdict(SENDERS["stripe"], changed(livemode=True)), Rejected)
    assert isinstance(live.verify(*_of(changed(livemode=True)), NOW), Verified)
    assert isinstance(live.verify(*_of(SENDERS["stripe"].vector), NOW), Rejected)


def _of(message: Signed) -> tuple[dict[str, str], bytes]:
    return message.headers, message.raw


def test_an_event_of_a_connected_account_is_rejected() -> None:
    assert isinstance(verdict(SENDERS["stripe"], changed(account="acct_other")), Rejected)


def test_without_a_secret_nothing_is_believed() -> None:
    """Least of all a message signed with the empty one."""
    message = stripe_signed(BODY, secrets=("",))
    assert isinstance(stripe_webhooks("").verify(*_of(message), NOW), Rejected)


def test_a_session_of_the_other_mode_inside_is_a_broken_contract() -> None:
    event = json.loads(BODY)
    event["data"]["object"]["livemode"] = True
    with pytest.raises(BrokenContract):
        stripe_webhooks().parse(json.dumps(event).encode())


def test_what_is_not_utf_8_inside_is_a_broken_contract() -> None:
    raw = BODY.replace(b'"checkout.session"', b'"checkout\xff"')
    assert raw != BODY
    with pytest.raises(BrokenContract):
        stripe_webhooks().parse(raw)


def test_a_paid_checkout_says_what_may_be_refunded() -> None:
    (fact,) = stripe_webhooks().parse(BODY)
    assert isinstance(fact, Checkout)
    assert (fact.state, fact.charge_reference) == (CheckoutState.PAID, "pi_exampleIntent0001")


@pytest.mark.parametrize("header", ["v1", "t", "t=,v1=", "t=1,v1=é", "t=٣,v1=a", "t=1" * 9999, ","])
def test_a_malformed_header_never_makes_it_fall(header: str) -> None:
    message = Signed({"stripe-signature": header}, BODY)
    assert isinstance(verdict(SENDERS["stripe"], message), Rejected)


def test_more_signatures_than_anyone_sends_are_not_even_compared() -> None:
    header = f"t={SIGNED_AT}," + ",".join(["v1=" + "0" * 64] * 40) + f",v1={STRIPE_V1}"
    assert isinstance(verdict(SENDERS["stripe"], with_header(SENDERS["stripe"], header)), Rejected)
