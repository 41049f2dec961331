"""What e-signature vendors send: DocuSign's is signed and believed, Privy's only makes us ask."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import registry
from core.domain.agreements.agreement import SignatureFact, SignatureHint, SignatureState
from ports.errors import BrokenContract
from ports.inbound_webhook import PATH_TAIL, InboundWebhook, Rejected, Verified
from tests.wire.docusign.cases import CONFIG as DOCUSIGN
from tests.wire.docusign.cases import FIXTURES as DOCUSIGN_FIXTURES
from tests.wire.privyid.cases import CONFIG as PRIVYID
from tests.wire.privyid.cases import FIXTURES as PRIVYID_FIXTURES

SENDING = frozenset({"docusign", "privyid"})
KEY, SIGNATURE = (
    "notARealConnectKey5e1f00c0ffee",
    "rt9F2b/zSR5sdmi0oRuCUJk9WznIzVVIhxPQB7TnvK0=",
)  # by openssl, over BODY
BODY = (DOCUSIGN_FIXTURES.folder / "webhook/completed/body.json").read_bytes()
CALLBACK = (PRIVYID_FIXTURES.folder / "webhook/wrapped/body.json").read_bytes()
NOW = datetime(2026, 11, 22, 12, 0, 5, tzinfo=UTC)
FIRST = "x-docusign-signature-1"


def inbound(adapter: str, config: msgspec.Struct, **changes: Any) -> InboundWebhook:
    manifest = registry.load(adapter)
    assert manifest.inbound is not None
    return manifest.inbound(msgspec.structs.replace(config, **changes))


CONNECT = inbound("docusign", DOCUSIGN, connect_key=KEY)
PRIVY = inbound("privyid", PRIVYID)


def signed(raw: bytes, key: str = KEY) -> str:
    return base64.b64encode(hmac.new(key.encode(), raw, hashlib.sha256).digest()).decode()


def changed(**fields: Any) -> bytes:
    return json.dumps({**json.loads(BODY), **fields}).encode()


def connect(raw: bytes = BODY, now: datetime = NOW, **headers: str) -> Verified | Rejected:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return CONNECT.verify(named or {FIRST: signed(raw)}, raw, now)


def test_the_signature_computed_elsewhere_is_believed() -> None:
    assert isinstance(CONNECT.verify({FIRST: SIGNATURE}, BODY, NOW), Verified)
    assert signed(BODY) == SIGNATURE


def test_every_changed_byte_of_body_and_signature_is_seen() -> None:
    for place in range(len(BODY)):
        raw = BODY[:place] + bytes([BODY[place] ^ 1]) + BODY[place + 1 :]
        assert isinstance(CONNECT.verify({FIRST: SIGNATURE}, raw, NOW), Rejected)
    for place in range(len(SIGNATURE)):
        for other in "A0=\x00é":
            wrong = SIGNATURE[:place] + other + SIGNATURE[place + 1 :]
            if wrong != SIGNATURE:
                assert isinstance(CONNECT.verify({FIRST: wrong}, BODY, NOW), Rejected)
        assert isinstance(CONNECT.verify({FIRST: SIGNATURE[:place]}, BODY, NOW), Rejected)


@pytest.mark.parametrize("number", [1, 2, 50, 100])
def test_any_of_their_headers_will_do(number: int) -> None:
    """While one key takes another's place both sign."""
    other = {f"x-docusign-signature-{n}": signed(BODY, "another key") for n in (1, 2, 3)}
    headers = {**other, f"x-docusign-signature-{number}": SIGNATURE}
    assert isinstance(CONNECT.verify(headers, BODY, NOW), Verified)
    assert isinstance(CONNECT.verify(other, BODY, NOW), Rejected)


def test_a_header_that_is_none_of_theirs_or_doubled_is_rejected() -> None:
    for name in ("x-docusign-signature", "x-docusign-signature-0", "x-docusign-signature-101"):
        assert isinstance(CONNECT.verify({name: SIGNATURE}, BODY, NOW), Rejected)
    doubled = {FIRST: f"{SIGNATURE}, {SIGNATURE}"}
    assert isinstance(CONNECT.verify(doubled, BODY, NOW), Rejected)
    assert isinstance(CONNECT.verify({}, BODY, NOW), Rejected)


def test_without_a_key_nothing_is_believed() -> None:
    nobody = inbound("docusign", DOCUSIGN)
    assert isinstance(nobody.verify({FIRST: signed(BODY, "")}, BODY, NOW), Rejected)


def test_another_accounts_message_is_rejected() -> None:
    ours = json.loads(BODY)["data"]["accountId"]
    for account, kind in ((ours, Verified), (ours[:-1] + "9", Rejected)):
        webhooks = inbound("docusign", DOCUSIGN, connect_key=KEY, account_id=account)
        assert isinstance(webhooks.verify({FIRST: SIGNATURE}, BODY, NOW), kind)


@pytest.mark.parametrize(
    ("late", "kind"),
    [
        (timedelta(days=14), Verified),
        (timedelta(days=16), Rejected),
        (-timedelta(minutes=4), Verified),
        (-timedelta(minutes=6), Rejected),
    ],
)
def test_as_long_as_they_try_and_no_longer(late: timedelta, kind: type) -> None:
    assert isinstance(CONNECT.verify({FIRST: SIGNATURE}, BODY, NOW + late), kind)


def test_a_replay_is_known_by_its_id_and_another_event_has_another() -> None:
    first, again = connect(), connect(changed(retryCount=3), NOW + timedelta(days=1))
    assert first == again
    later = connect(changed(generatedDateTime="2026-11-22T12:00:03.0000000Z"))
    assert isinstance(later, Verified)
    assert later != first


def test_signed_and_yet_no_event() -> None:
    for raw in (b"", b"{}", b"[]", b"\xff", b"null", b"[" * 5000, changed(generatedDateTime="x")):
        assert isinstance(connect(raw), Rejected)


def test_what_is_not_of_the_promised_shape_is_a_broken_contract() -> None:
    other = json.loads(BODY)
    other["data"]["envelopeSummary"]["envelopeId"] = "0e5c2f3a-1111-4a2b-8c3d-00000000000f"
    spoilt = BODY.replace(b'"status": "completed", "emailSubject"', b'"status": 7, "emailSubject"')
    assert spoilt != BODY
    for raw in (b"", b"{}", b"[" * 5000, BODY[:-3], spoilt, json.dumps(other).encode()):
        with pytest.raises(BrokenContract) as caught:
            CONNECT.parse(raw)
        assert "Siti" not in str(caught.value)


def test_the_fact_carries_our_reference() -> None:
    (fact,) = CONNECT.parse(BODY)
    assert isinstance(fact, SignatureFact)
    assert (fact.reference[:4], fact.state) == ("agr_", SignatureState.SIGNED)


@settings(max_examples=200)
@given(header=st.text(), raw=st.binary(max_size=200))
def test_no_header_and_no_body_makes_them_fall(header: str, raw: bytes) -> None:
    assert isinstance(CONNECT.verify({FIRST: header}, raw, NOW), Rejected)
    assert isinstance(PRIVY.verify({PATH_TAIL: header}, raw, NOW), Rejected)


# ------------------------------------------------------------------------------- Privy's


def call_back(tail: str = PRIVYID.callback_secret, raw: bytes = CALLBACK) -> Verified | Rejected:
    return PRIVY.verify({PATH_TAIL: tail}, raw, NOW)


def test_only_whoever_knows_the_address_may_speak() -> None:
    secret = PRIVYID.callback_secret
    assert isinstance(call_back(), Verified)
    for wrong in ("", secret[:-1], secret + "x", secret.upper(), "é"):
        assert isinstance(call_back(wrong), Rejected)
    as_header = PRIVY.verify({"path-tail": secret, "x-privy-signature": secret}, CALLBACK, NOW)
    assert isinstance(as_header, Rejected)


def test_without_a_secret_no_callback_is_taken() -> None:
    nobody = inbound("privyid", PRIVYID, callback_secret="")
    for tail in ("", PRIVYID.callback_secret):
        assert isinstance(nobody.verify({PATH_TAIL: tail}, CALLBACK, NOW), Rejected)


def test_whatever_a_callback_says_is_no_more_than_a_hint() -> None:
    for status in (b"completed", b"rejected", b"deleted"):
        facts = PRIVY.parse(CALLBACK.replace(b"completed", status))
        assert [type(fact) for fact in facts] == [SignatureHint]


def test_the_same_words_within_a_minute_are_one_message() -> None:
    first = call_back()
    assert PRIVY.verify({PATH_TAIL: PRIVYID.callback_secret}, CALLBACK, NOW) == first
    later = PRIVY.verify({PATH_TAIL: PRIVYID.callback_secret}, CALLBACK, NOW + timedelta(minutes=1))
    assert later != first


def test_a_callback_that_names_nothing_is_rejected() -> None:
    for raw in (b"", b"{}", b"[]", b"\xff", b"[" * 5000, b'{"data": {}}', b'{"data": 1}'):
        assert isinstance(call_back(raw=raw), Rejected)
        with pytest.raises(BrokenContract):
            PRIVY.parse(raw)
