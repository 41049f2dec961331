"""Bad input of every kind: a clear 4xx, the field named, and nothing written."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.http.rig import GUESTS, HOLDER, MAKKAH, SEARCH, STAY, Api, open_api, row_counts

pytestmark = pytest.mark.anyio

Rows = Callable[[], dict[str, int]]


@pytest.fixture(scope="module")
def database(empty_database: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all of these tests: none of their bad requests writes to it."""
    path = tmp_path_factory.mktemp("bad") / "serai.db"
    path.write_bytes(empty_database)
    return path


@pytest.fixture(scope="module")
async def api(database: Path) -> AsyncIterator[Api]:
    async with open_api(database) as made:
        yield made


@pytest.fixture
def rows(database: Path) -> Rows:
    return lambda: row_counts(database)


ID = "bkg_06f3m8t2b5yhkq7d4w1n9xc0ra"
BOOK = {"quote": "qte_06f3m8t2b5yhkq7d4w1n9xc0ra", "holder": HOLDER, "rooms": GUESTS}
PAY = {"booking": ID, "connection": ID, "return_url": "https://agency.example.test"}
CONNECT = {
    "adapter": "hotels",
    "name": "x",
    "entity": "ent_06f3m8t2b5yhkq7d4w1n9xc0ra",
    "config": {},
}
KEY = {"name": "x", "permissions": ["search"]}
ENDPOINT = {"url": "https://a.example.test", "types": ["*"]}


def but(base: dict[str, Any], **other: Any) -> dict[str, Any]:
    return {**base, **other}


def without(base: dict[str, Any], *names: str) -> dict[str, Any]:
    return {n: v for n, v in base.items() if n not in names}


TABLE: list[tuple[str, str, Any, set[str]]] = [
    (
        "missing",
        "/v1/hotels/search",
        without(SEARCH, "rooms", "nationality"),
        {"/rooms", "/nationality"},
    ),
    ("strange", "/v1/hotels/search", but(SEARCH, colour="red"), {"/colour"}),
    (
        "no body",
        "/v1/hotels/search",
        {},
        {"/destination", "/check_in", "/check_out", "/rooms", "/nationality"},
    ),
    ("wrong type", "/v1/hotels/search", but(SEARCH, nationality=7), {"/nationality"}),
    (
        "a text for a number",
        "/v1/hotels/search",
        but(SEARCH, rooms=[{"adults": "2"}]),
        {"/rooms/0/adults"},
    ),
    (
        "true for a number",
        "/v1/hotels/search",
        but(SEARCH, rooms=[{"adults": True}]),
        {"/rooms/0/adults"},
    ),
    ("too many", "/v1/hotels/search", but(SEARCH, rooms=[{"adults": 1}] * 10), {"/rooms"}),
    ("none", "/v1/hotels/search", but(SEARCH, rooms=[]), {"/rooms"}),
    ("nobody", "/v1/hotels/search", but(SEARCH, rooms=[{"adults": 0}]), {"/rooms/0"}),
    (
        "an old child",
        "/v1/hotels/search",
        but(SEARCH, rooms=[{"adults": 1, "children": [18]}]),
        {"/rooms/0"},
    ),
    (
        "strange inside",
        "/v1/hotels/search",
        but(SEARCH, rooms=[{"adults": 1, "pets": 1}]),
        {"/rooms/0/pets"},
    ),
    ("no such day", "/v1/hotels/search", but(SEARCH, check_in="2027-02-30"), {"/check_in"}),
    ("backwards", "/v1/hotels/search", but(SEARCH, check_out=STAY["check_in"]), {"/check_out"}),
    (
        "the past",
        "/v1/hotels/search",
        but(SEARCH, check_in="2026-01-01", check_out="2026-01-02"),
        {"/check_in"},
    ),
    ("too long", "/v1/hotels/search", but(SEARCH, check_out="2028-01-01"), {"/check_out"}),
    ("no country", "/v1/hotels/search", but(SEARCH, nationality="id"), {"/nationality"}),
    (
        "off the map",
        "/v1/hotels/search",
        but(SEARCH, destination=but(MAKKAH, latitude=91)),
        {"/destination"},
    ),
    (
        "no such shape",
        "/v1/hotels/search",
        but(SEARCH, destination=but(MAKKAH, type="square")),
        {"/destination/type"},
    ),
    (
        "strange in a union",
        "/v1/hotels/search",
        but(SEARCH, destination=but(MAKKAH, name="x")),
        {"/destination/name"},
    ),
    (
        "nobody's connection",
        "/v1/hotels/search",
        but(SEARCH, connections=["con_none0"]),
        {"/connections"},
    ),
    ("no deadline", "/v1/hotels/search", but(SEARCH, deadline_s=0), {"/deadline_s"}),
    (
        "many at once",
        "/v1/bookings",
        {"quote": 5, "holder": {"name": ""}, "rooms": [[{"age": -1}]]},
        {
            "/quote",
            "/holder/name",
            "/holder/surname",
            "/rooms/0/0/name",
            "/rooms/0/0/surname",
            "/rooms/0/0/age",
        },
    ),
    ("a forged offer", "/v1/quotes", {"offer": "ofr_forged-token"}, {"/offer"}),
    ("a NUL", "/v1/bookings", but(BOOK, reference="a\x00b"), {"/reference"}),
    ("a list", "/v1/bookings", [1, 2], {""}),
    ("null", "/v1/bookings", None, {""}),
    ("half a stay", f"/v1/bookings/{ID}/amend", {"check_in": "2027-01-15"}, {"/check_out"}),
    ("no reason", f"/v1/bookings/{ID}/resolve", {"outcome": "failed", "reason": ""}, {"/reason"}),
    (
        "no outcome",
        f"/v1/bookings/{ID}/resolve",
        {"outcome": "perhaps", "reason": "x"},
        {"/outcome"},
    ),
    (
        "negative",
        "/v1/payments",
        but(PAY, amount={"minor": -1, "currency": "SAR"}),
        {"/amount/minor"},
    ),
    (
        "a fraction",
        "/v1/payments",
        but(PAY, amount={"minor": 1.5, "currency": "SAR"}),
        {"/amount/minor"},
    ),
    ("no currency", "/v1/payments", but(PAY, amount={"minor": 1, "currency": "XXX"}), {"/amount"}),
    (
        "strange money",
        "/v1/payments",
        but(PAY, amount={"minor": 1, "currency": "SAR", "x": 1}),
        {"/amount/x"},
    ),
    ("no address", "/v1/payments", but(PAY, return_url="javascript:alert(1)"), {"/return_url"}),
    ("no adapter", "/v1/connections", but(CONNECT, adapter="none"), {"/adapter"}),
    ("no number", "/v1/connections", but(CONNECT, markup={"percent": "NaN"}), {"/markup"}),
    ("endless", "/v1/connections", but(CONNECT, markup={"percent": "Infinity"}), {"/markup"}),
    (
        "no country",
        "/v1/entities",
        {"name": "x", "country": "Indonesia", "currency": "IDR"},
        {"/country"},
    ),
    (
        "no entity",
        "/v1/entities",
        {"name": " ", "country": "I", "currency": "XXX"},
        {"/name", "/country", "/currency"},
    ),
    ("no permission", "/v1/keys", but(KEY, permissions=["fly"]), {"/permissions/0"}),
    ("none at all", "/v1/keys", but(KEY, permissions=[]), {"/permissions"}),
    ("no time zone", "/v1/keys", but(KEY, expires_at="2027-01-01T00:00:00"), {"/expires_at"}),
    ("no sees", "/v1/partners", {"name": "x", "sees": "everything"}, {"/sees"}),
    ("not https", "/v1/endpoints", but(ENDPOINT, partner="ptn_none0", url="ftp://x"), {"/url"}),
    ("no partner", "/v1/endpoints", ENDPOINT, {"/partner"}),
    (
        "no such event",
        "/v1/endpoints",
        but(ENDPOINT, partner="ptn_none0", types=["*", "moon.full"]),
        {"/types/1"},
    ),
    ("no such test", "/v1/endpoints/end_none0/test", {"type": "moon.full"}, {"/type"}),
    ("a strange test", "/v1/endpoints/end_none0/test", {"kind": "x"}, {"/kind"}),
    ("nothing to trigger", "/v1/test-events", {}, {""}),
    ("no such scenario", "/v1/test-events", {"scenario": "moon_full"}, {"/scenario"}),
    ("no such type", "/v1/test-events", {"type": "moon.full"}, {"/type"}),
    ("no reason", "/v1/people/per_none0/erase", {}, {"/reason"}),
    ("a body for nothing", "/v1/signing-keys/rotate", {"overlap_s": 5}, {"/overlap_s"}),
    ("a text for nothing", "/v1/endpoints/end_none0/rotate-secret", "now", {""}),
    (
        "given up before the first retry",
        "/v1/endpoints",
        but(ENDPOINT, schedule={"delays_s": [60], "give_up_after_s": 59}),
        {"/schedule"},
    ),
]


@pytest.mark.parametrize(
    ("path", "body", "pointers"), [r[1:] for r in TABLE], ids=[r[0] for r in TABLE]
)
async def test_each_fault_is_named_and_nothing_is_written(
    api: Api, rows: Rows, path: str, body: Any, pointers: set[str]
) -> None:
    before = rows()

    answer = await api.post(path, msgspec.json.encode(body))

    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert {e["pointer"] for e in told["errors"]} == pointers
    assert all(e["message"] for e in told["errors"])
    assert rows() == before


@pytest.mark.parametrize(
    ("path", "body", "pointer", "said"),
    [
        ("/v1/partners", {"name": "x", "sees": "everything"}, "/sees", "is none of own, all"),
        ("/v1/endpoints", but(ENDPOINT, signatures="v2"), "/signatures", "is none of v1, v1a, "),
    ],
)
async def test_what_is_allowed_is_listed(
    api: Api, path: str, body: Any, pointer: str, said: str
) -> None:
    (error,) = (await api.post(path, msgspec.json.encode(body))).json()["errors"]
    assert error["pointer"] == pointer
    assert error["message"].startswith(said)


async def test_an_empty_body_where_none_is_taken_is_none(api: Api) -> None:
    for body in (b"", b"{}", b" {} "):
        answer = await api.post("/v1/endpoints/end_none0/rotate-secret", body)
        assert answer.status_code == 404, answer.text


@pytest.mark.parametrize("path", ["/v1/attempts", "/v1/deliveries"])
@pytest.mark.parametrize(
    ("type_", "hint"),
    [("booking.confirmd", "booking.confirmed"), ("moon.full", "lists them"), ("moon.*", "lists")],
)
async def test_a_type_that_no_event_has_is_refused(
    api: Api, path: str, type_: str, hint: str
) -> None:
    answer = await api.get(f"{path}?type={type_}")
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["parameter"] == "type"
    assert hint in error["message"]
    for known in ("booking.confirmed", "booking.*", "*"):
        assert (await api.get(f"{path}?type={known}")).status_code == 200


CONFIG_FAULTS: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"/config/endpoint", "/config/api_key"}),
    ({"endpoint": "https://x.test", "api_key": "12345678", "x": 1}, {"/config/x"}),
    ({"endpoint": "http://x.test", "api_key": "12345678"}, {"/config/endpoint"}),
    ({"endpoint": "https://x.test", "api_key": 12345678}, {"/config/api_key"}),
    ({"endpoint": "https://x.test", "api_key": "12345678", "mode": "live"}, {"/config/mode"}),
]


@pytest.mark.parametrize(("config", "pointers"), CONFIG_FAULTS)
async def test_a_config_is_held_against_its_adapters_form(
    api: Api, rows: Rows, config: dict[str, Any], pointers: set[str]
) -> None:
    before = rows()
    new = but(CONNECT, entity=api.world.entity.id, config=config)

    answer = await api.post("/v1/connections", new)

    assert answer.status_code == 422, answer.text
    assert {e["pointer"] for e in answer.json()["errors"]} == pointers
    assert rows() == before


async def test_guests_who_do_not_fit_the_quote_are_named(api: Api, rows: Rows) -> None:
    asked = await api.booking_of()
    before = rows()

    missing = await api.post("/v1/bookings", but(asked, rooms=[GUESTS[0][:1]]))
    nameless = await api.post(
        "/v1/bookings", but(asked, rooms=[[but(GUESTS[0][0], name="1"), GUESTS[0][1]]])
    )

    assert [e["pointer"] for e in missing.json()["errors"]] == ["/rooms/0"]
    assert [e["pointer"] for e in nameless.json()["errors"]] == ["/rooms/0/0/name"]
    assert rows() == before
    assert not api.hotels.bookings


UNREADABLE: list[tuple[bytes, str]] = [
    (b"{", "line 1, column 2"),
    (b'{\n "quote": x}', "line 2, column 11"),
    (b"\xff\xfe", "line 1, column 1"),
    (b"", "line 1, column 1"),
    (b"{}{}", "line 1"),
    (b'{"quote":"\\ud800"}', "line 1"),
]


@pytest.mark.parametrize(("raw", "where"), UNREADABLE)
async def test_broken_json_is_told_where(api: Api, rows: Rows, raw: bytes, where: str) -> None:
    before = rows()
    answer = await api.post("/v1/bookings", raw)
    assert answer.status_code == 400, answer.text
    assert where in answer.json()["detail"]
    assert answer.json()["code"] == "malformed"
    assert rows() == before


@pytest.mark.parametrize(
    "raw", [b'{"quote":"qte_\xff\xff"}', b'{"quote":"qte_\xed\xa0\x80", "x": 1}']
)
async def test_a_text_that_is_not_utf_8_is_refused(api: Api, raw: bytes) -> None:
    answer = await api.post("/v1/bookings", raw)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed"), answer.text


@pytest.mark.parametrize(
    "url",
    ["https://", "http://[::1", "javascript:alert(1)", "//a.test", "https:a", "https://a\n.test"],
)
async def test_a_place_to_return_to_is_an_address(api: Api, url: str) -> None:
    answer = await api.post("/v1/payments", but(PAY, return_url=url))
    assert answer.status_code == 422, answer.text
    assert [e["pointer"] for e in answer.json()["errors"]] == ["/return_url"]


async def test_control_characters_of_a_header_do_not_reach_the_trail(api: Api) -> None:
    made = await api.post("/v1/partners", {"name": "x"}, serai_reason="as \x1b[2Jasked\x00 to")
    assert made.status_code == 201, made.text
    trail = (await api.get(f"/v1/audit?subject={made.json()['id']}")).json()["data"]
    assert [entry["reason"] for entry in trail] == ["as [2Jasked to"]


async def test_a_deep_body_is_refused(api: Api) -> None:
    deep = b'{"adapter":"hotels","name":"x","entity":"ent_none0","config":{"a":%s%s}}'
    answer = await api.post("/v1/connections", deep % (b"[" * 50_000, b"]" * 50_000))
    assert answer.status_code == 400, answer.text


async def test_a_body_over_the_limit_is_refused_with_and_without_a_length(
    api: Api, rows: Rows
) -> None:
    before = rows()
    large = b'{"quote":"' + b"x" * (1024 * 1024) + b'"}'

    async def piecewise() -> Any:
        yield large

    whole = await api.post("/v1/bookings", large)
    headers = {
        "authorization": f"Bearer {api.key}",
        "idempotency-key": "k1",
        "content-type": "application/json",
    }
    pieces = await api.client.post("/v1/bookings", content=piecewise(), headers=headers)
    inbound = await api.client.post(f"/in/{api.world.pay.id}", content=large)

    assert [a.status_code for a in (whole, pieces, inbound)] == [413, 413, 413]
    assert whole.json()["code"] == "body_too_large"
    assert rows() == before


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_a_body_that_is_not_declared_as_json_is_refused(api: Api, media: str) -> None:
    answer = await api.post("/v1/bookings", BOOK, content_type=media)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


QUERIES: list[tuple[str, str]] = [
    ("/v1/bookings?limit=0", "limit"),
    ("/v1/bookings?limit=201", "limit"),
    ("/v1/bookings?limit=ten", "limit"),
    ("/v1/bookings?state=lost", "state"),
    ("/v1/payments?state=lost", "state"),
    ("/v1/inbox?state=stuck", "state"),
    ("/v1/inbox?connection=X", "connection"),
    ("/v1/bookings?colour=red", "colour"),
    ("/v1/bookings?limit=1&limit=2", "limit"),
    ("/v1/bookings?after=%27%3B--", "after"),
    ("/v1/events?after=-1", "after"),
    ("/v1/events?after=evt", "after"),
    ("/v1/deliveries?state=flying", "state"),
    ("/v1/audit?subject=x", "subject"),
]


@pytest.mark.parametrize(("path", "parameter"), QUERIES)
async def test_a_wrong_query_parameter_is_named(api: Api, path: str, parameter: str) -> None:
    answer = await api.get(path)
    assert answer.status_code == 400, answer.text
    assert [e["parameter"] for e in answer.json()["errors"]] == [parameter]


@pytest.mark.parametrize("path", ["/v1/bookings/a%00b", "/in/%00", "/v1/bookings?reference=%00"])
async def test_a_nul_in_an_address_reaches_no_database(api: Api, path: str) -> None:
    answer = await (api.post(path, b"{}") if path.startswith("/in") else api.get(path))
    assert answer.status_code in (400, 404)
    assert answer.headers["content-type"] == "application/problem+json"
