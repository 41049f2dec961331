"""When a report is due, who is told, and what it still wants."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.filings.completeness import FilingRules, Gap, gaps
from core.domain.filings.departure import (
    Departure,
    GroupFlight,
    HolyCity,
    Lodging,
    Pilgrim,
    PilgrimState,
    Plan,
    plan_faults,
)
from core.domain.filings.dossier import FIELDS, Dossier, Relation, Sex
from core.domain.filings.filing import (
    REMIND_BEFORE,
    Filing,
    FilingKind,
    FilingState,
    depart_by,
    filed,
    months_after,
    opened,
    reminded,
    reopened,
    rescheduled,
)

NOW = datetime(2026, 12, 1, 3, tzinfo=UTC)
PLAN = Plan(
    name="Umrah Rajab",
    departs_on=date(2027, 1, 14),
    returns_on=date(2027, 1, 23),
    package="PKT-001",
    flights=(
        GroupFlight("GA", "980", "CGK", "JED", date(2027, 1, 14), "ABC123"),
        GroupFlight("GA", "981", "JED", "CGK", date(2027, 1, 23), "ABC123"),
    ),
    lodgings=(
        Lodging(HolyCity.MADINAH, "Contoh Madinah", date(2027, 1, 15), date(2027, 1, 18)),
        Lodging(HolyCity.MAKKAH, "Contoh Makkah", date(2027, 1, 18), date(2027, 1, 22)),
    ),
    leader="per_1",
    guide="per_2",
)
DEPARTURE = Departure("dpt_1", "ent_1", "con_1", PLAN, NOW, NOW)


def a_pilgrim(number: int = 1, registered_on: date = date(2026, 11, 1)) -> Pilgrim:
    return Pilgrim(
        f"plg_{number}", "dpt_1", f"per_{number}", f"A-{number}", registered_on, NOW, NOW
    )


WHOLE = Dossier(
    nik="3171015708850002",
    full_name="SITI CONTOH",
    father_name="AHMAD CONTOH",
    sex=Sex.FEMALE,
    birth_place="Jakarta",
    born_on=date(1985, 8, 17),
    nationality="ID",
    address="Jalan Contoh 1",
    regency="Jakarta Pusat",
    province="DKI Jakarta",
    phone="+6281200000000",
    emergency_name="BUDI CONTOH",
    emergency_phone="+6281200000001",
    passport_number="X0000001",
    passport_place="Jakarta",
    passport_issued_on=date(2024, 1, 2),
    passport_expires_on=date(2034, 1, 2),
    vaccination_number="V-0001",
    vaccinated_on=date(2026, 11, 20),
    registration_number="000001",
    visa_number="V000001",
    visa_provider="Contoh Visa",
    visa_issued_on=date(2026, 11, 25),
    visa_expires_on=date(2027, 2, 25),
    insurance_company="Contoh Asuransi",
    insurance_policy="POL-1",
    insurance_from=date(2027, 1, 14),
    insurance_until=date(2027, 1, 23),
    deposit_bank="Bank Contoh",
    deposit_reference="B-1",
    deposit_paid_on=date(2026, 11, 2),
    deposit_amount=2_500_000_000,
    deposit_currency="IDR",
)


def missing(
    kind: FilingKind,
    dossier: Dossier | None = WHOLE,
    *,
    departure: Departure = DEPARTURE,
    rules: FilingRules = FilingRules(),
    others: tuple[Pilgrim, ...] = (),
) -> list[Gap]:
    one = a_pilgrim()
    dossiers = {p.id: WHOLE for p in others} | ({} if dossier is None else {one.id: dossier})
    found = gaps(kind, departure, (one, *others), dossiers, date(2026, 12, 1), rules)
    return list(found)


@pytest.mark.parametrize("kind", [FilingKind.REGISTRATION, FilingKind.DEPARTURE])
def test_a_whole_dossier_leaves_no_gap(kind: FilingKind) -> None:
    assert missing(kind) == []


NOT_WANTED = {"email", "health_note", "mahram", "relation"}


@pytest.mark.parametrize("field", sorted(set(FIELDS) - NOT_WANTED))
def test_each_field_is_missed(field: str) -> None:
    without = msgspec.structs.replace(WHOLE, **{field: None})
    assert Gap("plg_1", f"/{field}", "is missing") in missing(FilingKind.DEPARTURE, without)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("passport_expires_on", date(2027, 7, 13)),
        ("visa_expires_on", date(2027, 1, 22)),
        ("insurance_from", date(2027, 1, 15)),
        ("insurance_until", date(2027, 1, 22)),
        ("nik", "3171015708860002"),
    ],
)
def test_what_does_not_cover_the_journey_is_a_gap(field: str, value: object) -> None:
    changed = msgspec.structs.replace(WHOLE, **{field: value})
    assert {g.pointer for g in missing(FilingKind.DEPARTURE, changed)} == {f"/{field}"}


def test_a_passport_of_six_months_is_enough() -> None:
    just = msgspec.structs.replace(WHOLE, passport_expires_on=date(2027, 7, 14))
    assert missing(FilingKind.DEPARTURE, just) == []


def test_a_minor_names_a_guardian_of_the_group() -> None:
    child = msgspec.structs.replace(WHOLE, nik=None, born_on=date(2015, 8, 17), nationality="MY")
    assert {g.pointer for g in missing(FilingKind.REGISTRATION, child)} == {"/mahram"}
    alone = msgspec.structs.replace(child, mahram="A-2", relation=Relation.MOTHER)
    assert {g.pointer for g in missing(FilingKind.REGISTRATION, alone)} == {"/mahram"}
    assert missing(FilingKind.REGISTRATION, alone, others=(a_pilgrim(2),)) == []
    own = msgspec.structs.replace(child, mahram="A-1", relation=Relation.MOTHER)
    assert {g.pointer for g in missing(FilingKind.REGISTRATION, own)} == {"/mahram"}


def test_the_agency_may_want_a_mahram() -> None:
    rules = FilingRules(mahram_below_age=45)
    assert {g.pointer for g in missing(FilingKind.REGISTRATION, rules=rules)} == {"/mahram"}
    man = msgspec.structs.replace(WHOLE, sex=Sex.MALE, nik="3171011708850002")
    assert missing(FilingKind.REGISTRATION, man, rules=rules) == []


def test_who_registered_too_long_ago_is_named() -> None:
    late = a_pilgrim(1, date(2026, 7, 13))
    found = gaps(
        FilingKind.REGISTRATION,
        DEPARTURE,
        (late,),
        {late.id: WHOLE},
        date(2026, 12, 1),
        FilingRules(),
    )
    assert [g.pointer for g in found] == ["/registered_on"]


def test_who_was_erased_or_withdrew() -> None:
    assert missing(FilingKind.REGISTRATION, None) == [
        Gap("plg_1", "", "the personal data was erased")
    ]
    gone = msgspec.structs.replace(a_pilgrim(), state=PilgrimState.WITHDRAWN)
    found = gaps(FilingKind.REGISTRATION, DEPARTURE, (gone,), {}, date(2026, 12, 1), FilingRules())
    assert [g.pointer for g in found] == ["/pilgrims"]


@pytest.mark.parametrize(
    ("kind", "change", "pointer"),
    [
        (FilingKind.REGISTRATION, {"package": ""}, "/plan/package"),
        (FilingKind.DEPARTURE, {"flights": PLAN.flights[:1]}, "/plan/flights"),
        (FilingKind.DEPARTURE, {"lodgings": PLAN.lodgings[:1]}, "/plan/lodgings"),
        (FilingKind.DEPARTURE, {"leader": None}, "/plan/leader"),
        (FilingKind.DEPARTURE, {"guide": None}, "/plan/guide"),
    ],
)
def test_what_the_departure_lacks(
    kind: FilingKind, change: dict[str, object], pointer: str
) -> None:
    plan = msgspec.structs.replace(PLAN, **change)
    departure = msgspec.structs.replace(DEPARTURE, plan=plan)
    assert [g.pointer for g in missing(kind, departure=departure)] == [pointer]


def test_a_return_wants_the_days_and_airports() -> None:
    wanted = ["/departed_on", "/departed_from", "/returned_on", "/returned_to"]
    assert [g.pointer for g in missing(FilingKind.RETURN)] == wanted
    back = msgspec.structs.replace(
        DEPARTURE,
        departed_on=date(2027, 1, 14),
        departed_from="CGK",
        returned_on=date(2027, 1, 24),
        returned_to="CGK",
    )
    assert missing(FilingKind.RETURN, departure=back) == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": " "}, "/name"),
        ({"returns_on": date(2027, 1, 14)}, "/returns_on"),
        ({"departs_on": date(9999, 12, 1), "returns_on": date(9999, 12, 31)}, "/departs_on"),
        ({"departs_on": date(1, 1, 1)}, "/departs_on"),
        ({"timezone": "Jakarta"}, "/timezone"),
        ({"timezone": "../etc/passwd"}, "/timezone"),
        (
            {"flights": (GroupFlight("GAR", "980", "CGK", "JED", date(2027, 1, 14)),)},
            "/flights/0/carrier",
        ),
        (
            {"flights": (GroupFlight("GA", "x", "CGK", "JED", date(2027, 1, 14)),)},
            "/flights/0/number",
        ),
        (
            {"flights": (GroupFlight("GA", "980", "cgk", "JED", date(2027, 1, 14)),)},
            "/flights/0/origin",
        ),
        (
            {"flights": (GroupFlight("GA", "980", "CGK", "JED", date(2027, 3, 14)),)},
            "/flights/0/departs_on",
        ),
        (
            {"lodgings": (Lodging(HolyCity.MAKKAH, "H", date(2027, 1, 15), date(2027, 1, 15)),)},
            "/lodgings/0/check_out",
        ),
        (
            {"lodgings": (Lodging(HolyCity.MAKKAH, "", date(2027, 2, 15), date(2027, 2, 16)),)},
            "/lodgings/0/hotel",
        ),
    ],
)
def test_a_plan_that_cannot_be(change: dict[str, object], pointer: str) -> None:
    assert plan_faults(PLAN) == ()
    wrong = plan_faults(msgspec.structs.replace(PLAN, **change))
    assert pointer in {f.pointer for f in wrong}


def a_filing(kind: FilingKind = FilingKind.RETURN, *pilgrims: Pilgrim) -> Filing:
    return opened("flg_1", kind, DEPARTURE, pilgrims, NOW)


def test_the_last_days() -> None:
    assert a_filing(FilingKind.DEPARTURE).due_on == date(2027, 1, 14)
    assert a_filing(FilingKind.RETURN).due_on == date(2027, 2, 2)
    assert a_filing(FilingKind.REGISTRATION).due_on == date(2027, 1, 14)
    early = a_pilgrim(1, date(2026, 7, 1))
    assert a_filing(FilingKind.REGISTRATION, early).due_on == date(2027, 1, 1)
    gone = msgspec.structs.replace(early, state=PilgrimState.WITHDRAWN)
    assert a_filing(FilingKind.REGISTRATION, gone).due_on == date(2027, 1, 14)


@pytest.mark.parametrize(
    ("day", "months", "after"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 6, 30), 6, date(2026, 12, 30)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 11, 15), 1, date(2026, 12, 15)),
    ],
)
def test_months_are_the_calendars(day: date, months: int, after: date) -> None:
    assert months_after(day, months) == after


def test_six_months_from_registration() -> None:
    assert depart_by(a_pilgrim(1, date(2026, 8, 31))) == date(2027, 2, 28)


def played(filing: Filing, until: datetime) -> tuple[Filing, list[tuple[date, int | None]]]:
    """The loop as it runs: each check at the instant that was asked for."""
    told = list[tuple[date, int | None]]()
    while filing.check_at is not None and filing.check_at <= until:
        at = filing.check_at
        filing, reminder = reminded(filing, at)
        assert filing.check_at is None or filing.check_at > at
        if reminder is not None:
            told.append((at.date(), reminder.days_left))
    return filing, told


def test_somebody_is_told_before_the_day_and_once_after_it() -> None:
    filing, told = played(a_filing(), NOW + timedelta(days=400))
    assert [left for _, left in told] == [*REMIND_BEFORE, None]
    assert told[0][0] == date(2027, 1, 3)
    assert told[-1][0] == date(2027, 2, 3)
    assert filing.overdue
    assert filing.check_at is None


@given(st.integers(0, 120 * 24 * 60))
def test_a_hub_that_slept_tells_once_what_is_true_now(minutes: int) -> None:
    now = NOW - timedelta(days=30) + timedelta(minutes=minutes)
    filing, reminder = reminded(a_filing(), now)
    again, nothing = reminded(filing, now)
    assert nothing is None
    assert again == filing
    assert filing.check_at is None or filing.check_at > now
    left = (filing.due_on - (now + timedelta(hours=7)).date()).days
    assert (reminder is None) == (left > max(REMIND_BEFORE))
    if reminder is not None:
        assert reminder.days_left == (left if left >= 0 else None)


def test_a_day_that_moves_is_told_anew() -> None:
    filing, _ = played(a_filing(), datetime(2027, 1, 30, 2, tzinfo=UTC))
    assert filing.reminded is not None
    later = msgspec.structs.replace(DEPARTURE, returned_on=date(2027, 2, 10))
    moved = rescheduled(filing, later, (), NOW)
    assert (moved.due_on, moved.reminded) == (date(2027, 2, 20), None)
    assert rescheduled(moved, later, (), NOW) == moved
    cancelled = msgspec.structs.replace(later, cancelled=True)
    ended = rescheduled(moved, cancelled, (), NOW)
    assert (ended.state, ended.check_at) == (FilingState.CANCELLED, None)
    assert reminded(ended, NOW) == (ended, None)


def test_what_was_filed_is_told_no_more_until_it_comes_back() -> None:
    done = filed(a_filing(), "F-1", "receipt of 2 February", "key_1", NOW)
    assert done.filed is not None
    assert (done.state, done.filed.number, done.check_at) == (FilingState.FILED, "F-1", None)
    assert rescheduled(done, DEPARTURE, (), NOW) == done
    back = reopened(done, NOW)
    assert (back.state, back.filed) == (FilingState.OPEN, None)
    assert back.check_at is not None
