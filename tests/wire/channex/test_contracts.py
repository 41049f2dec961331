"""Messages against contracts: ours always, Channex's own pages where they are at hand."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from adapters.channex.mapping import ari, revisions, rooms, shown, wire
from adapters.channex.webhooks import ChannexWebhooks
from core.domain.channels.channel_reservation import ReservationHint, Revision
from core.domain.money import Money
from core.domain.stock.ari import RestrictionLine, Restrictions, Span
from tests.wire.channex.replay import every_name, load

ROOT = Path(__file__).parents[3]
OURS = json.loads((ROOT / "contracts/channex/contract.json").read_text())
VENDOR = Path(os.environ.get("SERAI_VENDOR_CONTRACTS") or ROOT / "vendor")
PAGES = VENDOR / "channex/channex-docs"
_BLOCK = re.compile(r"```[^\n]*\n(.*?)```", re.S)


def keeps(schema: str, body: Any) -> None:
    jsonschema.Draft202012Validator(
        {**OURS, "$ref": f"#/$defs/{schema}"},
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    ).validate(body)


def parts() -> list[Any]:
    """Each message of a fixture with the name of its schema."""
    found = []
    for name in every_name():
        fixture = load(name)
        for side, message in (("request", fixture.request), ("response", fixture.response)):
            schema = fixture.meta.get(f"{side}_schema")
            assert (schema is None) == (message["body"] is None), name
            if schema is not None:
                found.append(pytest.param(schema, message["body"], id=f"{name}-{side}"))
    return found


@pytest.mark.parametrize(("schema", "body"), parts())
def test_messages_keep_our_contract(schema: str, body: Any) -> None:
    keeps(schema, body)


def test_a_misspelt_field_would_be_seen() -> None:
    body = load("restrictions/taken").request["body"]
    for change in ({"min_stay": 2}, {"rate": "0.00"}, {"days": ["mon"]}, {"property_id": "1"}):
        wrong = {"values": [{**body["values"][0], **change}]}
        with pytest.raises(jsonschema.ValidationError):
            keeps("restrictionsBody", wrong)


# ------------------------------------------------- their own examples, read by our mapping


def examples(page: str) -> list[Any]:
    """Every whole JSON example of one of their pages; the crawl ends lines with a backslash."""
    path = PAGES / f"docs.channex.io_api-v.1-documentation_{page}.md"
    if not path.exists():
        pytest.skip("Channex's own pages are not at hand (SERAI_VENDOR_CONTRACTS)")
    found = []
    for block in _BLOCK.findall(path.read_text()):
        try:
            found.append(json.loads(block.replace("\\\n", "\n")))
        except ValueError:  # a fragment, or with a comment in it
            continue
    assert found
    return found


def encoded(page: str, *path: str) -> list[bytes]:
    """The examples that have all these keys, one inside the other."""

    def has(value: Any, keys: tuple[str, ...]) -> bool:
        if isinstance(value, list):
            value = value[0] if value else None
        return not keys or (
            isinstance(value, dict) and keys[0] in value and has(value[keys[0]], keys[1:])
        )

    return [json.dumps(e).encode() for e in examples(page) if has(e, path)]


def test_their_revisions_are_read() -> None:
    feeds = encoded("bookings-collection", "data", "attributes", "booking_id")
    seen = 0
    for feed in feeds:
        try:
            items = msgspec.json.decode(feed, type=wire.Feed).data
        except msgspec.ValidationError:  # one alone, not a list
            continue
        for raw in items:
            if b"booking_revision" not in bytes(raw):
                continue
            message, kept = revisions.pulled(bytes(raw))
            told = revisions.reservation(kept)
            assert message == told.message
            assert told.revision is Revision.NEW
            assert told.total == Money.of("220.00", "GBP")
            assert told.rooms[0].by_night == (Money.of("200.00", "GBP"),)
            assert b"cvv" not in kept
            seen += 1
    assert seen


def test_their_catalogue_examples_are_read() -> None:
    for raw in encoded("rate-plans-collection", "data", "attributes", "options", "is_primary"):
        document = json.loads(raw)
        items = document["data"] if isinstance(document["data"], list) else [document["data"]]
        for one in items:
            item: Any = msgspec.convert(one, wire.Item[wire.RatePlan])
            assert rooms.plan(item).adults
    for raw in encoded("room-types-collection", "data", "attributes", "occ_adults"):
        document = json.loads(raw)
        if isinstance(document["data"], list):
            many: Any = msgspec.json.decode(raw, type=wire.Many[wire.RoomType])
            assert many.data[0].attributes.title == "Standard Room"
    (options,) = encoded("hotels-collection", "data", "attributes", "title")[:1]
    assert options


def test_their_read_back_is_read() -> None:
    pages = [
        json.loads(raw)
        for raw in encoded("ari", "data")
        if isinstance(json.loads(raw)["data"], dict)
    ]
    assert len(pages) >= 2
    for page in pages:
        raw = json.dumps(page).encode()
        day = next(iter(next(iter(page["data"].values())).values()))
        if isinstance(day, int):
            assert all(row.free == 20 for row in shown.availability(raw))
        else:
            code = next(iter(page["data"]))
            plan = rooms.Plan(code, "", "room", "GBP", False, (2,))
            (first, *_) = shown.rates(raw, {code: plan}, ())
            assert first.prices is not None
            assert first.prices.by_adults == ((2, Money.of("200.00", "GBP")),)


def test_their_warnings_name_the_line() -> None:
    warned = encoded("ari", "meta", "warnings", "warning")
    assert warned
    for raw in warned:
        told = json.loads(raw)["meta"]["warnings"][0]
        first = told["date_from"] or told["date"]
        last = told["date_to"] or told["date"]
        span = msgspec.convert({"first": first, "last": last}, Span)
        line = RestrictionLine("room", told["rate_plan_id"], span, Restrictions())
        answer = ari.answer(raw, [line], ari.Push(b"", (0,), ()))
        assert answer.taken
        assert [refused.line for refused in answer.refused] == [0]


def test_their_webhooks_are_hints() -> None:
    webhooks = ChannexWebhooks("a-secret-of-our-own-choice")
    hints = 0
    for raw in encoded("webhook-collection", "event"):
        event = json.loads(raw)
        keeps("webhook", event)
        facts = webhooks.parse(raw)
        about_bookings = "booking" in event["event"]
        assert facts == ((ReservationHint(event["property_id"]),) if about_bookings else ())
        hints += about_bookings
    assert hints >= 4
