"""The last chapter: an umrah group is registered, and its report to the regulator is filed."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime, timedelta

from entrypoints.demo.stage import Json, Stage

HEAD = (
    "reference;registered_on;nik;full_name;father_name;sex;birth_place;born_on;nationality;"
    "address;regency;province;phone;emergency_name;emergency_phone;passport_number;"
    "passport_place;passport_issued_on;passport_expires_on;deposit_bank;deposit_reference;"
    "deposit_paid_on;deposit_amount;deposit_currency"
)
# A woman's NIK holds her day of birth plus forty.
PEOPLE = (
    ("R-01", "3171015708850002", "SITI CONTOH", "P", "17-08-1985"),
    ("R-02", "3171010203800001", "AHMAD CONTOH", "L", "02-03-1980"),
)
MISTYPED = ("R-03", "3171010203800001", "BUDI CONTOH", "L", "05-06-1990")


def plan_group(stage: Stage) -> None:
    """The agency plans an umrah group; three reports are owed to the ministry with it"""
    new = {
        "adapter": "siskopatuh",
        "name": "Ministry",
        "entity": stage.house.entity,
        "config": {},
    }
    connection = stage.call("POST", "/v1/connections", new, expect=201).json()
    leaves = _today() + timedelta(days=50)
    body = {
        "entity": stage.house.entity,
        "connection": connection["id"],
        "plan": {
            "name": "Umrah, nine days",
            "package": "PKT-001",
            "departs_on": f"{leaves}",
            "returns_on": f"{leaves + timedelta(days=9)}",
        },
        "leader": {"name": "Hasan", "surname": "Contoh", "phone": "+6281200000002"},
    }
    departure = stage.call("POST", "/v1/departures", body, expect=201).json()
    stage.facts.departure = departure
    owed = stage.call("GET", f"/v1/filings?departure={departure['id']}").json()["data"]
    due = {filing["kind"]: filing["due_on"] for filing in owed}
    stage.facts.filing = next(f for f in owed if f["kind"] == "registration")
    stage.verify("the return is owed ten days after it", due["return"], _after(departure, 10))


def import_pilgrims(stage: Stage) -> None:
    """Its pilgrims come as a table; a mistyped row is named, the others go in"""
    path = f"/v1/departures/{stage.facts.departure['id']}/imports"
    table = "\r\n".join([HEAD, *map(_row, (*PEOPLE, MISTYPED))]).encode()
    running = stage.call("POST", path, table, expect=201).json()
    wrong = [(f["row"], f["column"]) for f in running["faults"]]
    stage.say(f"row {wrong[0][0]}, {wrong[0][1]}: {running['faults'][0]['message']}", "dim")
    stage.verify("the row whose NIK tells another birth date is named", wrong, [(4, "nik")])
    done = stage.until(f"/v1/imports/{running['id']}", "state", "done")
    stage.verify("the other two went in", (done["added"], done["left"]), (2, 0))


def export_report(stage: Stage) -> None:
    """The report is complete, and exported as a workbook to be filed in the ministry's portal"""
    at = f"/v1/filings/{stage.facts.filing['id']}"
    told = stage.call("GET", at).json()
    stage.verify("nothing is missing", (told["complete"], told["gaps"]), (True, []))
    stage.verify("and no machine takes it yet", told["by_machine"], "coming_soon")
    report = stage.call("GET", f"{at}/report?form=xlsx").content
    with zipfile.ZipFile(io.BytesIO(report)) as book:
        texts = book.read("xl/sharedStrings.xml").decode()
    stage.verify("every pilgrim is in it", all(name in texts for _, _, name, _, _ in PEOPLE))


def record_filing(stage: Stage) -> None:
    """The operator files it by hand, and records the ministry's number"""
    at = f"/v1/filings/{stage.facts.filing['id']}"
    number = {"number": "F-2027-000123", "evidence": "receipt in the office's folder"}
    done = stage.call("POST", f"{at}/filed", number).json()
    stage.verify(
        "it is filed", (done["state"], done["filed"]["number"]), ("filed", number["number"])
    )
    told = stage.call("GET", "/v1/events?limit=200").text + stage.call("GET", "/v1/audit").text
    personal = [word for _, nik, name, _, _ in PEOPLE for word in (nik, name)]
    stage.verify(
        "no event and no audit entry holds anything personal",
        [word for word in personal if word in told],
        [],
    )


def _row(person: tuple[str, str, str, str, str]) -> str:
    reference, nik, name, sex, born = person
    registered = _today() - timedelta(days=3)
    number = reference.replace("R-", "X00000")
    return (
        f"{reference};{registered};{nik};{name};ALI CONTOH;{sex};Jakarta;{born};ID;"
        "Jalan Contoh 1;Jakarta Pusat;DKI Jakarta;+6281200000000;NUR CONTOH;+6281200000001;"
        f"{number};Jakarta;02-01-2024;02-01-2034;Bank Contoh;B-{reference};"
        f"{registered};25000000;IDR"
    )


def _today() -> date:
    return datetime.now(UTC).date()


def _after(departure: Json, days: int) -> str:
    back = date.fromisoformat(departure["plan"]["returns_on"])
    return f"{back + timedelta(days=days)}"
