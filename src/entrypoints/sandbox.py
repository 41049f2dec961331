"""The simulated vendors over real HTTP, each under its own path. Only for test connections."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from typing import Any, Protocol

import msgspec

from adapters import registry
from adapters._kit.simulator.web import lifespan
from adapters.channex import simulator as channex
from adapters.docusign import simulator as docusign
from adapters.expedia import simulator as expedia
from adapters.hotelbeds import simulator as hotelbeds
from adapters.midtrans import simulator as midtrans
from adapters.octo import simulator as octo
from adapters.privyid import simulator as privyid
from adapters.sabre import simulator as sabre
from adapters.siteminder import simulator as siteminder
from adapters.stripe import simulator as stripe
from adapters.stripe.simulator.app import KEY as STRIPE_KEY
from adapters.xendit import simulator as xendit
from ports.manifest import secret_fields

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]


class Gateway(Protocol):
    """A simulator that sends webhooks of its own."""

    async def asgi(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None: ...
    async def aclose(self) -> None: ...


class Plan(msgspec.Struct, frozen=True):
    code: str
    name: str


class Room(msgspec.Struct, frozen=True):
    code: str
    name: str
    plans: tuple[Plan, ...]


class Property(msgspec.Struct, frozen=True):
    """What a simulated channel sells, by its own codes; its prices are in *currency*."""

    code: str
    name: str
    currency: str
    rooms: tuple[Room, ...]


class Stall(msgspec.Struct, frozen=True):
    """One simulated vendor. path: where its connection's base_url points; config: the rest.

    sells: of a channel, what our properties are mapped to. note: what else has to be done.
    """

    adapter: str
    path: str
    config: dict[str, Any]
    sells: tuple[Property, ...] = ()
    note: str = ""

    def command(self, where: str) -> str:
        """What connects to it, to be pasted; secrets go by the way that keeps them from the
        process list. where: the sandbox's own address."""
        secret = secret_fields(registry.load(self.adapter).config)
        plain = {"base_url": where + self.path} | self.config
        sets = (f" --set {n}={v}" for n, v in plain.items() if n not in secret)
        secrets = "\\n".join(f"{n}={v}" for n, v in self.config.items() if n in secret)
        given = f" --secret-file - <<< $'{secrets}'" if secrets else ""
        return f"serai connections add {self.adapter}{''.join(sets)}{given}"


def _at_siteminder() -> Iterator[Property]:
    names = siteminder.NAMES
    for hotel in siteminder.hotels():
        rooms = (
            Room(room, names[room], tuple(Plan(plan, names[plan]) for plan in plans))
            for room, plans in hotel.rooms.items()
        )
        yield Property(hotel.code, "", hotel.currency, tuple(rooms))


def _at_expedia() -> Iterator[Property]:
    """What is switched off there is left out."""
    for hotel in expedia.HOTELS:
        rooms = (
            Room(
                room.id,
                room.name,
                tuple(Plan(plan.id, _called(plan)) for plan in room.plans if plan.active),
            )
            for room in hotel.rooms
        )
        yield Property(hotel.id, hotel.name, hotel.currency, tuple(rooms))


def _called(plan: expedia.Plan) -> str:
    """A derived one is booked like any other; nothing can be told to it, so it is ignored."""
    return f"{plan.name}, derived of {plan.parent}" if plan.parent else plan.name


def _at_channex() -> Iterator[Property]:
    for hotel in channex.HOTELS:
        rooms = (
            Room(room.id, room.title, tuple(Plan(plan.id, plan.title) for plan in room.plans))
            for room in hotel.rooms
        )
        yield Property(hotel.id, hotel.title, hotel.currency, tuple(rooms))


STALLS = (
    Stall(
        "hotelbeds",
        f"/hotelbeds{hotelbeds.PREFIX}",
        {"api_key": hotelbeds.API_KEY, "secret": hotelbeds.SECRET},
    ),
    Stall("stripe", "/stripe", {"api_key": STRIPE_KEY}),
    Stall("octo", f"/octo{octo.PREFIX}", {"api_key": octo.API_KEY}),
    Stall("sabre", "/sabre", sabre.CONFIG),
    Stall(
        "midtrans",
        "/midtrans",
        {"server_key": midtrans.KEY, "merchant_id": midtrans.MERCHANT},
    ),
    Stall(
        "docusign",
        "/docusign",
        {"client_id": docusign.CLIENT_ID, "user_id": docusign.USER_ID},
        note="its private_key is made by POST /docusign/_control/keypair: none is kept anywhere",
    ),
    Stall("privyid", "/privyid", dict(privyid.CONFIG)),
    Stall("siteminder", "/siteminder", dict(siteminder.CONFIG), tuple(_at_siteminder())),
    Stall(
        "expedia",
        f"/expedia{expedia.PREFIX}",
        dict(expedia.CONFIG),
        tuple(_at_expedia()),
    ),
    Stall(
        "channex",
        f"/channex{channex.PREFIX}",
        {"api_key": channex.API_KEY},
        tuple(_at_channex()),
    ),
    Stall(
        "xendit",
        "/xendit",
        {
            "secret_key": xendit.KEY,
            "callback_token": xendit.TOKEN,
            "business_id": xendit.BUSINESS,
        },
    ),
)


class Sandbox:
    """An ASGI application: each stall under its own path, and / which tells what there is.

    Everything it knows is in memory: a restart forgets bookings and payments.
    """

    def __init__(self) -> None:
        gateways: dict[str, Gateway] = {
            "stripe": stripe.Simulator(),
            "midtrans": midtrans.Simulator(),
            "xendit": xendit.Simulator(),
            "docusign": docusign.Simulator(),
            "privyid": privyid.Simulator(),
        }
        self._gateways = gateways.values()
        self._apps: dict[str, App] = {
            "hotelbeds": hotelbeds.Simulator().asgi,
            **{name: simulator.asgi for name, simulator in gateways.items()},
            "octo": octo.Simulator().asgi,
            "sabre": sabre.Simulator().asgi,
            "siteminder": siteminder.Simulator().asgi,
            "channex": channex.Simulator().asgi,
            "expedia": expedia.Simulator().asgi,
        }

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await lifespan(receive, send, self._close)
        app = self._apps.get(scope["path"].split("/")[1])
        if app is None:
            return await _index(scope, send)
        return await app(scope, receive, send)

    async def _close(self) -> None:
        """Webhooks that are still on their way are given up."""
        for gateway in self._gateways:
            await gateway.aclose()


async def _index(scope: Mapping[str, Any], send: Send) -> None:
    found = scope["path"] in ("/", "")
    body = msgspec.json.encode(STALLS if found else {"error": "there is no such vendor here"})
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    status = 200 if found else 404
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
