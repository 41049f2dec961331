"""Agreements over HTTP: drafted, looked at, signed by a vendor or by hand, and fetched."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import pytest

from core.domain.agreements.agreement import SignatureHint
from core.domain.agreements.pdf import LARGEST
from ports.errors import Misconfigured, NotSupported, Refused
from ports.inbound_webhook import PATH_TAIL, Rejected, Verified
from tests.fakes.vendors import FakeInbound
from tests.http.rig import Api, Json

pytestmark = pytest.mark.anyio
WAKALAH = "/v1/templates/wakalah-bil-ujrah-umrah"
BY_HAND = b"%PDF-1.7\nsigned with a pen\n%%EOF\n"


async def drafted(api: Api, **other: Any) -> Json:
    return await api.an_agreement(await api.a_booking(), **other)


async def sent(api: Api, **other: Any) -> Json:
    agreement = await drafted(api, **other)
    return await api.made(f"/v1/agreements/{agreement['id']}/send", status=200)


async def test_the_whole_way_with_a_vendor(api: Api) -> None:
    agreement = await sent(api)
    path, esign = f"/v1/agreements/{agreement['id']}", api.world.esign
    assert (agreement["state"], agreement["signed"]) == ("sent", None)
    assert (await api.get(f"{path}/signed-document")).status_code == 404
    for n in range(2):
        fact = esign.sign(agreement["vendor_reference"])
        raw = msgspec.json.encode({"id": f"msg_{n}", "signatures": [fact]})
        url, headers = f"/in/{api.world.sign.id}", {"signature": "good"}
        assert (await api.client.post(url, content=raw, headers=headers)).status_code == 200
    await api.world.until_quiet()
    after = (await api.get(path)).json()
    assert [s["name"] for s in after["signers"]] == ["Siti Contoh", "Ahmad Contoh"]
    assert {s["state"] for s in after["signers"]} == {"signed"}
    for name, told in (("document",) * 2, ("signed-document", "signed"), ("certificate",) * 2):
        answer = await api.get(f"{path}/{name}")
        assert answer.headers["content-type"] == "application/pdf"
        assert hashlib.sha256(answer.content).hexdigest() == after[told]["sha256"]
        assert answer.headers["etag"] == f'"{after[told]["sha256"]}"'
    listed = (await api.get("/v1/agreements?state=signed")).json()["data"]
    assert [a["id"] for a in listed] == [agreement["id"]]
    assert [s["name"] for s in listed[0]["signers"]] == [None, None]


async def test_by_hand_out_and_back(api: Api) -> None:
    agreement = await sent(api, connection=None)
    back = f"/v1/agreements/{agreement['id']}/signed-document"
    for _ in range(2):
        answer = await api.post(back, BY_HAND, content_type="application/pdf")
        assert (answer.status_code, answer.json()["state"]) == (200, "signed")
    assert (await api.get(back)).content == BY_HAND
    large = b"%PDF-1.7\n" + b"x" * (2 * 1024 * 1024) + b"\n%%EOF\n"
    other = await sent(api, connection=None)
    answer = await api.post(f"/v1/agreements/{other['id']}/signed-document", large)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("raw", "status"), [(b"", 422), (b"<html>", 422), (b"%PDF-" + b"x" * LARGEST, 413)]
)
async def test_what_is_brought_back_is_a_pdf_and_bounded(api: Api, raw: bytes, status: int) -> None:
    agreement = await sent(api, connection=None)
    answer = await api.post(f"/v1/agreements/{agreement['id']}/signed-document", raw)
    assert answer.status_code == status


async def test_a_figure_that_does_not_match_is_named_where_it_stands(api: Api) -> None:
    booking = await api.a_booking()
    wish = await api.an_akad(booking)
    wish["figures"]["lines"][0]["sold_for"]["minor"] += 1
    wish["figures"]["plan"][0]["due"] = "2028-01-01"
    answer = await api.post("/v1/agreements", wish)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (422, "figures_do_not_match")
    assert [e["pointer"] for e in told["errors"]] == [
        "/figures/lines/0/sold_for",
        "/figures/plan/0/due",
    ]
    assert booking["id"] in told["errors"][0]["message"]
    assert (await api.get("/v1/agreements")).json()["data"] == []


async def test_one_key_is_one_agreement_and_one_sending(api: Api) -> None:
    wish = await api.an_akad(await api.a_booking())
    first, again = [await api.post("/v1/agreements", wish, once="akad-1") for _ in range(2)]
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    path = f"/v1/agreements/{first.json()['id']}/send"
    answers = [await api.post(path, once="send-1") for _ in range(2)]
    assert [a.status_code for a in answers] == [200, 200]
    assert (await api.post(path, once="send-2")).json()["code"] == "not_sendable"
    assert api.world.esign.sent[first.json()["id"]] == 1


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Refused("no", vendor="esign"), 409, "vendor_refused"),
        (Misconfigured("consent", vendor="esign"), 502, "vendor_misconfigured"),
    ],
)
async def test_a_clear_no_is_a_problem_and_may_be_sent_again(
    api: Api, error: Exception, status: int, code: str
) -> None:
    agreement = await drafted(api)
    api.world.esign.fail("send", error)  # type: ignore[arg-type]
    path = f"/v1/agreements/{agreement['id']}/send"
    answer = await api.post(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["resource"] == agreement["id"]
    assert (await api.post(path)).json()["state"] == "sent"


async def test_an_unclear_answer_is_202_and_a_person_may_settle_it(api: Api) -> None:
    agreement = await drafted(api)
    api.world.esign.lose_answer("send")
    api.world.esign.fail("find", NotSupported("no", vendor="esign"))
    path = f"/v1/agreements/{agreement['id']}"
    assert (await api.post(f"{path}/send")).status_code == 202
    api.world.clock.move(90)
    await api.world.check_due()
    assert (await api.get(path)).json()["state"] == "needs_operator"
    wish = {"outcome": "at_vendor", "reason": "their dashboard lists it"}
    refused = await api.post(f"{path}/resolve", wish)
    assert refused.json()["errors"][0]["pointer"] == "/vendor_reference"
    await api.made(f"{path}/resolve", {**wish, "vendor_reference": "envelope_1"}, 200)
    await api.world.check_due()
    assert (await api.get(path)).json()["state"] == "sent"


async def test_voiding_says_why_and_is_audited(api: Api) -> None:
    agreement = await sent(api)
    path = f"/v1/agreements/{agreement['id']}/void"
    assert (await api.made(path, {"reason": "new dates"}, 200))["state"] == "voided"
    rows = (await api.get(f"/v1/audit?subject={agreement['id']}")).json()["data"]
    assert rows[0]["reason"] == "new dates"


async def test_templates_tell_what_they_must_hold_and_take_new_versions(api: Api) -> None:
    (first,) = (await api.get("/v1/templates")).json()["data"]
    assert (first["version"], first["reviewed"]) == (1, False)
    assert "ujrah" in first["form"]["clauses"]["ujrah"]
    shorter = {"title": "Akad", "arabic": "عقد", "clauses": first["clauses"][1:]}
    answer = await api.post(f"{WAKALAH}/versions", shorter)
    assert answer.json()["code"] == "template_incomplete"
    assert "'parties' is missing" in answer.json()["errors"][0]["message"]
    second = await api.made(f"{WAKALAH}/versions", {**shorter, "clauses": first["clauses"]})
    assert second["version"] == 2
    for of in ("legal", "sharia"):
        review = {"of": of, "by": "K.H. Contoh"}
        reviewed = await api.made(f"{WAKALAH}/versions/2/reviews", review, 200)
    assert reviewed["reviewed"]
    versions = (await api.get(WAKALAH)).json()["data"]
    assert [(t["version"], t["reviewed"]) for t in versions] == [(1, False), (2, True)]
    assert (await drafted(api))["version"] == 2


async def test_a_secret_address_hands_its_tail_to_the_vendors_own_check(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, str]] = []

    def verify(self: Any, headers: Any, raw: bytes, now: Any) -> Verified | Rejected:
        seen.append(dict(headers))
        good = headers.get(PATH_TAIL) == "the-secret"
        return Verified("x", "hint") if good else Rejected("no")

    monkeypatch.setattr(FakeInbound, "verify", verify)
    agreement = await sent(api)
    hint = SignatureHint(agreement["id"])
    raw = msgspec.json.encode({"id": "1", "signature_hints": [hint]})
    address = f"/in/{api.world.sign.id}"
    forged = [(b":path-tail", b"the-secret")]
    assert (await api.client.post(address, content=raw)).status_code == 400
    assert (await api.client.post(f"{address}/other", content=raw)).status_code == 400
    assert (
        await api.client.post(f"{address}/other", content=raw, headers=forged)
    ).status_code == 400
    assert (await api.client.post(f"{address}/the-secret", content=raw)).status_code == 200
    assert PATH_TAIL not in seen[0]
