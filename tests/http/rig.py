"""The API over a hub on a SQLite file, and the steps of a journey that many tests start from."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx
import msgspec
from litestar import Litestar

from core.application.hub import Asking
from core.application.tenants.issue_key import NewKey, issue_key
from core.domain.tenancy import Permission
from entrypoints.http.app import create_app
from entrypoints.settings import Settings
from tests.application.given_channels import House
from tests.fakes.hub import World, open_world
from tests.fakes.memory_hotel_supplier import MemoryHotelSupplier

Json = dict[str, Any]
_numbers = itertools.count(1)

STAY = {"check_in": "2027-01-14", "check_out": "2027-01-19"}
MAKKAH = {"type": "circle", "latitude": 21.4225, "longitude": 39.8262, "radius_km": 3}
SEARCH: Json = {**STAY, "destination": MAKKAH, "rooms": [{"adults": 2}], "nationality": "ID"}
AGENCY = {"name": "PT Contoh Wisata", "country": "ID", "currency": "IDR", "licence": "U.000/2025"}
GUESTS = [[{"name": "Siti", "surname": "Contoh"}, {"name": "Budi", "surname": "Contoh"}]]
FLIGHTS: Json = {
    "bounds": [
        {"origin": "CGK", "destination": "JED", "date": "2027-01-14"},
        {"origin": "JED", "destination": "CGK", "date": "2027-01-24"},
    ],
    "passengers": {"ADT": 1, "CNN": 1},
}
PASSENGERS = [
    {"type": "ADT", "name": "Siti", "surname": "Contoh", "title": "MRS"},
    {"type": "CNN", "name": "Budi", "surname": "Contoh", "born_on": "2019-05-01"},
]
TOURS: Json = {"first": "2027-01-14", "last": "2027-01-15", "people": {"adult": 2}}
HOLDER = {"name": "Siti", "surname": "Contoh", "email": "siti@example.test"}


def row_counts(database: Path) -> dict[str, int]:
    """How many rows every table has now."""
    with closing(sqlite3.connect(database)) as conn:
        named = conn.execute("select name from sqlite_master where type = 'table'").fetchall()
        counted = {}
        for (name,) in named:
            counted[name] = conn.execute(f'select count(*) from "{name}"').fetchone()[0]  # noqa: S608
        return counted


def _rupiah(millions: int) -> Json:
    return {"minor": millions * 100_000_000, "currency": "IDR"}


class Api:
    """key: what is sent when a call names no other; the tenant's administrator's.

    ids: of one of everything, once it is furnished.
    """

    def __init__(self, world: World, app: Litestar, client: httpx.AsyncClient, key: str) -> None:
        self.world, self.app, self.client, self.key = world, app, client, key
        self.ids: dict[str, str] = {}
        self.hotels = MemoryHotelSupplier(world.clock, world.hotel.id)
        world.vendors.clients["hotels"] = self.hotels

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        once: str | None = None,
        **headers: str,
    ) -> httpx.Response:
        """once: the Idempotency-Key; a POST without one gets a fresh one."""
        sent = {"authorization": f"Bearer {key or self.key}"}
        if method == "POST":
            sent["idempotency-key"] = once or f"fresh-{next(_numbers)}"
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        if body is not None:
            sent["content-type"] = "application/json"
        sent |= {n.replace("_", "-"): v for n, v in headers.items()}
        return await self.client.request(
            method, path, content=None if body is None else content, headers=sent
        )

    async def get(self, path: str, **other: Any) -> httpx.Response:
        return await self.send("GET", path, **other)

    async def post(self, path: str, body: Any = None, **other: Any) -> httpx.Response:
        return await self.send("POST", path, body, **other)

    async def a_key(
        self, *permissions: Permission, asking: Asking | None = None, **other: Any
    ) -> str:
        new = NewKey("a key", frozenset(permissions), **other)
        _, text = await issue_key(self.world.hub, asking or self.world.asking, new)
        return text

    async def made(self, path: str, body: Any = None, status: int = 201) -> Json:
        answer = await self.post(path, body)
        assert answer.status_code == status, answer.text
        told: Json = answer.json()
        return told

    async def an_offer(self) -> str:
        found = await self.made("/v1/hotels/search", SEARCH, 200)
        offer: str = found["offers"][0]["offer"]
        return offer

    async def a_quote(self) -> str:
        quote: str = (await self.made("/v1/quotes", {"offer": await self.an_offer()}))["id"]
        return quote

    async def booking_of(self, **other: Any) -> Json:
        return {"quote": await self.a_quote(), "holder": HOLDER, "rooms": GUESTS, **other}

    async def a_booking(self, **other: Any) -> Json:
        return await self.made("/v1/bookings", await self.booking_of(**other))

    async def a_flight(self, **other: Any) -> Json:
        """Booked, and not ticketed."""
        found = await self.made("/v1/flights/search", FLIGHTS, 200)
        quote = await self.made("/v1/quotes", {"offer": found["offers"][0]["offer"]})
        asked = {"quote": quote["id"], "holder": HOLDER, "passengers": PASSENGERS, **other}
        return await self.made("/v1/bookings", asked)

    async def a_pnr(self, **other: Any) -> Json:
        booking = await self.a_flight(**other)
        (pnr,) = (await self.get(f"/v1/pnrs?booking={booking['id']}")).json()["data"]
        told: Json = pnr
        return told

    async def a_tour(self, **other: Any) -> Json:
        found = await self.made("/v1/activities/search", TOURS, 200)
        quote = await self.made("/v1/quotes", {"offer": found["offers"][0]["offer"]})
        return await self.made("/v1/bookings", {"quote": quote["id"], "holder": HOLDER, **other})

    async def a_payment(self, booking: str, status: int = 201) -> Json:
        asked = {
            "booking": booking,
            "connection": self.world.pay.id,
            "return_url": "https://agency.example.test/paid",
        }
        return await self.made("/v1/payments", asked, status)

    async def a_paid_payment(self, booking: str) -> Json:
        """The customer has paid, and the gateway's webhook was taken in and read."""
        payment = await self.a_payment(booking)
        fact = self.world.gateway.pay(payment["gateway_reference"])
        answer = await self.inbound("msg_1", checkouts=[fact])
        assert answer.status_code == 200, answer.text
        await self.world.check_due()
        return payment

    async def inbound(self, id: str, signature: str = "good", **facts: Any) -> httpx.Response:
        raw = msgspec.json.encode({"id": id, **facts})
        return await self.client.post(
            f"/in/{self.world.pay.id}", content=raw, headers={"signature": signature}
        )

    async def a_quarantined_message(self, id: str = "msg_odd") -> str:
        """One that its gateway wrote in a way that cannot be read."""
        answer = await self.inbound(id, checkouts=7)
        assert answer.status_code == 200, answer.text
        await self.world.check_due()
        kept: str = (await self.get("/v1/inbox?state=quarantined")).json()["data"][0]["id"]
        return kept

    async def a_partner(self, sees: str = "own") -> str:
        partner: str = (await self.made("/v1/partners", {"name": "Portal", "sees": sees}))["id"]
        return partner

    async def an_endpoint(self, partner: str) -> Json:
        asked = {"url": "https://hooks.example.test/a", "types": ["*"], "partner": partner}
        return await self.made("/v1/endpoints", asked)

    async def an_akad(self, booking: Json, **other: Any) -> Json:
        """What to post for an agreement about *booking*, by the fake vendor; every figure agrees."""
        agency = await self.made("/v1/entities", AGENCY)
        sell = booking["sale"]["price"]["sell"]
        hotel = {
            "label": "Hotel",
            "amount": _rupiah(20),
            "booking": booking["id"],
            "sold_for": sell,
        }
        figures = {
            "place": "Jakarta",
            "on": "2026-11-22",
            "departs": STAY["check_in"],
            "returns": STAY["check_out"],
            "lines": [hotel, {"label": "Tiket", "amount": _rupiah(15)}],
            "ujrah": _rupiah(5),
            "total": _rupiah(40),
            "plan": [{"label": "Lunas", "due": "2026-12-01", "amount": _rupiah(40)}],
            "escrow_bank": "Bank Contoh Syariah",
            "escrow_account": "000-111",
            "court": "Pengadilan Agama",
        }
        wakil = {"name": "Ahmad", "surname": "Contoh", "email": "ahmad@example.test"}
        muwakkil = {"signer": HOLDER, "identity": "0000000000000000", "address": "Jalan Melati 7"}
        return {
            "template": "wakalah-bil-ujrah-umrah",
            "entity": agency["id"],
            "muwakkil": muwakkil,
            "wakil": {"signer": wakil, "position": "Direktur", "address": "Jalan Contoh 1"},
            "figures": figures,
            "bookings": [booking["id"]],
            "connection": self.world.sign.id,
            **other,
        }

    async def an_agreement(self, booking: Json, **other: Any) -> Json:
        return await self.made("/v1/agreements", await self.an_akad(booking, **other))

    async def a_plan(self) -> Json:
        amount = {"minor": 3_500_000_000, "currency": "IDR"}
        part = {"amount": amount, "due_on": "2027-01-10", "kind": "deposit"}
        new = {"entity": self.world.entity.id, "price": amount, "instalments": [part]}
        return await self.made("/v1/payment-plans", new)

    async def a_departure(self, **plan: Any) -> str:
        """Of a connection of its own, which files with the regulator."""
        planned = {"name": "Umrah", "departs_on": "2027-01-14", "returns_on": "2027-01-23"}
        new = {
            "entity": self.world.entity.id,
            "connection": (await self.world.connect("regulator")).id,
            "plan": {**planned, **plan},
            "leader": {"name": "Hasan", "surname": "Contoh", "phone": "+6281200000002"},
        }
        id: str = (await self.made("/v1/departures", new))["id"]
        return id

    async def a_house(self, code: str = "AJYAD", rooms: int = 10) -> dict[str, str]:
        """A property with a room type and a plan, for sale over the nights of STAY and more."""
        new = {
            "entity": self.world.entity.id,
            "code": code,
            "name": "Ajyad Courtyard",
            "timezone": "Asia/Riyadh",
            "currency": "SAR",
            "country": "SA",
            "latitude": 21.4194,
            "longitude": 39.8262,
        }
        house = (await self.made("/v1/properties", new))["id"]
        room = {"code": "DBL", "name": "Double", "max_adults": 2, "max_children": 1}
        type_ = (await self.made(f"/v1/properties/{house}/room-types", room))["id"]
        plan = {"code": "BAR", "name": "Best available", "currency": "SAR"}
        plan_ = (await self.made(f"/v1/properties/{house}/rate-plans", plan))["id"]
        span = {"room_type": type_, "first": "2027-01-10", "last": "2027-01-31"}
        of_rooms = {"property": house, "updates": [{**span, "capacity": rooms}]}
        prices = {"by_adults": [{"adults": 2, "price": {"minor": 40000, "currency": "SAR"}}]}
        of_rates = {"property": house, "updates": [{**span, "rate_plan": plan_, "prices": prices}]}
        for path, body in (("/v1/inventory", of_rooms), ("/v1/rates", of_rates)):
            answer = await self.send("PATCH", path, body)
            assert answer.json() == {"changed": 22}, answer.text
        return {"property_id": house, "room_type_id": type_, "rate_plan_id": plan_}

    async def a_hold(self, house: dict[str, str], **other: Any) -> Json:
        rooms = [{**STAY, "room_type": house["room_type_id"]}]
        return await self.made(
            "/v1/holds", {"property": house["property_id"], "rooms": rooms, **other}
        )

    async def an_allotment(self, house: dict[str, str], **other: Any) -> Json:
        new = {
            **STAY,
            "property": house["property_id"],
            "room_type": house["room_type_id"],
            "name": "Group",
            "count": 3,
            "release_on": "2027-01-07",
            **other,
        }
        return await self.made("/v1/allotments", new)

    async def furnish(self) -> None:
        self.ids = await self.furnished()

    async def a_channel(self) -> dict[str, str]:
        """One that sells a property of ours, with a reservation that came in from it."""
        house = House(self.world)
        await house.build(nights=2)
        seller = await house.sell_at("seller")
        await house.settle()
        seller.book("DLX", house.night(0))
        await house.settle(90)
        reservation = (await self.get("/v1/reservations")).json()["data"][0]
        return {
            "channel_id": house.ours["seller"].id,
            "reservation_id": reservation["id"],
            "property_id": house.house.id,
            "room_type_id": house.rooms["DLX"].id,
            "rate_plan_id": house.plans["BAR"].id,
        }

    async def furnished(self) -> dict[str, str]:
        """One of everything; the ids by the names that paths give them."""
        partner = await self.a_partner()
        endpoint = (await self.an_endpoint(partner))["endpoint"]["id"]
        booking = await self.a_booking(partner=partner)
        payment = await self.a_paid_payment(booking["id"])
        asked = {"amount": {"minor": 100, "currency": "USD"}}
        refund = await self.made(f"/v1/payments/{payment['id']}/refunds", asked)
        agreement = await self.an_agreement(booking)
        key = await self.made("/v1/keys", {"name": "x", "permissions": ["search"]})
        signing_key = await self.made("/v1/signing-keys/rotate")
        recovering = {"endpoint": endpoint, "since": "2026-11-20T03:00:00Z"}
        recovery = await self.made("/v1/recoveries", recovering)
        await self.world.travel()
        pnr = await self.a_pnr()
        delivery = (await self.get("/v1/deliveries?limit=1")).json()["data"][0]
        departure = await self.a_departure()
        group = f"/v1/departures/{departure}"
        registered = {"reference": "A-1", "registered_on": "2026-11-20"}
        pilgrim = await self.made(f"{group}/pilgrims", registered)
        table = b"reference,registered_on\nA-2,2026-11-20\n"
        filings = (await self.get(f"/v1/filings?departure={departure}")).json()["data"]
        house = await self.a_house()
        allotment = await self.an_allotment(house)
        hold = await self.a_hold(house)
        return {
            **house,
            "hold_id": hold["id"],
            "allotment_id": allotment["id"],
            "entity_id": self.world.entity.id,
            "connection_id": self.world.hotel.id,
            "name": "hotels",
            "quote_id": booking["quote"],
            "booking_id": booking["id"],
            "pnr_id": pnr["id"],
            "payment_id": payment["id"],
            "message_id": await self.a_quarantined_message(),
            "refund_id": refund["id"],
            "plan_id": (await self.a_plan())["id"],
            "agreement_id": agreement["id"],
            "version": "1",
            "partner_id": partner,
            "endpoint_id": endpoint,
            "signing_key_id": signing_key["id"],
            "event_id": delivery["event"],
            "delivery_id": delivery["id"],
            "recovery_id": recovery["id"],
            "departure_id": departure,
            "pilgrim_id": pilgrim["id"],
            "import_id": (await self.made(f"{group}/imports", table))["id"],
            "filing_id": filings[0]["id"],
            **await self.a_channel(),
            "person_id": booking["holder"]["person"],
            "key_id": key["key"]["id"],
        }


def an_app(world: World, **settings: Any) -> Litestar:
    values: dict[str, Any] = {"requests_per_hour": 100_000, **settings}
    return create_app(world.hub, Settings(_env_file=None, **values))


def a_client(app: Litestar) -> httpx.AsyncClient:
    asgi: Any = app  # the framework's own names for the same ASGI
    transport = httpx.ASGITransport(asgi, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://hub.test")


@asynccontextmanager
async def serving(world: World, **settings: Any) -> AsyncIterator[Api]:
    """settings: other than the usual."""
    app = an_app(world, **settings)
    new = NewKey("admin", frozenset({Permission.ADMIN}))
    _, text = await issue_key(world.hub, world.asking, new)
    async with a_client(app) as client:
        yield Api(world, app, client, text)


@asynccontextmanager
async def open_api(database: Path, **settings: Any) -> AsyncIterator[Api]:
    async with (
        open_world(f"sqlite+aiosqlite:///{database}") as world,
        serving(world, **settings) as api,
    ):
        yield api
