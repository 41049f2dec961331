"""A group over HTTP: planned, filled in from a table, filed, reported back, and erased."""

from __future__ import annotations

import io
from datetime import timedelta

import openpyxl
import pytest

from core.domain.tenancy import Permission
from tests.http.rig import Api, Json

pytestmark = pytest.mark.anyio

HEAD = (
    "reference,registered_on,nik,full_name,father_name,sex,birth_place,born_on,nationality,"
    "address,regency,province,phone,emergency_name,emergency_phone,passport_number,"
    "passport_place,passport_issued_on,passport_expires_on,deposit_bank,deposit_reference,"
    "deposit_paid_on,deposit_amount,deposit_currency"
)
ROW = (
    "A-{n},2026-11-20,3171015708850002,SITI CONTOH {n},AHMAD CONTOH,P,Jakarta,1985-08-17,ID,"
    "Jalan Contoh {n},Jakarta Pusat,DKI Jakarta,+6281200000000,BUDI CONTOH,+6281200000001,"
    "X000000{n},Jakarta,2024-01-02,2034-01-02,Bank Contoh,B-{n},2026-11-21,25000000,IDR"
)


def a_table(*numbers: int, **changes: str) -> bytes:
    rows = [ROW.format(n=n) for n in numbers]
    for before, after in changes.items():
        rows[0] = rows[0].replace(before, after)
    return "\n".join([HEAD, *rows, ""]).encode()


async def filings_of(api: Api, departure: str) -> dict[str, Json]:
    told = (await api.get(f"/v1/filings?departure={departure}")).json()["data"]
    return {filing["kind"]: filing for filing in told}


async def test_a_group_is_filled_in_filed_reported_and_erased(api: Api) -> None:
    departure = await api.a_departure(package="PKT-001")
    group = f"/v1/departures/{departure}"
    filings = await filings_of(api, departure)
    assert {k: f["due_on"] for k, f in filings.items()} == {
        "registration": "2027-01-14",
        "departure": "2027-01-14",
        "return": "2027-02-02",
    }
    registration = f"/v1/filings/{filings['registration']['id']}"

    wrong = a_table(1, 2, **{"1985-08-17": "1985-08-18"})
    preview = await api.made(f"{group}/imports?dry_run=true", wrong, 200)
    assert (preview["total"], preview["right"], preview["wrong"]) == (2, 1, 1)
    assert [(f["row"], f["column"]) for f in preview["faults"]] == [(2, "nik")]
    assert (await api.get(f"{group}/pilgrims")).json()["data"] == []

    running = await api.made(f"{group}/imports", wrong)
    assert (running["state"], running["left"]) == ("running", 1)
    await api.world.check_due()
    done = (await api.get(f"/v1/imports/{running['id']}")).json()
    assert (done["state"], done["added"], done["wrong"]) == ("done", 1, 1)
    again = await api.made(f"{group}/imports", a_table(1, 2))
    await api.world.check_due()
    done = (await api.get(f"/v1/imports/{again['id']}")).json()
    assert (done["added"], done["changed"], done["wrong"]) == (1, 1, 0)

    told = (await api.get(registration)).json()
    assert (told["complete"], told["gaps"], told["by_machine"]) == (True, [], "coming_soon")
    book = openpyxl.load_workbook(io.BytesIO((await api.get(f"{registration}/report")).content))
    assert [row[0] for row in book["Jamaah"].iter_rows(min_row=2, values_only=True)] == [
        "A-1",
        "A-2",
    ]

    number = {"number": "F-1", "evidence": "receipt of 1 December"}
    filed = (await api.post(f"{registration}/filed", number)).json()
    assert (filed["state"], filed["filed"]["number"]) == ("filed", "F-1")
    assert (await api.post(f"{registration}/filed", number)).status_code == 200
    other = await api.post(f"{registration}/filed", {**number, "number": "F-2"})
    assert (other.status_code, other.json()["code"]) == (409, "filing_filed")
    back = await api.post(f"{registration}/reopen", {"reason": "the number was mistyped"})
    assert back.json()["state"] == "open"
    assert (await api.post(f"{registration}/filed", {**number, "number": "F-2"})).is_success
    assert await api.world.told(filings["registration"]["id"]) == [
        "filing.filed",
        "filing.reopened",
        "filing.filed",
    ]

    api.world.clock.move(timedelta(days=75).total_seconds())
    travel = {
        "departed_on": "2027-01-14",
        "departed_from": "CGK",
        "returned_on": "2027-01-25",
        "returned_to": "CGK",
    }
    told = (await api.post(f"{group}/travel", travel)).json()
    assert told["returned_on"] == "2027-01-25"
    owed = (await filings_of(api, departure))["return"]
    assert owed["due_on"] == "2027-02-04"
    assert (await api.get(f"/v1/filings/{owed['id']}")).json()["complete"]

    kept = await api.post(f"{group}/erase", {"reason": "asked to"})
    assert (kept.status_code, kept.json()["code"]) == (409, "kept")
    api.world.clock.move(timedelta(days=6 * 365).total_seconds())
    gone = await api.made(f"{group}/erase", {"reason": "the years are over"}, 200)
    assert gone == {"people": 3}
    left = (await api.get(f"{group}/pilgrims")).json()["data"]
    assert [pilgrim["dossier"] for pilgrim in left] == [None, None]


async def test_an_incomplete_report_names_each_gap_and_no_value(api: Api) -> None:
    departure = await api.a_departure()
    made = await api.made(
        f"/v1/departures/{departure}/pilgrims",
        {
            "reference": "A-1",
            "registered_on": "2026-11-20",
            "dossier": {"nik": "3171015708850002", "passport_expires_on": "2027-02-01"},
        },
    )
    registration = (await filings_of(api, departure))["registration"]
    refused = await api.get(f"/v1/filings/{registration['id']}/report")
    assert (refused.status_code, refused.json()["code"]) == (409, "filing_incomplete")
    pointers = {e["pointer"] for e in refused.json()["errors"]}
    assert {"/plan/package", f"/{made['id']}/full_name"} <= pointers
    assert f"/{made['id']}/passport_expires_on" in pointers
    assert "3171015708850002" not in refused.text
    done = f"/v1/filings/{registration['id']}/filed"
    number = {"number": "F-1", "evidence": "the clerk took it", "incomplete": True}
    owed = await api.post(done, number, **{"x-reason": ""})
    assert (owed.status_code, owed.json()["errors"][0]["pointer"]) == (422, "/reason")
    taken = await api.post(done, {**number, "reason": "the ministry took it so"})
    assert taken.json()["state"] == "filed"
    given = await api.get(f"/v1/filings/{registration['id']}/report?incomplete=true&form=csv")
    assert given.headers["content-type"].startswith("text/csv")
    assert given.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("plan", "pointer"),
    [
        ({"returns_on": "2027-01-14"}, "/plan/returns_on"),
        ({"timezone": "Mars/Olympus"}, "/plan/timezone"),
        ({"name": ""}, "/plan/name"),
        ({"departs_on": "soon"}, "/plan/departs_on"),
        (
            {
                "flights": [
                    {
                        "carrier": "GA",
                        "number": "980",
                        "origin": "JAKARTA",
                        "destination": "JED",
                        "departs_on": "2027-01-14",
                    }
                ]
            },
            "/plan/flights/0/origin",
        ),
    ],
)
async def test_a_plan_that_cannot_be_is_refused(api: Api, plan: Json, pointer: str) -> None:
    good = {"name": "Umrah", "departs_on": "2027-01-14", "returns_on": "2027-01-23"}
    new = {
        "entity": api.world.entity.id,
        "connection": (await api.world.connect("regulator")).id,
        "plan": {**good, **plan},
    }
    answer = await api.post("/v1/departures", new)
    assert answer.status_code == 422, answer.text
    assert pointer in {e["pointer"] for e in answer.json()["errors"]}


async def test_a_connection_that_files_nothing_is_refused(api: Api) -> None:
    new = {
        "entity": api.world.entity.id,
        "connection": api.world.hotel.id,
        "plan": {"name": "Umrah", "departs_on": "2027-01-14", "returns_on": "2027-01-23"},
    }
    answer = await api.post("/v1/departures", new)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/connection")


async def test_a_dossier_that_cannot_be_is_refused_and_nothing_is_kept(api: Api) -> None:
    group = f"/v1/departures/{await api.a_departure()}/pilgrims"
    new = {
        "reference": "A-1",
        "registered_on": "2030-01-01",
        "dossier": {"nik": "123", "born_on": "2030-01-01"},
    }
    answer = await api.post(group, new)
    assert answer.status_code == 422
    pointers = {e["pointer"] for e in answer.json()["errors"]}
    assert pointers == {"/dossier/nik", "/dossier/born_on", "/registered_on"}
    assert (await api.get(group)).json()["data"] == []
    right = {"reference": "A-1", "registered_on": "2026-11-20"}
    made = await api.made(group, right)
    twice = await api.post(group, right)
    assert (twice.status_code, twice.json()["resource"]) == (409, made["id"])


async def test_a_pilgrim_is_changed_field_by_field_and_withdrawn(api: Api) -> None:
    group = f"/v1/departures/{await api.a_departure()}/pilgrims"
    dossier = {"full_name": "SITI CONTOH", "phone": "+6281200000000"}
    made = await api.made(
        group, {"reference": "A-1", "registered_on": "2026-11-20", "dossier": dossier}
    )
    at = f"/v1/pilgrims/{made['id']}"
    change = {"dossier": {"full_name": "SITI CONTOH BINTI"}, "forget": ["phone"]}
    told = (await api.send("PATCH", at, change)).json()
    assert told["dossier"]["full_name"] == "SITI CONTOH BINTI"
    assert told["dossier"]["phone"] is None
    unknown = await api.send("PATCH", at, {"forget": ["shoe_size"]})
    assert unknown.json()["errors"][0]["pointer"] == "/forget/0"
    gone = (await api.post(f"{at}/withdraw")).json()
    assert gone["state"] == "withdrawn"
    assert (await api.post(f"{at}/withdraw")).json() == gone
    trail = (await api.get("/v1/audit?limit=200")).text
    assert "SITI" not in trail
    assert "full_name" in trail


async def test_the_report_wants_both_permissions(api: Api) -> None:
    departure = await api.a_departure()
    filing = (await filings_of(api, departure))["return"]
    clerk = await api.a_key(Permission.FILINGS_READ)
    seen = await api.get(f"/v1/filings/{filing['id']}", key=clerk)
    assert seen.status_code == 200
    refused = await api.get(f"/v1/filings/{filing['id']}/report?incomplete=true", key=clerk)
    assert refused.status_code == 403
    assert "pilgrims:read" in refused.json()["detail"]


async def test_a_cancelled_departure_owes_nothing(api: Api) -> None:
    departure = await api.a_departure()
    await api.made(f"/v1/departures/{departure}/cancel", {"reason": "too few"}, 200)
    assert {f["state"] for f in (await filings_of(api, departure)).values()} == {"cancelled"}
    late = {"reference": "A-1", "registered_on": "2026-11-20"}
    answer = await api.post(f"/v1/departures/{departure}/pilgrims", late)
    assert (answer.status_code, answer.json()["code"]) == (409, "departure_cancelled")
