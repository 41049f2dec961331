"""What every e-signature vendor keeps, whoever is behind it."""

from __future__ import annotations

import itertools
import logging
import traceback
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from adapters import registry
from adapters._kit.simulator.paper import one_page
from core.domain.agreements.agreement import Mark, SignatureFact, SignatureState, SignerState
from core.domain.connections.connection import Verdict
from ports.errors import (
    BrokenContract,
    Misconfigured,
    NotSupported,
    OutcomeUnknown,
    Refused,
    Unavailable,
    VendorError,
)
from ports.esign import AgreementOrder, SignerOrder
from ports.manifest import Role
from tests.contract.esign_rigs import (
    VENDORS,
    DocusignRig,
    PrivyidRig,
    Rig,
    docusign,
    privyid,
)

pytestmark = pytest.mark.anyio
NUMBERS = itertools.count(1)
PDF = one_page(["Akad", "A page to sign"])
S = SignatureState
Wire = DocusignRig | PrivyidRig
WIRES: dict[str, Any] = {"docusign": docusign, "privyid": privyid}


@pytest.fixture(params=VENDORS)
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    async with VENDORS[request.param]() as made:
        yield made


@pytest.fixture(params=WIRES)
async def wire(request: pytest.FixtureRequest) -> AsyncIterator[Wire]:
    async with WIRES[request.param]() as made:
        yield made


def an_order(**other: Any) -> AgreementOrder:
    siti = SignerOrder("Siti Contoh", Mark(1, 65.2, 454.4), "siti@example.com", None, "SB0002")
    ahmad = SignerOrder("Ahmad Contoh", Mark(1, 314.6, 454.4), "ahmad@example.com", None, "SB0003")
    order = AgreementOrder(
        reference=f"agr_{next(NUMBERS):026}",
        title="Akad Wakalah bil Ujrah",
        message="Mohon ditandatangani.",
        pdf=PDF,
        signers=(siti, ahmad),
    )
    return msgspec.structs.replace(order, **other)


async def sent(rig: Rig, **other: Any) -> SignatureFact:
    order = an_order(**other)
    return await rig.esign.send(order, key=order.reference)


async def now(rig: Rig, fact: SignatureFact) -> SignatureFact:
    found = await rig.esign.status(fact.vendor_reference, reference=fact.reference)
    assert found is not None
    return found


async def signed(rig: Rig) -> SignatureFact:
    fact = await sent(rig)
    for _ in range(2):
        rig.sign(fact.vendor_reference)
    return await now(rig, fact)


async def test_what_is_sent_carries_our_reference_and_is_open(rig: Rig) -> None:
    order = an_order()
    fact = await rig.esign.send(order, key=order.reference)
    assert (fact.reference, fact.state) == (order.reference, S.SENT)
    assert fact.vendor_reference
    found = await now(rig, fact)
    assert (found.reference, found.state) == (order.reference, S.SENT)
    assert rig.sent(order.reference) == 1


async def test_signers_sign_one_after_the_other(rig: Rig) -> None:
    fact = await sent(rig)
    rig.sign(fact.vendor_reference)
    half = await now(rig, fact)
    states = {s.place: s.state for s in half.signers}
    assert half.state is S.SENT
    assert states[0] is SignerState.SIGNED
    assert states.get(1) is not SignerState.SIGNED
    rig.sign(fact.vendor_reference)
    whole = await now(rig, fact)
    assert whole.state is S.SIGNED
    assert {s.state for s in whole.signers} == {SignerState.SIGNED}


async def test_declined_is_over(rig: Rig) -> None:
    fact = await sent(rig)
    rig.decline(fact.vendor_reference)
    assert (await now(rig, fact)).state is S.DECLINED


async def test_what_was_signed_is_fetched_and_only_then(rig: Rig) -> None:
    fact = await sent(rig)
    with pytest.raises(Refused):
        await rig.esign.signed_document(fact.vendor_reference, reference=fact.reference)
    for _ in range(2):
        rig.sign(fact.vendor_reference)
    files = await rig.esign.signed_document(fact.vendor_reference, reference=fact.reference)
    assert files.document.startswith(b"%PDF-")
    assert files.document != PDF
    assert (files.certificate is not None) == rig.certifies
    assert files.certificate is None or files.certificate.startswith(b"%PDF-")


async def test_voiding_twice_is_voiding_once(rig: Rig) -> None:
    fact = await sent(rig)
    for _ in range(2):
        after = await rig.esign.void(
            fact.vendor_reference, "dates changed", reference=fact.reference
        )
        assert (after.state, after.reference) == (S.VOIDED, fact.reference)


async def test_what_was_signed_before_it_was_voided_stays_signed(rig: Rig) -> None:
    fact = await signed(rig)
    after = await rig.esign.void(fact.vendor_reference, "", reference=fact.reference)
    assert after.state is S.SIGNED


async def test_there_is_none_under_an_unknown_reference(rig: Rig) -> None:
    assert await rig.esign.status("nobody-knows-this", reference="agr_x") is None
    with pytest.raises(Refused):
        await rig.esign.void("nobody-knows-this", "x", reference="agr_x")


async def test_a_lost_answer_is_unknown_and_found_where_it_can_be(rig: Rig) -> None:
    order = an_order()
    rig.lose_answer("send")
    with pytest.raises(OutcomeUnknown):
        await rig.esign.send(order, key=order.reference)
    assert rig.sent(order.reference) == 1
    if not rig.finds:
        with pytest.raises(NotSupported):
            await rig.esign.find(order.reference)
        return
    found = await rig.esign.find(order.reference)
    assert found is not None
    assert (found.reference, found.state) == (order.reference, S.SENT)


async def test_nothing_is_found_under_a_key_that_was_not_used(rig: Rig) -> None:
    if rig.finds:
        assert await rig.esign.find("agr_never_sent") is None


async def test_the_probe_verifies(rig: Rig) -> None:
    assert (await rig.esign.probe()).verdict is Verdict.VERIFIED


def test_every_registered_e_signature_vendor_has_a_rig() -> None:
    manifests = [registry.load(name) for name in registry.ADAPTERS]
    assert {m.name for m in manifests if Role.ESIGN in m.roles} | {"memory"} == set(VENDORS)


# ------------------------------------------------------------------------- on the wire


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("fail_before", OutcomeUnknown),
        ("fail_after", OutcomeUnknown),
        ("proxy", OutcomeUnknown),
        ("truncate", OutcomeUnknown),
        ("empty", OutcomeUnknown),
        ("malformed", OutcomeUnknown),
        ("wrong_type", OutcomeUnknown),
        ("rate_limit", Unavailable),
        ("forbidden", Misconfigured),
        ("unauthorized", Misconfigured),
        ("conflict", Refused),
    ],
)
async def test_only_a_clear_no_is_a_no(wire: Wire, kind: str, expected: type[VendorError]) -> None:
    order = an_order()
    wire.break_(kind, "send", times=2)
    with pytest.raises(expected) as caught:
        await wire.esign.send(order, key=order.reference)
    assert type(caught.value) is expected
    done = kind in ("fail_after", "truncate", "empty", "malformed", "wrong_type")
    assert wire.sent(order.reference) == done


@pytest.mark.parametrize("kind", ["proxy", "truncate", "empty", "malformed", "wrong_type"])
async def test_an_answer_that_cannot_be_read_is_no_state(wire: Wire, kind: str) -> None:
    fact = await sent(wire)
    wire.break_(kind, "status", status=404, times=3)
    with pytest.raises((BrokenContract, Unavailable)):
        await wire.esign.status(fact.vendor_reference, reference=fact.reference)


async def test_a_question_whose_answer_is_lost_is_asked_again(wire: Wire) -> None:
    fact = await sent(wire)
    wire.lose_answer("status")
    assert (await now(wire, fact)).state is S.SENT


async def test_a_token_that_ended_is_renewed_and_nothing_is_sent_twice(wire: Wire) -> None:
    await sent(wire)
    access = wire.simulator.access if isinstance(wire, DocusignRig) else wire.simulator.gate
    access.forget_tokens()
    order = an_order()
    await wire.esign.send(order, key=order.reference)
    assert (access.signed_in, wire.sent(order.reference)) == (2, 1)
    wire.time.later(7200)
    await sent(wire)


async def test_no_secret_and_no_name_is_in_any_error_or_log(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told = []
    for kind in ("unauthorized", "proxy", "malformed", "lose_answer", "rate_limit"):
        wire.break_(kind, "send", times=2)
        order = an_order()
        try:
            await wire.esign.send(order, key=order.reference)
        except VendorError as e:
            told.append("".join(traceback.format_exception(e)) + repr(e))
        wire.simulator.faults.clear()
    text = caplog.text + "".join(told)
    assert len(told) == 5
    for word in ("Siti", "siti@", "PRIVATE KEY", "Bearer ", "sandboxSecret", "sandboxClient"):
        assert word not in text


# ---------------------------------------------------------------------------- DocuSign's own


@pytest.fixture
async def ds() -> AsyncIterator[DocusignRig]:
    async with docusign() as made:
        yield made


async def test_without_consent_the_operator_is_told_where_to_give_it(ds: DocusignRig) -> None:
    ds.simulator.access.consented = False
    with pytest.raises(Misconfigured) as caught:
        await sent(ds)
    assert "/oauth/auth?response_type=code" in caught.value.message
    probe = await ds.esign.probe()
    assert probe.verdict is Verdict.REJECTED
    assert "consent" in probe.remedy
    ds.simulator.access.consented = True
    assert (await ds.esign.probe()).verdict is Verdict.VERIFIED


async def test_another_key_or_user_is_rejected() -> None:
    other = "5a0db0c5-0000-4000-8000-00000000000f"
    for config in ({"user_id": other}, {"client_id": other}, {"account_id": other}):
        async with docusign(**config) as made:
            assert (await made.esign.probe()).verdict is Verdict.REJECTED


async def test_our_token_goes_nowhere_but_to_docusign(
    ds: DocusignRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = {
        "accounts": [{"account_id": "x", "base_uri": "http://127.0.0.1:9", "is_default": True}]
    }
    monkeypatch.setattr(ds.simulator, "_userinfo", lambda request: elsewhere)
    with pytest.raises(BrokenContract):
        await sent(ds)


async def test_expired_is_told_from_voided(ds: DocusignRig) -> None:
    fact = await sent(ds, expires_at=ds.time.now() + timedelta(days=2, hours=5))
    ds.time.later(2 * 86_400 - 60)
    assert (await now(ds, fact)).state is S.SENT
    ds.time.later(120)
    assert (await now(ds, fact)).state is S.EXPIRED


async def test_a_limit_on_asking_is_waited_for(ds: DocusignRig) -> None:
    fact = await sent(ds)
    for _ in range(12):
        await now(ds, fact)
    with pytest.raises(Unavailable) as caught:
        await now(ds, fact)
    assert caught.value.retry_after_s is not None
    assert caught.value.vendor_code == "Hourly_Envelope_Polling_Limit_Exceeded"


async def test_of_several_under_one_transaction_the_furthest_counts(ds: DocusignRig) -> None:
    order = an_order()
    facts = [await ds.esign.send(order, key=order.reference) for _ in range(2)]
    ds.simulator.envelopes.void(facts[0].vendor_reference, "twice")
    found = await ds.esign.find(order.reference)
    assert found is not None
    assert (found.vendor_reference, found.state) == (facts[1].vendor_reference, S.SENT)


async def test_a_transaction_is_known_for_a_week(ds: DocusignRig) -> None:
    order = an_order()
    await ds.esign.send(order, key=order.reference)
    ds.time.later(8 * 86_400)
    assert await ds.esign.find(order.reference) is None


async def test_what_is_over_before_it_is_sent_is_refused(ds: DocusignRig) -> None:
    with pytest.raises(Refused):
        await sent(ds, expires_at=ds.time.now() - timedelta(seconds=1))
    bad = SignerOrder("X", Mark(1, 1, 1), "no address")
    with pytest.raises(Refused) as caught:
        await sent(ds, signers=(bad,))
    assert caught.value.vendor_code == "INVALID_EMAIL_ADDRESS_FOR_RECIPIENT"


# ------------------------------------------------------------------------------- Privy's own


@pytest.fixture
async def privy() -> AsyncIterator[PrivyidRig]:
    async with privyid() as made:
        yield made


async def test_a_signed_document_may_lie_at_an_address(privy: PrivyidRig) -> None:
    privy.simulator.as_file = True
    fact = await signed(privy)
    files = await privy.esign.signed_document(fact.vendor_reference, reference=fact.reference)
    assert files.document.startswith(b"%PDF-")


async def test_a_wrong_signing_key_is_misconfigured() -> None:
    for field in ("api_key", "secret_key"):
        async with privyid(**{field: "another"}) as made:
            assert (await made.esign.probe()).verdict is Verdict.VERIFIED  # it proves the token
            with pytest.raises(Misconfigured):
                await sent(made)
    async with privyid(client_secret="another") as made:
        assert (await made.esign.probe()).verdict is Verdict.REJECTED


async def test_who_has_no_privyid_is_refused(privy: PrivyidRig) -> None:
    for id in (None, "has space", "UNKNOWN1"):
        nobody = SignerOrder("Siti", Mark(1, 1, 1), "siti@example.com", None, id)
        with pytest.raises(Refused):
            await sent(privy, signers=(nobody,))
    assert privy.simulator.papers == {}


async def test_another_documents_token_is_not_ours(privy: PrivyidRig) -> None:
    fact = await sent(privy)
    assert await privy.esign.status(fact.vendor_reference, reference="agr_other") is None
