"""Chapter two: the platform searches, quotes and books, once."""

from __future__ import annotations

import math
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from core.domain.money import Money
from entrypoints.demo.connecting import MARKUP_PERCENT, ROUND_TO
from entrypoints.demo.stage import NotVerified, Stage, money

NIGHTS = 5
# So soon that cancelling already costs something: the fee is part of the journey.
DAYS_AHEAD = 8
MAKKAH = {"type": "circle", "latitude": 21.4225, "longitude": 39.8262, "radius_km": 8}
ROOMS = [{"adults": 2, "children": [7]}, {"adults": 2, "children": [4]}]
HOLDER = {
    "name": "Contoh",
    "surname": "Jamaah",
    "email": "contoh.jamaah@example.com",
    "phone": "+62 21 0000 0000",
}
GUESTS = [
    [{"name": "Contoh", "surname": "Jamaah"}, {"name": "Ibu", "surname": "Jamaah"},
     {"name": "Putri", "surname": "Jamaah", "age": 7}],
    [{"name": "Kakek", "surname": "Jamaah"}, {"name": "Nenek", "surname": "Jamaah"},
     {"name": "Putra", "surname": "Jamaah", "age": 4}],
]  # fmt: skip


def search(stage: Stage) -> None:
    """The platform searches Makkah: two rooms, two children, guests from Indonesia"""
    arrives = datetime.now(UTC).date() + timedelta(days=DAYS_AHEAD)
    body = {
        "destination": MAKKAH,
        "check_in": arrives.isoformat(),
        "check_out": (arrives + timedelta(days=NIGHTS)).isoformat(),
        "rooms": ROOMS,
        "nationality": "ID",
    }
    found = stage.call("POST", "/v1/hotels/search", body, note=f"{arrives}, {NIGHTS} nights").json()
    outcomes = [(s["adapter"], s["outcome"]) for s in found["suppliers"]]
    stage.verify("Hotelbeds answered", outcomes, [("hotelbeds", "answered")])
    offers = found["offers"]
    hotels = {o["sale"]["hotel"]["name"] for o in offers}
    stage.say(f"{len(offers)} offers of {len(hotels)} hotels: {', '.join(sorted(hotels))}", "dim")
    stage.facts.offer = _pick(offers)
    sale = stage.facts.offer["sale"]
    children = sorted(age for room in sale["rooms"] for age in room["occupancy"]["children"])
    stage.verify("the offer is for both rooms, with the children's ages", children, [4, 7])
    stage.verify("every price is our markup on the supplier's", _wrong_prices(offers), [])


def _pick(offers: list[Any]) -> Any:
    """The cheapest, of those that show most: prepaid, with a fee to pay at the hotel, and not
    wholly lost when cancelled today. They come sorted."""
    now = datetime.now(UTC)
    for offer in offers:
        sale = offer["sale"]
        fees = [
            s["fee"]["minor"]
            for s in sale["cancellation"]["steps"]
            if datetime.fromisoformat(s["starts_at"]) <= now
        ]
        partly = bool(fees) and fees[-1] < sale["price"]["net"]["minor"]
        at_the_hotel = any(not tax["included"] for tax in sale["price"]["taxes"])
        if sale["collect"] == "prepaid" and partly and at_the_hotel:
            return offer
    raise NotVerified("no offer is prepaid and partly refundable")


def _wrong_prices(offers: list[Any]) -> list[str]:
    return [
        o["sale"]["hotel"]["name"]
        for o in offers
        if o["sale"]["collect"] == "prepaid" and o["sale"]["price"]["sell"] != _sell(o)
    ]


def _sell(offer: Any) -> dict[str, Any]:
    price = offer["sale"]["price"]
    marked = Decimal(price["net"]["minor"]) * (100 + MARKUP_PERCENT) / 100
    sell = math.ceil(marked / ROUND_TO) * ROUND_TO
    least = price.get("minimum_sell")
    if least is not None:
        sell = max(sell, least["minor"])
    return {"minor": sell, "currency": price["net"]["currency"]}


def quote(stage: Stage) -> None:
    """It picks one and quotes it: the supplier is asked again, and its price holds"""
    offer = stage.facts.offer
    body = {"offer": offer["offer"]}
    quoted = stage.call("POST", "/v1/quotes", body, expect=201).json()
    stage.facts.quote = quoted
    sale, price = quoted["sale"], quoted["sale"]["price"]
    stage.say(f"{sale['hotel']['name']}, {sale['rooms'][0]['name']}, {sale['board_name']}", "bold")
    stage.say(f"sell {money(price['sell'])}, net {money(price['net'])}", "bold")
    for tax in price["taxes"] or offer["sale"]["price"]["taxes"]:
        where = "included" if tax["included"] else "paid at the hotel"
        stage.say(f"{tax['name']} {money(tax['amount'])}, {where}", "dim")
    for step in sale["cancellation"]["steps"]:
        fee = money(step["fee"])
        stage.say(f"cancelling costs the agency {fee} from {step['starts_at']}", "dim")
    stage.verify("the price did not change since the search", price["sell"], _sell(offer))
    stage.verify("the supplier's comments came with it", bool(sale["rate_comments"]))


def book(stage: Stage) -> None:
    """It books, and repeats the same request as if the answer had been lost"""
    key, body = str(uuid.uuid4()), order(stage)
    made = stage.call("POST", "/v1/bookings", body, expect=201, key=key, note=f"key {key[:8]}…")
    stage.facts.booking = booking = made.json()
    stage.say(f"our reference {booking['vendor_reference']}", "bold")
    stage.say(f"theirs        {booking['supplier_reference']}", "bold")
    stage.verify("it is confirmed", booking["state"], "confirmed")
    again = stage.call("POST", "/v1/bookings", body, expect=201, key=key, note="the same key")
    stage.verify("the repeat is answered with the first answer", again.content, made.content)
    stage.verify("and says so", again.headers.get("idempotency-replayed"), "true")
    other = {**body, "reference": "another"}
    stage.call("POST", "/v1/bookings", other, expect=422, key=key, note="same key, other body")
    _, net = one_at_the_supplier(stage)
    wanted = money(booking["sale"]["price"]["net"])
    stage.verify(f"at the net price that was quoted, {net}", net, wanted)


def order(stage: Stage) -> dict[str, Any]:
    return {
        "quote": stage.facts.quote["id"],
        "holder": HOLDER,
        "rooms": GUESTS,
        "reference": "UMR-DEMO-1",
        "partner": stage.facts.partner,
    }


def one_at_the_supplier(stage: Stage) -> tuple[Any, Money]:
    """Past the hub: the supplier's only booking under our reference, and what it charges."""
    booking = stage.facts.booking
    ours = f"/hotelbeds/_control/bookings?clientReference={booking['vendor_reference']}"
    held = stage.vendor("GET", ours)
    stage.verify("the supplier holds exactly one booking under our reference", len(held), 1)
    return held[0], Money.of(str(held[0]["totalNet"]), held[0]["currency"])


def hear_of_booking(stage: Stage) -> None:
    """booking.confirmed reaches the partner, who verifies it with the reference library"""
    heard = stage.partner_hears("booking.confirmed", stage.facts.booking["id"])
    body = heard["body"]
    stage.verify("its signature holds, and its id is the event's", heard["webhook_id"], body["id"])
    stage.verify("it is the booking's first event", body["sequence"], 1)
    stage.verify(
        "it tells the price", body["data"]["sell"], stage.facts.quote["sale"]["price"]["sell"]
    )
    stage.verify("it holds no name of a guest", "Jamaah" in heard["raw"], False)
