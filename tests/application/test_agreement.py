"""An agreement is drafted only if it is true, sent once, and kept as it was signed."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from core.application.agreements.draft_agreement import draft_agreement
from core.application.agreements.read_agreement import Which, read_agreement, read_document
from core.application.agreements.resolve_agreement import (
    AgreementOutcome,
    ResolveAgreement,
    resolve_agreement,
)
from core.application.agreements.return_agreement import return_agreement
from core.application.agreements.send_agreement import ask_vendor, send_agreement
from core.application.agreements.void_agreement import void_agreement
from core.application.agreements.write_template import (
    NewReview,
    NewVersion,
    read_versions,
    review_template,
    write_version,
)
from core.application.hub import Hub
from core.application.inbound.process_message import process_message
from core.application.inbound.receive_message import receive_message
from core.domain.agreements.agreement import (
    Agreement,
    SignatureFact,
    SignatureHint,
    SignatureState,
    SignerState,
)
from core.domain.agreements.agreement import AgreementState as S
from core.domain.agreements.akad.wakalah import FIRST, NAME
from core.domain.inbound.inbox import InboxMessage, InboxState
from core.domain.problem import Conflict, Failed, Forbidden, Invalid, NotFound
from core.domain.tenancy import Permission
from ports import errors
from ports.blobs import BlobsAway
from ports.errors import OutcomeUnknown
from ports.store import AgreementFilter, Page
from tests.application.given_agreement import AGENCY, a_draft, a_wish
from tests.application.test_booking import error
from tests.application.test_killed_anywhere import kill_everywhere
from tests.fakes.hub import World, an_asking
from tests.fakes.vendors import Posting
from tests.unit.domain.given_akad import idr

pytestmark = pytest.mark.anyio
replace = msgspec.structs.replace
SIGNED_PDF = b"%PDF-1.7\nsigned by hand\n%%EOF\n"


async def now_of(world: World, id: str) -> Agreement:
    return (await read_agreement(world.hub, world.asking, id))[0]


async def sent(world: World, **other: Any) -> Agreement:
    draft = await a_draft(world, **other)
    return await send_agreement(world.hub, world.asking, draft.id)


async def check(world: World, seconds: float = 0) -> None:
    world.clock.move(seconds)
    await world.check_due()


async def post(world: World, id: str = "in_1", **what: Any) -> InboxMessage:
    raw = msgspec.json.encode(Posting(id, **what))
    message = await receive_message(world.hub, world.sign.id, {"signature": "good"}, raw)
    assert message is not None
    return await process_message(world.hub, world.scope, message.id)


async def sign_all(world: World, agreement: Agreement) -> SignatureFact:
    assert agreement.vendor_reference is not None
    world.esign.sign(agreement.vendor_reference)
    return world.esign.sign(agreement.vendor_reference)


async def test_a_draft_is_a_document_that_says_what_is_booked(world: World) -> None:
    draft = await a_draft(world)
    assert draft.state is S.DRAFT
    document, pdf = await read_document(world.hub, world.asking, draft.id, Which.DOCUMENT)
    assert pdf.startswith(b"%PDF-")
    assert hashlib.sha256(pdf).hexdigest() == document.sha256 == draft.document.sha256
    assert [s.role for s in draft.signers] == ["muwakkil", "wakil"]
    assert {s.mark.page for s in draft.signers} == {3}
    assert b"Siti" not in b"".join(world.blobs.kept.values())


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"total": idr(49_999_999)}, "figures_do_not_match", "/figures/total"),
        ({"ujrah": idr(1)}, "figures_do_not_match", "/figures/total"),
        ({"plan": ()}, "figures_do_not_match", "/figures/plan"),
    ],
)
async def test_a_figure_that_does_not_match_refuses_to_be_set(
    world: World, change: dict[str, Any], code: str, pointer: str
) -> None:
    wish = await a_wish(world)
    wrong = replace(wish, figures=replace(wish.figures, **change))
    with pytest.raises(Invalid) as caught:
        await draft_agreement(world.hub, world.asking, wrong)
    assert (caught.value.code, caught.value.faults[0].pointer) == (code, pointer)
    assert world.blobs.kept == {}


async def test_what_it_names_has_to_be_there(world: World) -> None:
    wish = await a_wish(world)
    for change in (
        {"template": "lease"},
        {"version": 7},
        {"entity": "ent_none"},
        {"bookings": ("bkg_none",)},
        {"connection": "con_none"},
        {"partner": "ptn_none"},
    ):
        with pytest.raises(NotFound):
            await draft_agreement(world.hub, world.asking, replace(wish, **change))


async def test_what_cannot_be_is_refused_by_name(world: World) -> None:
    wish = await a_wish(world)
    muwakkil = wish.muwakkil
    no_mail = replace(muwakkil, signer=replace(muwakkil.signer, email=None))
    glyph = replace(muwakkil, address="\U0001f54b")
    cases: list[tuple[dict[str, Any], str]] = [
        ({"entity": world.entity.id}, "/entity"),
        ({"connection": world.pay.id}, "/connection"),
        ({"muwakkil": no_mail}, "/muwakkil/signer/email"),
        ({"expires_at": world.clock.now()}, "/expires_at"),
        ({"bookings": wish.bookings * 2}, "/bookings/1"),
        ({"bookings": ()}, "/pilgrims"),
        ({"muwakkil": glyph}, ""),
    ]
    for change, pointer in cases:
        with pytest.raises(Invalid) as caught:
            await draft_agreement(world.hub, world.asking, replace(wish, **change))
        assert caught.value.faults[0].pointer == pointer


async def test_it_is_sent_signed_in_order_and_kept(world: World) -> None:
    agreement = await sent(world)
    assert (agreement.state, agreement.vendor_reference) == (S.SENT, "envelope_1")
    order = world.esign.orders["envelope_1"]
    assert [s.name for s in order.signers] == ["Siti Contoh", "Ahmad Contoh"]
    assert order.callback_url == f"https://hub.test/in/{world.sign.id}"
    await post(world, signatures=(world.esign.sign("envelope_1"),))
    after = await now_of(world, agreement.id)
    assert [s.state for s in after.signers] == [SignerState.SIGNED, SignerState.ASKED]
    await post(world, "in_2", signatures=(world.esign.sign("envelope_1"),))
    await check(world)
    after = await now_of(world, agreement.id)
    assert (after.state, after.check_at) == (S.SIGNED, None)
    for which in (Which.SIGNED, Which.CERTIFICATE):
        document, pdf = await read_document(world.hub, world.asking, agreement.id, which)
        assert hashlib.sha256(pdf).hexdigest() == document.sha256
    assert await world.told(agreement.id) == [
        "agreement.sent",
        "agreement.progressed",
        "agreement.signed",
        "agreement.kept",
    ]


async def test_the_digests_stand_in_the_audit_chain(world: World) -> None:
    agreement = await sent(world)
    await post(world, signatures=(await sign_all(world, agreement),))
    await check(world)
    after = await now_of(world, agreement.id)
    assert after.signed is not None
    async with world.store.read(world.scope) as view:
        entries = await view.audit_entries(Page(limit=200), subject=agreement.id)
    kept = next(e for e in entries if e.action == "agreement.kept")
    assert kept.after is not None
    assert kept.after["signed"]["sha256"] == after.signed.sha256
    assert kept.after["document"]["sha256"] == after.document.sha256
    assert (await world.store.verify_audit(world.scope))[1] is None


async def test_a_lost_answer_is_found_and_nobody_is_asked_twice(world: World) -> None:
    world.esign.lose_answer("send")
    agreement = await sent(world)
    assert agreement.state is S.SENDING
    await check(world, 90)
    after = await now_of(world, agreement.id)
    assert (after.state, after.vendor_reference) == (S.SENT, "envelope_1")
    assert world.esign.sent[agreement.id] == 1


async def test_what_certainly_did_not_arrive_is_sent_once_more(world: World) -> None:
    world.esign.fail("send", error(OutcomeUnknown))
    agreement = await sent(world)
    for _ in range(8):
        await check(world, 120)
    assert (await now_of(world, agreement.id)).state is S.SENT
    assert world.esign.sent[agreement.id] == 1


async def test_an_outage_at_the_second_sending_says_nothing_of_the_first(world: World) -> None:
    world.esign.fail("send", error(OutcomeUnknown))
    agreement = await sent(world)
    world.esign.fail("send", error(errors.Unavailable))
    while world.esign.calls["send"] < 2:
        await check(world, 120)
    assert (await now_of(world, agreement.id)).state is S.SENDING


async def test_what_cannot_be_found_is_for_a_person(world: World) -> None:
    world.esign.fail("send", error(OutcomeUnknown))
    world.esign.fail("find", error(errors.NotSupported))
    agreement = await sent(world)
    await check(world, 90)
    after = await now_of(world, agreement.id)
    assert (after.state, after.check_at) == (S.NEEDS_OPERATOR, None)
    assert world.esign.sent[agreement.id] == 0


@pytest.mark.parametrize("kind", [errors.Refused, errors.Unavailable, errors.Misconfigured])
async def test_a_clear_no_lets_it_be_sent_again(
    world: World, kind: type[errors.VendorError]
) -> None:
    world.esign.fail("send", error(kind))
    agreement = await sent(world)
    assert agreement.state is S.FAILED
    assert agreement.refusal is not None
    again = await send_agreement(world.hub, world.asking, agreement.id)
    assert (again.state, again.refusal) == (S.SENT, None)
    assert world.esign.sent[agreement.id] == 1
    with pytest.raises(Conflict):
        await send_agreement(world.hub, world.asking, agreement.id)


async def test_the_message_comes_before_the_answer(world: World) -> None:
    world.esign.lose_answer("send")
    agreement = await sent(world)
    fact = SignatureFact("envelope_1", agreement.id, SignatureState.SENT)
    assert (await post(world, signatures=(fact,))).state is InboxState.PROCESSED
    assert (await now_of(world, agreement.id)).state is S.SENT
    before = world.esign.sent[agreement.id]
    late = await ask_vendor(world.hub, world.asking, agreement)
    assert late.state is S.SENT
    assert world.esign.sent[agreement.id] == before + 1  # played by hand; no use case does it


async def test_a_lost_message_is_made_up_for_by_asking(world: World) -> None:
    agreement = await sent(world)
    await sign_all(world, agreement)
    await check(world, 899)
    assert (await now_of(world, agreement.id)).state is S.SENT
    await check(world, 2)
    assert (await now_of(world, agreement.id)).state is S.SIGNED
    assert world.esign.calls["status"] == 1


async def test_a_hint_is_not_believed_but_asked_about(world: World) -> None:
    agreement = await sent(world)
    await post(world, signature_hints=(SignatureHint(agreement.id, "envelope_1"),))
    await check(world, 1)
    assert (await now_of(world, agreement.id)).state is S.SENT
    await sign_all(world, agreement)
    await post(world, "in_2", signature_hints=(SignatureHint(agreement.id),))
    await check(world, 1)
    assert (await now_of(world, agreement.id)).state is S.SIGNED


async def test_a_hint_finds_what_a_person_would_have_to_look_for(world: World) -> None:
    world.esign.lose_answer("send")
    world.esign.fail("find", error(errors.NotSupported))
    agreement = await sent(world)
    await check(world, 90)
    for n, claimed in enumerate(("envelope_forged", "envelope_1")):
        await post(world, f"in_{n}", signature_hints=(SignatureHint(agreement.id, claimed),))
        await check(world, 1)
    after = await now_of(world, agreement.id)
    assert (after.state, after.vendor_reference) == (S.SENT, "envelope_1")


async def test_a_word_about_another_agreement_is_set_apart(world: World) -> None:
    agreement = await sent(world)
    other = SignatureFact("envelope_9", agreement.id, SignatureState.SIGNED)
    message = await post(world, signatures=(other,))
    assert message.state is InboxState.QUARANTINED
    assert (await now_of(world, agreement.id)).state is S.SENT
    unknown = SignatureFact("envelope_9", "agr_of_another_program", SignatureState.SIGNED)
    assert (await post(world, "in_2", signatures=(unknown,))).state is InboxState.PROCESSED


async def test_declined_and_expired_are_told(world: World) -> None:
    declined = await sent(world)
    world.esign.decline(declined.vendor_reference or "")
    expired = await sent(world, expires_at=world.clock.now() + timedelta(days=2))
    await world.until_quiet()
    assert (await world.told(declined.id))[-1] == "agreement.declined"
    assert (await world.told(expired.id))[-1] == "agreement.expired"


async def test_voiding_takes_it_back_once(world: World) -> None:
    agreement = await sent(world)
    for _ in range(2):
        after = await void_agreement(world.hub, world.asking, agreement.id)
        assert after.state is S.VOIDED
    assert world.esign.calls["void"] == 1
    assert await world.told(agreement.id) == ["agreement.sent", "agreement.voided"]


async def test_who_signed_before_it_was_voided_has_signed(world: World) -> None:
    agreement = await sent(world)
    await sign_all(world, agreement)
    after = await void_agreement(world.hub, world.asking, agreement.id)
    assert after.state is S.SIGNED
    with pytest.raises(Conflict):
        await void_agreement(world.hub, world.asking, agreement.id)


async def test_voiding_that_is_not_answered_is_said_and_may_be_repeated(world: World) -> None:
    agreement = await sent(world)
    world.esign.lose_answer("void")
    with pytest.raises(Failed):
        await void_agreement(world.hub, world.asking, agreement.id)
    assert (await void_agreement(world.hub, world.asking, agreement.id)).state is S.VOIDED


async def test_what_is_signed_is_fetched_until_it_can_be_kept(world: World) -> None:
    agreement = await sent(world)
    fact = await sign_all(world, agreement)
    world.esign.fail("signed_document", error(errors.Unavailable))
    await post(world, signatures=(fact,))
    await check(world)
    assert (await now_of(world, agreement.id)).signed is None
    world.blobs.failing.append(BlobsAway("no bucket"))
    await world.until_quiet()
    assert (await now_of(world, agreement.id)).signed is not None
    assert (await world.told(agreement.id)).count("agreement.kept") == 1


async def test_by_hand_it_goes_out_and_comes_back(world: World) -> None:
    agreement = await sent(world, connection=None)
    assert (agreement.state, agreement.check_at) == (S.SENT, None)
    for _ in range(2):
        after = await return_agreement(world.hub, world.asking, agreement.id, SIGNED_PDF)
        assert after.state is S.SIGNED
    _, pdf = await read_document(world.hub, world.asking, agreement.id, Which.SIGNED)
    assert pdf == SIGNED_PDF
    other = SIGNED_PDF + b"%%EOF"
    with pytest.raises(Conflict):
        await return_agreement(world.hub, world.asking, agreement.id, other)
    assert await world.told(agreement.id) == [
        "agreement.sent",
        "agreement.signed",
        "agreement.kept",
    ]


async def test_by_hand_it_expires_by_itself_and_may_be_voided(world: World) -> None:
    ends = world.clock.now() + timedelta(days=14)
    expiring = await sent(world, connection=None, expires_at=ends)
    voided = await sent(world, connection=None)
    assert (await void_agreement(world.hub, world.asking, voided.id)).state is S.VOIDED
    await world.until_quiet()
    assert (await now_of(world, expiring.id)).state is S.EXPIRED
    assert world.clock.now() >= ends


@pytest.mark.parametrize("raw", [b"", b"hello", b"%PDF-1.7 cut off", b"x" * 2000 + b"%PDF-%%EOF"])
async def test_what_comes_back_has_to_be_a_pdf(world: World, raw: bytes) -> None:
    agreement = await sent(world, connection=None)
    with pytest.raises(Invalid):
        await return_agreement(world.hub, world.asking, agreement.id, raw)


async def test_what_was_not_signed_or_is_with_a_vendor_does_not_come_back(world: World) -> None:
    by_hand = await sent(world, connection=None)
    _, same = await read_document(world.hub, world.asking, by_hand.id, Which.DOCUMENT)
    with pytest.raises(Invalid):
        await return_agreement(world.hub, world.asking, by_hand.id, same)
    for agreement in (await sent(world), await a_draft(world, connection=None)):
        with pytest.raises(Conflict):
            await return_agreement(world.hub, world.asking, agreement.id, SIGNED_PDF)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (AgreementOutcome.NOT_SENT, S.FAILED),
        (AgreementOutcome.VOIDED, S.VOIDED),
        (AgreementOutcome.AT_VENDOR, S.SENT),
    ],
)
async def test_a_person_settles_what_no_machine_knows(
    world: World, outcome: AgreementOutcome, state: S
) -> None:
    world.esign.lose_answer("send")
    world.esign.fail("find", error(errors.NotSupported))
    agreement = await sent(world)
    await check(world, 90)
    wish = ResolveAgreement(outcome, "their desk says so", "envelope_1")
    await resolve_agreement(world.hub, world.asking, agreement.id, wish)
    await check(world, 1)
    assert (await now_of(world, agreement.id)).state is state
    with pytest.raises(Conflict):
        await resolve_agreement(world.hub, world.asking, agreement.id, wish)


async def test_a_document_that_was_tampered_with_is_not_handed_out(world: World) -> None:
    draft, other = await a_draft(world), await a_draft(world)
    world.blobs.kept[draft.document.address] = world.blobs.kept[other.document.address]
    with pytest.raises(NotFound):
        await read_document(world.hub, world.asking, draft.id, Which.DOCUMENT)
    assert (await send_agreement(world.hub, world.asking, other.id)).state is S.SENT


async def test_another_agreements_document_does_not_open(world: World) -> None:
    draft, other = await a_draft(world), await a_draft(world)
    async with world.store.begin(world.scope) as tx:
        await tx.put_agreement(replace(draft, document=other.document))
    with pytest.raises(Failed):
        await read_document(world.hub, world.asking, draft.id, Which.DOCUMENT)


async def test_a_signer_who_was_erased_is_not_asked(world: World) -> None:
    draft = await a_draft(world)
    async with world.store.begin(world.scope) as tx:
        await tx.erase_person(draft.signers[0].person)
    with pytest.raises(Conflict):
        await send_agreement(world.hub, world.asking, draft.id)


async def test_a_new_version_is_used_and_the_old_one_stays(world: World) -> None:
    new = NewVersion("Akad baru", FIRST.arabic, FIRST.clauses)
    second = await write_version(world.hub, world.asking, NAME, new)
    assert second.version == 2
    assert [t.version for t in await read_versions(world.hub, world.asking, NAME)] == [1, 2]
    assert (await a_draft(world)).version == 2
    assert (await a_draft(world, version=1)).version == 1
    with pytest.raises(Invalid) as caught:
        await write_version(world.hub, world.asking, NAME, replace(new, clauses=FIRST.clauses[1:]))
    assert caught.value.faults[0].message == "the required clause 'parties' is missing"


async def test_reviews_are_kept_and_take_the_warning_away(world: World) -> None:
    before = await a_draft(world)
    for of in ("legal", "sharia"):
        after = await review_template(
            world.hub, world.asking, NAME, 1, NewReview(of, "K.H. Contoh")
        )
    assert after.is_reviewed
    assert (await a_draft(world)).document.size < before.document.size
    assert [t.version for t in await read_versions(world.hub, world.asking, NAME)] == [1]


async def test_nobody_does_what_the_key_does_not_allow(world: World) -> None:
    reader = an_asking(world.scope, Permission.AGREEMENTS_READ)
    stranger = an_asking(world.scope, Permission.BOOKINGS_READ)
    draft = await a_draft(world)
    for act in (send_agreement, void_agreement):
        with pytest.raises(Forbidden):
            await act(world.hub, reader, draft.id)
    with pytest.raises(Forbidden):
        await read_document(world.hub, stranger, draft.id, Which.DOCUMENT)


async def test_killed_anywhere_it_is_asked_once(world: World) -> None:
    async def send(hub: Hub, draft: Agreement) -> object:
        return await send_agreement(hub, world.asking, draft.id)

    killed = await kill_everywhere(world, lambda: a_draft(world), send)
    for _ in range(40):
        await check(world, 120)
    for draft in killed:
        after = await now_of(world, draft.id)
        assert after.state in (S.DRAFT, S.SENT)
        assert world.esign.sent[draft.id] == (after.state is S.SENT)
        assert (await world.told(draft.id)) == ["agreement.sent"] * (after.state is S.SENT)


async def test_lists_are_of_the_scope(world: World) -> None:
    draft = await a_draft(world)
    async with world.store.read(world.scope) as view:
        assert [a.id for a in await view.agreements(Page(), AgreementFilter())] == [draft.id]
        assert not await view.agreements(Page(), AgreementFilter(state=S.SENT))
    assert AGENCY.licence
