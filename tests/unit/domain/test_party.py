"""Who may be named for what was quoted: ages, laps, passports; every fault by its place."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.bookings.flight import FlightOffer, PassengerFare, Segment
from core.domain.bookings.party import AGES, Holder, Party, PassengerName, check_party, laps
from core.domain.person import Gender, PassengerType, Passport
from core.domain.problem import Invalid
from tests.unit.domain.given import a_price, modest, sar

ADT, CNN, INF = PassengerType.ADULT, PassengerType.CHILD, PassengerType.INFANT
FIRST, LAST = datetime(2027, 1, 14, 10), datetime(2027, 1, 24, 10)  # noqa: DTZ001  # local
HOLDER = Holder("Contoh", "Ayah")


def an_offer(counts: Counter[PassengerType]) -> FlightOffer:
    segments = tuple(
        Segment("GA", number, "CGK", "JED", at, at + timedelta(hours=6), "K", "KRT")
        for number, at in (("980", FIRST), ("981", LAST))
    )
    fares = tuple(PassengerFare(t, n, sar(100), sar(10)) for t, n in counts.items())
    return FlightOffer(
        connection="con_1",
        segments=segments,
        bounds=(1, 1),
        fares=fares,
        price=a_price(),
        validating_carrier="GA",
        source=(),
    )


def a_passenger(type_: PassengerType, **other: Any) -> PassengerName:
    born = {ADT: date(1990, 1, 1), CNN: date(2019, 1, 1), INF: date(2026, 6, 1)}[type_]
    passenger = PassengerName(type_, "Contoh", "Orang", born_on=born)
    return msgspec.structs.replace(passenger, **other)


def pointers(*named: PassengerName) -> list[str]:
    offer = an_offer(Counter(p.type for p in named))
    try:
        check_party(offer, Party(HOLDER, passengers=named))
    except Invalid as e:
        return [fault.pointer for fault in e.faults]
    return []


parties = st.builds(
    lambda adults, children, infants: [ADT] * adults + [CNN] * children + [INF] * infants,
    st.integers(1, 5),
    st.integers(0, 3),
    st.integers(0, 5),
).filter(lambda p: p.count(INF) <= p.count(ADT))


@modest
@given(party=parties.flatmap(st.permutations), data=st.data())
def test_every_infant_sits_on_an_adult_of_its_own(
    party: list[PassengerType], data: st.DataObject
) -> None:
    adults = [n for n, t in enumerate(party, 1) if t is ADT]
    wanted = iter(data.draw(st.permutations(adults)))
    named = [
        a_passenger(t, with_adult=next(wanted) if t is INF and data.draw(st.booleans()) else None)
        for t in party
    ]
    assert pointers(*named) == []
    sitting = laps(named)
    assert set(sitting) == {n for n, t in enumerate(party, 1) if t is INF}
    assert len(set(sitting.values())) == len(sitting)
    assert set(sitting.values()) <= set(adults)
    for place, passenger in enumerate(named, 1):
        if passenger.with_adult is not None:
            assert sitting[place] == passenger.with_adult


@pytest.mark.parametrize("type_", PassengerType)
@pytest.mark.parametrize("years", range(14))
def test_an_age_is_that_of_its_type_on_the_day_that_counts(
    type_: PassengerType, years: int
) -> None:
    """An infant has to be one on the last flight too; the others are counted at the first."""
    on = LAST.date() if type_ is INF else FIRST.date()
    born = date(on.year - years, on.month, on.day)
    least, most = AGES[type_]
    adult = () if type_ is ADT else (a_passenger(ADT),)
    found = pointers(a_passenger(type_, born_on=born), *adult)
    assert (found == []) is (least <= years <= most)
    assert set(found) <= {"/passengers/0/born_on"}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"gender": None}, "/gender"),
        ({"born_on": None}, "/born_on"),
        ({"passport": Passport("x 1", "ID", date(2030, 1, 1))}, "/passport/number"),
        ({"passport": Passport("X0000001", "Indonesia", date(2030, 1, 1))}, "/passport/country"),
        ({"passport": Passport("X0000001", "ID", LAST.date())}, None),
        (
            {"passport": Passport("X0000001", "ID", LAST.date() - timedelta(days=1))},
            "/passport/ends_on",
        ),
        ({"nationality": "id"}, "/nationality"),
        ({"name": "\t"}, "/name"),
        ({"surname": "1234"}, "/surname"),
        ({"with_adult": 1}, "/with_adult"),
    ],
)
def test_half_a_passport_is_no_passport(change: dict[str, Any], pointer: str | None) -> None:
    whole = a_passenger(
        ADT, gender=Gender.FEMALE, passport=Passport("X0000001", "ID", date(2030, 1, 1))
    )
    assert pointers(whole) == []
    found = pointers(msgspec.structs.replace(whole, **change))
    assert found == ([] if pointer is None else [f"/passengers/0{pointer}"])
