"""The simulator is strict and can be steered over HTTP: bare requests, no adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from lxml import etree

from adapters.expedia.simulator import CONFIG, HOTELS, PREFIX, Simulator
from tests.wire.expedia.test_contracts import OURS

pytestmark = pytest.mark.anyio
HOTEL, INN = HOTELS
DAY = str(datetime.now(UTC).date() + timedelta(days=30))
NEXT = str(datetime.now(UTC).date() + timedelta(days=31))
LOGIN = f'<Authentication username="{CONFIG["username"]}" password="{CONFIG["password"]}"/>'
EQC = "http://www.expediaconnect.com/EQC"
ROOTS = {
    "ar": ("AvailRateUpdateRQ", f"{EQC}/AR/2011/06"),
    "br": ("BookingRetrievalRQ", f"{EQC}/BR/2014/01"),
    "bc": ("BookingConfirmRQ", f"{EQC}/BC/2007/09"),
    "parr": ("ProductAvailRateRetrievalRQ", f"{EQC}/PAR/2013/07"),
}


@pytest.fixture
def simulator() -> Simulator:
    return Simulator()


@pytest.fixture
async def http(simulator: Simulator) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(simulator.asgi)
    async with httpx.AsyncClient(transport=transport, base_url="http://sim/somewhere") as client:
        yield client


async def ask(
    http: httpx.AsyncClient, operation: str, inner: str, hotel: str = HOTEL.id, login: str = LOGIN
) -> Any:
    """The root of the answer, which keeps the contract."""
    name, namespace = ROOTS[operation]
    where = f'<Hotel id="{hotel}"/>' if hotel else ""
    body = f'<{name} xmlns="{namespace}">{login}{where}{inner}</{name}>'
    return await post(http, operation, body)


async def post(http: httpx.AsyncClient, operation: str, body: str) -> Any:
    answer = await http.post(f"{PREFIX}/{operation}", content=body)
    assert answer.status_code == 200
    root = etree.fromstring(answer.content)
    OURS[operation, "response"].assertValid(root)
    return root


def codes(root: Any) -> list[int]:
    return [int(one.get("code")) for one in root.iter("{*}Error", "{*}Warning")]


def update(room: str, inner: str = "", dates: str = "", **more: str) -> str:
    dates = dates or f'from="{DAY}" to="{DAY}"'
    said = "".join(f' {name}="{value}"' for name, value in more.items())
    return (
        f'<AvailRateUpdate><DateRange {dates}/><RoomType id="{room}"{said}>{inner}</RoomType>'
        "</AvailRateUpdate>"
    )


def rooms(number: int) -> str:
    return f'<Inventory totalInventoryAvailable="{number}"/>'


def rate(plan: str, inner: str, currency: str = "SAR") -> str:
    return f'<RatePlan id="{plan}"><Rate currency="{currency}">{inner}</Rate></RatePlan>'


PER_DAY = '<PerDay rate="5"/>'
PER_TWO = '<PerOccupancy rate="500" occupancy="2"/>'
ROOM, PLAN = HOTEL.rooms[0].id, HOTEL.rooms[0].plans[0].id


@pytest.mark.parametrize(
    ("inner", "code"),
    [
        (update("1", rooms(1)), 3203),
        (update(ROOM, rate("1", PER_TWO)), 3204),
        (update(ROOM, rate(HOTEL.rooms[0].plans[1].id, PER_TWO)), 3142),
        (update(ROOM, rate(HOTEL.rooms[1].plans[0].id, PER_TWO)), 3204),
        (update(ROOM, rate(PLAN, PER_TWO, "USD")), 3103),
        (update(ROOM, rate(PLAN, PER_DAY)), 3090),
        (update(ROOM, rooms(1), 'from="2020-01-01" to="2099-01-01"'), 3020),
        (update(ROOM, rooms(1), f'from="{NEXT}" to="{DAY}"'), 3021),
        (update(ROOM, rooms(1), f'from="{DAY}" to="2099-01-01"'), 3022),
        (update(ROOM, rooms(1)) + update(ROOM, rooms(2)), 3108),
        (update(ROOM, rooms(5000)), 3010),
        (update(ROOM, rooms(1), closed="perhaps"), 3010),
        (update(ROOM, f'<RatePlan id="{PLAN}"><Restrictions minLOS="29"/></RatePlan>'), 3010),
        (update(ROOM, f'<RatePlan id="{PLAN}"><Restrictions minLOS="25"/></RatePlan>'), 3135),
        (
            update(ROOM, f'<RatePlan id="{PLAN}"><Restrictions minLOS="5" maxLOS="4"/></RatePlan>'),
            3015,
        ),
        ("", 3010),
    ],
)
async def test_a_wrong_update_is_an_error_and_nothing_is_done(
    http: httpx.AsyncClient, simulator: Simulator, inner: str, code: int
) -> None:
    good = update(HOTEL.rooms[1].id, rooms(4)) if inner else ""
    assert codes(await ask(http, "ar", good + inner)) == [code]
    assert simulator.stock.free == {}
    assert simulator.stock.rates == {}


async def test_an_update_of_nothing_is_an_error(http: httpx.AsyncClient) -> None:
    assert codes(await ask(http, "ar", update(ROOM))) == [3015]


async def test_what_is_only_doubtful_is_warned_of_and_left_out(
    http: httpx.AsyncClient, simulator: Simulator
) -> None:
    many = '<PerOccupancy rate="500" occupancy="9"/>'
    day = datetime.fromisoformat(DAY).date()
    assert codes(await ask(http, "ar", update(ROOM, rooms(3) + rate(PLAN, many)))) == [7009]
    assert simulator.free(ROOM, day) == 3
    assert simulator.stock.rates == {}
    base = INN.rooms[0]
    assert codes(await ask(http, "ar", update(base.id, rooms(1)), INN.id)) == [7013]
    assert simulator.free(base.id, day) == base.base_allocation
    inactive = INN.rooms[2]
    told = rate(inactive.plans[0].id, PER_DAY, "IDR")
    assert codes(await ask(http, "ar", update(inactive.id, told), INN.id)) == [7022]


async def test_twenty_warnings_of_a_cause_are_told(http: httpx.AsyncClient) -> None:
    last = str(datetime.fromisoformat(DAY).date() + timedelta(days=29))
    long = update(INN.rooms[0].id, rooms(1), f'from="{DAY}" to="{last}"')
    root = await ask(http, "ar", long, INN.id)
    assert codes(root) == [7013] * 20
    assert "Remaining 10 warnings" in root[0][-1].text


async def test_three_thousand_updates_and_a_hundred_kilobytes(http: httpx.AsyncClient) -> None:
    first = datetime.fromisoformat(DAY).date()
    span = f'from="{first}" to="{first + timedelta(days=599)}"'
    bounds = '<Restrictions minLOS="1" maxLOS="2" closedToArrival="0" closedToDeparture="0"/>'
    plans = [p.id for p in HOTEL.rooms[0].plans if not p.parent]
    inner = "".join(f'<RatePlan id="{p}" closed="true">{bounds}</RatePlan>' for p in plans)
    assert codes(await ask(http, "ar", update(ROOM, inner, span))) == [3107]
    padded = update(ROOM, rooms(1)) + " " * 100_001
    assert codes(await ask(http, "ar", padded)) == [3405]


async def test_only_the_right_message_in_the_right_version(http: httpx.AsyncClient) -> None:
    wrong = LOGIN.replace(CONFIG["password"], "another-password")
    for operation in ROOTS:
        assert codes(await post(http, operation, "<a")) == [2002]
        name, namespace = ROOTS[operation]
        assert codes(await post(http, operation, f"<{name}/>")) == [2010]
        assert codes(await post(http, operation, f'<other xmlns="{namespace}"/>')) == [2002]
        assert codes(await post(http, operation, f'<{name} xmlns="{namespace}"/>')) == [3010]
    products = "<ParamSet><ProductRetrieval/></ParamSet>"
    assert codes(await ask(http, "parr", products, login=wrong)) == [1001]
    assert codes(await ask(http, "parr", products, "77")) == [3202]
    assert (await http.get(f"{PREFIX}/ar")).status_code == 404
    assert (await http.post(f"{PREFIX}/nothing")).status_code == 404


async def test_it_is_steered_and_read_over_http(http: httpx.AsyncClient) -> None:
    await ask(http, "ar", update(ROOM, rooms(1)))
    stay = {"room": ROOM, "plan": PLAN, "check_in": DAY, "check_out": NEXT}
    url = f"/_control/bookings/{HOTEL.id}"
    booking = (await http.post(url, json=stay)).json()["id"]
    assert (await http.get("/_control/held")).json()[ROOM][DAY] == 0
    assert (await http.post(url, json=stay)).status_code == 404
    assert (await http.post(f"{url}?force", json=stay)).status_code == 200
    assert (await http.put(f"/_control/bookings/{booking}", json=stay)).status_code == 200
    assert (await http.delete(f"/_control/bookings/{booking}")).status_code == 200
    assert (await http.delete(f"/_control/bookings/{booking}")).status_code == 404
    both = "".join(f'<Status value="{s}"/>' for s in ("pending", "retrieved"))
    first = await ask(http, "br", "", hotel="")
    assert [one.get("status") for one in first[0]] == ["pending", "pending"]
    assert len((await ask(http, "br", ""))[0]) == 0  # what was told is not told again unasked
    again = await ask(http, "br", f"<ParamSet>{both}</ParamSet>")
    assert [one.get("status") for one in again[0]] == ["retrieved", "retrieved"]

    async def confirm(type_: str, id: str = booking, hotel: str = HOTEL.id) -> list[int]:
        at = datetime.now(UTC) + timedelta(seconds=3)
        number = (
            f'<BookingConfirmNumber bookingID="{id}" bookingType="{type_}" confirmNumber="R1"'
            f' confirmTime="{at.strftime("%Y-%m-%dT%H:%M:%SZ")}"/>'
        )
        inner = f"<BookingConfirmNumbers>{number}</BookingConfirmNumbers>"
        return codes(await ask(http, "bc", inner, hotel))

    assert await confirm("Modify") == [10100]
    assert await confirm("Book", "99") == [10080]
    assert await confirm("Book", hotel=INN.id) == [10081]
    assert await confirm("Book") == []
    assert await confirm("Book") == [10102]
    state = (await http.get("/_control/bookings")).json()[booking]
    assert state == {"type": "Modify", "state": "pending"}
    assert (await http.post(f"/_control/again/{booking}")).status_code == 200
    limit = {"kind": "rate_limit", "operation": "br", "retry_after": 7}
    assert (await http.post("/_control/faults", json=limit)).status_code == 200
    limited = await http.post(f"{PREFIX}/br", content="<a/>")
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "7")
    assert (await http.delete("/_control/faults")).status_code == 200
    assert (await http.put("/_control/manner", json={"error": 4206})).status_code == 200
    assert codes(await ask(http, "br", "")) == [4206]
    assert (await http.put("/_control/ahead_s", json=60)).status_code == 200
    assert (await http.get("/_control/calls")).json()["bc"] == 5
    assert (await http.get("/_control/nothing")).status_code == 404
    assert (await http.post("/_control/faults", json={"kind": "witchcraft"})).status_code == 400
    assert (await http.post("/_control/reset")).status_code == 200
    assert (await http.get("/_control/held")).json() == {}


async def test_its_answers_keep_expedias_own_schemas(
    http: httpx.AsyncClient, official: dict[tuple[str, str], Any]
) -> None:
    stay = {"room": ROOM, "plan": PLAN, "check_in": DAY, "check_out": NEXT, "ages": [4]}
    url = f"/_control/bookings/{HOTEL.id}"
    booking = (await http.post(f"{url}?force", json=stay)).json()["id"]
    await http.post(f"{url}?force", json={**stay, "remarks": "late"})
    await http.delete(f"/_control/bookings/{booking}")
    asked = [
        ("ar", update(ROOM, rooms(3) + rate(PLAN, PER_TWO))),
        ("ar", update("1", rooms(3))),
        ("parr", "<ParamSet><ProductRetrieval/></ParamSet>"),
        ("parr", f'<ParamSet><AvailRateRetrieval from="{DAY}" to="{NEXT}"/></ParamSet>'),
        ("br", ""),
    ]
    for operation, inner in asked:
        official[operation, "response"].assertValid(await ask(http, operation, inner))
