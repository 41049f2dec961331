"""An umrah agreement is drafted, signed by both parties at DocuSign, and kept with its proof."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta

from entrypoints.demo.stage import Json, Stage
from entrypoints.sandbox import STALLS

NAME = "wakalah-bil-ujrah-umrah"
SITI = {"name": "Siti", "surname": "Contoh", "email": "siti.contoh@example.com"}
AHMAD = {"name": "Ahmad", "surname": "Contoh", "email": "ahmad.contoh@example.com"}
TICKETS, VISAS, UJRAH = 36_500_000, 9_000_000, 4_500_000
TOTAL = TICKETS + VISAS + UJRAH


def connect_docusign(stage: Stage) -> None:
    """The operator connects DocuSign; the test says where to consent, and then verifies"""
    stall = next(s for s in STALLS if s.adapter == "docusign")
    made = stage.vendor("POST", "/docusign/_control/keypair")
    hmac_key = stage.vendor("POST", "/docusign/_control/connect_key")["connect_key"]
    stage.vendor("PUT", "/docusign/_control/consented", False)
    config = {
        **stall.config,
        "base_url": stage.house.sandbox_url + stall.path,
        "private_key": made["private_key"],
        "connect_key": hmac_key,
    }
    new = {
        "adapter": "docusign",
        "name": "DocuSign",
        "entity": stage.house.entity,
        "config": config,
    }
    answer = stage.call("POST", "/v1/connections", new, expect=201)
    stage.facts.docusign = answer.json()["id"]
    stage.verify("its keys are not shown again", made["private_key"][:40] in answer.text, False)
    test = f"/v1/connections/{stage.facts.docusign}/test"
    first = stage.call("POST", test).json()
    stage.verify("without consent it is rejected", first["verdict"], "rejected")
    consent = first["remedy"].split()[-1]
    stage.verify("the operator follows the remedy", stage.browse("GET", consent).status_code, 302)
    stage.verify("and it is verified", stage.call("POST", test).json()["verdict"], "verified")


def draft(stage: Stage) -> None:
    """The agency drafts an akad; a figure that does not match is named, then it is set as a page"""
    agency = {
        "name": "PT Contoh Wisata Ibadah",
        "country": "ID",
        "currency": "IDR",
        "licence": "U.000 Tahun 2025",
    }
    entity = stage.call("POST", "/v1/entities", agency, expect=201).json()
    wish = _akad(entity["id"], stage.facts.docusign)
    wish["figures"]["total"] = _rupiah(TOTAL + 1)
    wrong = stage.call("POST", "/v1/agreements", wish, expect=422, note="a rupiah too much").json()
    stage.say(f"{wrong['errors'][0]['pointer']} {wrong['errors'][0]['message']}", "dim")
    stage.verify("the answer names the figure", wrong["errors"][0]["pointer"], "/figures/total")
    wish["figures"]["total"] = _rupiah(TOTAL)
    agreement = stage.call("POST", "/v1/agreements", wish, expect=201).json()
    stage.facts.agreement = agreement
    pdf = stage.call("GET", f"/v1/agreements/{agreement['id']}/document").content
    stage.verify(f"it is a PDF of {len(pdf)} bytes", pdf[:5], b"%PDF-")
    stage.verify("of the digest that was told", _digest(pdf), agreement["document"]["sha256"])


def sign(stage: Stage) -> None:
    """Both parties sign, the pilgrim first; DocuSign tells the hub by signed messages"""
    path = f"/v1/agreements/{stage.facts.agreement['id']}"
    sent = stage.call("POST", f"{path}/send").json()
    stage.verify("the signers are asked", sent["state"], "sent")
    page = f"{stage.house.sandbox_url}/docusign/sign/{sent['vendor_reference']}"
    stage.verify("the pilgrim signs", stage.browse("POST", page, how="sign").status_code, 200)
    half = stage.once(path, lambda told: told["signers"][0]["state"] == "signed")
    stage.verify("the hub hears of it", half["signers"][0]["state"], "signed")
    stage.verify("the agency signs", stage.browse("POST", page, how="sign").status_code, 200)
    signed = stage.until(path, "state", "signed")
    order = sorted(s["signed_at"] for s in signed["signers"])
    stage.verify("in order", [s["signed_at"] for s in signed["signers"]], order)
    ours = stage.vendor("GET", "/docusign/_control/envelopes")
    stage.verify("DocuSign has exactly one envelope", len(ours), 1)
    forged = {"event": "envelope-voided"}
    stage.call("POST", f"/in/{stage.facts.docusign}", forged, expect=400, note="a forged message")


def keep(stage: Stage) -> None:
    """The signed document and its certificate are kept, and their digests stand in the trail"""
    agreement = stage.facts.agreement
    path = f"/v1/agreements/{agreement['id']}"
    now = stage.once(path, lambda told: told["signed"] is not None)
    stage.verify("both are kept", None not in (now["signed"], now["certificate"]))
    for name, told in (("signed-document", "signed"), ("certificate", "certificate")):
        pdf = stage.call("GET", f"{path}/{name}").content
        stage.verify(f"the {name} is as it was kept", _digest(pdf), now[told]["sha256"])
    rows = stage.call("GET", f"/v1/audit?subject={agreement['id']}&limit=200").json()["data"]
    kept = next(row for row in rows if row["action"] == "agreement.kept")
    digest = kept["after"]["signed"]["sha256"]
    stage.verify("the audit trail holds its digest", digest, now["signed"]["sha256"])


def _akad(entity: str, connection: str) -> dict[str, Json]:
    today = datetime.now(UTC).date()
    leaves = today + timedelta(days=50)
    return {
        "template": NAME,
        "entity": entity,
        "connection": connection,
        "muwakkil": {"signer": SITI, "identity": "0000000000000000", "address": "Depok"},
        "wakil": {"signer": AHMAD, "position": "Direktur", "address": "Jakarta"},
        "pilgrims": [{"name": "Siti Contoh"}, {"name": "Budi Contoh"}],
        "figures": {
            "place": "Jakarta",
            "on": f"{today}",
            "departs": f"{leaves}",
            "returns": f"{leaves + timedelta(days=9)}",
            "lines": [
                {"label": "Tiket pesawat", "amount": _rupiah(TICKETS)},
                {"label": "Visa dan asuransi", "amount": _rupiah(VISAS)},
            ],
            "ujrah": _rupiah(UJRAH),
            "total": _rupiah(TOTAL),
            "plan": _plan(today),
            "refunds": [{"days_before": 45, "percent": 90}, {"days_before": 30, "percent": 50}],
            "escrow_bank": "Bank Contoh Syariah",
            "escrow_account": "000-111-222",
            "court": "Pengadilan Agama Jakarta Selatan",
        },
    }


def _plan(today: date) -> list[Json]:
    deposit = TOTAL // 5
    return [
        {"label": "Uang muka", "due": f"{today}", "amount": _rupiah(deposit)},
        {
            "label": "Pelunasan",
            "due": f"{today + timedelta(days=30)}",
            "amount": _rupiah(TOTAL - deposit),
        },
    ]


def _rupiah(amount: int) -> Json:
    return {"minor": amount * 100, "currency": "IDR"}


def _digest(pdf: bytes) -> str:
    return hashlib.sha256(pdf).hexdigest()
