"""What the regulator asks of one pilgrim, and whether it can be right.

All of it is personal, some of it of faith and health: it is stored field by field under the
person's key, and no event, log or audit entry holds any of it.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from datetime import date

import msgspec

from core.domain.money import exponent
from core.domain.naming import unseen_in
from core.domain.problem import Fault

_NIK = re.compile(r"[0-9]{16}")
_PASSPORT = re.compile(r"[A-Z0-9]{6,9}")
_PHONE = re.compile(r"\+?[0-9]{8,15}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NUMBER = re.compile(r"[A-Za-z0-9./-]{3,40}")
FEMALE_DAY = 40  # the day of birth in a woman's NIK is written that much greater
ADULT_AGE = 18


class Sex(enum.StrEnum):
    MALE = "male"
    FEMALE = "female"


class Relation(enum.StrEnum):
    """Who the mahram, or a child's guardian, is to the pilgrim."""

    HUSBAND = "husband"
    FATHER = "father"
    MOTHER = "mother"
    SON = "son"
    BROTHER = "brother"
    GRANDFATHER = "grandfather"
    UNCLE = "uncle"
    GUARDIAN = "guardian"


class Dossier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """None: not known yet. Dates are local, documents as printed.

    nik: the Indonesian identity number. full_name: as in the passport. mahram: the reference of
    the pilgrim of the same departure who accompanies them; relation: who that is to them.
    registration_number: the regulator's, of this pilgrim. deposit_*: what was paid into the
    escrow account, as the bank's proof says. insurance_until: the policy's last day.
    """

    nik: str | None = None
    full_name: str | None = None
    father_name: str | None = None
    sex: Sex | None = None
    birth_place: str | None = None
    born_on: date | None = None
    nationality: str | None = None
    address: str | None = None
    regency: str | None = None
    province: str | None = None
    phone: str | None = None
    email: str | None = None
    emergency_name: str | None = None
    emergency_phone: str | None = None
    passport_number: str | None = None
    passport_place: str | None = None
    passport_issued_on: date | None = None
    passport_expires_on: date | None = None
    vaccination_number: str | None = None
    vaccinated_on: date | None = None
    health_note: str | None = None
    mahram: str | None = None
    relation: Relation | None = None
    registration_number: str | None = None
    visa_number: str | None = None
    visa_provider: str | None = None
    visa_issued_on: date | None = None
    visa_expires_on: date | None = None
    insurance_company: str | None = None
    insurance_policy: str | None = None
    insurance_from: date | None = None
    insurance_until: date | None = None
    deposit_bank: str | None = None
    deposit_reference: str | None = None
    deposit_paid_on: date | None = None
    deposit_amount: int | None = None
    deposit_currency: str | None = None

    def __repr__(self) -> str:  # personal data stays out of logs and tracebacks
        return "Dossier(…)"


FIELDS = Dossier.__struct_fields__
_FORMS: dict[str, tuple[re.Pattern[str], str]] = {
    "nik": (_NIK, "is 16 digits"),
    "passport_number": (_PASSPORT, "is 6 to 9 capitals and digits, as printed"),
    "phone": (_PHONE, "is 8 to 15 digits, with + before a country's code"),
    "emergency_phone": (_PHONE, "is 8 to 15 digits, with + before a country's code"),
    "email": (_EMAIL, "is an address like name@example.com"),
    "nationality": (re.compile(r"[A-Z]{2}"), "is an ISO 3166 country, as ID"),
    "visa_number": (_NUMBER, "is 3 to 40 letters, digits, points, dashes or slashes"),
    "insurance_policy": (_NUMBER, "is 3 to 40 letters, digits, points, dashes or slashes"),
}
_SPANS = (
    ("born_on", "passport_issued_on"),
    ("passport_issued_on", "passport_expires_on"),
    ("visa_issued_on", "visa_expires_on"),
    ("insurance_from", "insurance_until"),
)
LONGEST = 200


def faults(dossier: Dossier, today: date) -> tuple[Fault, ...]:
    """What cannot be right, whatever the departure; pointers are the fields' names.

    No message repeats a value: it may go into a log.
    """
    return tuple(_faults(dossier, today))


def _faults(dossier: Dossier, today: date) -> Iterator[Fault]:
    for field in FIELDS:
        value = getattr(dossier, field)
        if isinstance(value, str) and (not value.strip() or len(value) > LONGEST):
            yield Fault(f"/{field}", f"is 1 to {LONGEST} characters, or left out")
        elif field in _FORMS and value is not None and not _FORMS[field][0].fullmatch(value):
            yield Fault(f"/{field}", _FORMS[field][1])
        elif isinstance(value, str) and (unseen := unseen_in(_one_line(field, value))):
            yield Fault(f"/{field}", unseen)
    for before, after in _SPANS:
        begun, ended = getattr(dossier, before), getattr(dossier, after)
        if begun is not None and ended is not None and ended <= begun:
            yield Fault(f"/{after}", f"is after {before}")
    for field in ("born_on", "passport_issued_on", "vaccinated_on", "deposit_paid_on"):
        day = getattr(dossier, field)
        if day is not None and day > today:
            yield Fault(f"/{field}", "is in the future")
    if (dossier.mahram is None) != (dossier.relation is None):
        missing = "mahram" if dossier.mahram is None else "relation"
        yield Fault(f"/{missing}", "mahram and relation are given together, or neither is")
    if dossier.deposit_currency is not None and not _is_currency(dossier.deposit_currency):
        yield Fault("/deposit_currency", "is an ISO 4217 currency, as IDR")
    if dossier.deposit_amount is not None and dossier.deposit_amount <= 0:
        yield Fault("/deposit_amount", "is above 0, in minor units")
    yield from _nik_faults(dossier)


def _one_line(field: str, value: str) -> str:
    """An address may have lines; nothing else does."""
    return " ".join(value.splitlines()) if field == "address" else value


def _is_currency(code: str) -> bool:
    try:
        exponent(code)
    except ValueError:
        return False
    return True


def _nik_faults(dossier: Dossier) -> Iterator[Fault]:
    """A NIK tells the birth date and the sex; where both are known they must agree."""
    nik = dossier.nik
    if nik is None or not _NIK.fullmatch(nik):
        return
    day, month, year = int(nik[6:8]), int(nik[8:10]), int(nik[10:12])
    female = day > FEMALE_DAY
    day -= FEMALE_DAY if female else 0
    if not (1 <= day <= 31 and 1 <= month <= 12):
        yield Fault("/nik", "holds no possible date of birth in its digits 7 to 12")
        return
    born = dossier.born_on
    if born is not None and (born.day, born.month, born.year % 100) != (day, month, year):
        yield Fault("/nik", "tells another date of birth than born_on: one of them is mistyped")
    if dossier.sex is not None and female != (dossier.sex is Sex.FEMALE):
        yield Fault("/nik", "tells another sex than sex: one of them is mistyped")


def age_on(born_on: date, day: date) -> int:
    """Whole years."""
    before_birthday = (day.month, day.day) < (born_on.month, born_on.day)
    return day.year - born_on.year - before_birthday
