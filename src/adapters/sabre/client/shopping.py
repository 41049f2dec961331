"""What can be flown, at what price, and under which rules."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from zoneinfo import ZoneInfo

import msgspec

from adapters._kit.apart import understood
from adapters._kit.http import broken
from adapters._kit.soap import Envelope
from adapters.sabre.client.host import VENDOR, Host
from adapters.sabre.client.rest import Rest
from adapters.sabre.client.sessions import Sessions
from adapters.sabre.config import SabreConfig
from adapters.sabre.mapping import offers, shop, soap
from adapters.sabre.mapping.faults import TokenRefused
from core.domain.bookings.flight import FlightOffer, FlightSearch
from core.domain.bookings.terms import OfferExpired, SoldOut
from core.domain.fare_rules import FareRules, parse
from ports.clock import Clock
from ports.errors import NotSupported, Refused, Unavailable

log = logging.getLogger(__name__)
CHECK_S = 30.0
SHOP = "/v5/offers/shop"
REVALIDATE = "/v5/shop/flights/revalidate"


class Shopping:
    def __init__(
        self,
        rest: Rest,
        host: Host,
        sessions: Sessions,
        config: SabreConfig,
        connection: str,
        clock: Clock,
    ) -> None:
        self._rest = rest
        self._host = host
        self._sessions = sessions
        self._config = config
        self._connection = connection
        self._zone = ZoneInfo(config.timezone)
        self._clock = clock

    async def shop(self, request: FlightSearch, *, deadline_s: float) -> Sequence[FlightOffer]:
        content = shop.request(request, self._config)
        return await self._found(SHOP, content, "shop", deadline_s)

    async def check(self, offer: FlightOffer) -> FlightOffer | SoldOut | OfferExpired:
        """Another flight, class or fare than was asked for is another offer: sold out."""
        if offer.segments[0].departs_at.date() < self._clock.now().astimezone(self._zone).date():
            return OfferExpired()
        content = shop.revalidation(offer, self._config)
        found = await self._found(REVALIDATE, content, "check", CHECK_S)
        same = [one for one in found if _flights(one) == _flights(offer)]
        if not same:
            return SoldOut()
        best = min(same, key=lambda one: one.price.net.minor)
        return msgspec.structs.replace(best, recheck=False)

    async def _found(
        self, path: str, content: bytes, operation: str, deadline_s: float
    ) -> Sequence[FlightOffer]:
        answer = await self._rest.post(path, content, operation=operation, deadline_s=deadline_s)
        place = offers.Place(self._connection, self._zone, self._clock.now())
        found = await understood(answer, partial(offers.read, place=place))
        if found.unreadable:
            log.warning("sabre.itineraries-unreadable", extra={"count": found.unreadable})
        if found.unreadable and not found.offers:
            raise broken(answer, "no itinerary of the answer can be read")
        if found.fault:
            raise Unavailable(
                "their shopping failed",
                vendor=VENDOR,
                operation=operation,
                vendor_code=found.fault[:64],
                request_id=answer.request_id,
            )
        return found.offers

    async def fare_rules(self, offer: FlightOffer) -> Sequence[FareRules]:
        try:
            parts = [offers.component(text) for text in offer.source]
        except ValueError:
            raise Refused("no fare of ours", vendor=VENDOR, operation="fare_rules") from None
        return [await self._rules(part, offer) for part in parts]

    async def _rules(self, part: offers.Component, offer: FlightOffer) -> FareRules:
        texts = await self._texts(part, offer)
        read = partial(
            parse,
            texts,
            structured=offer.penalties,
            fare_basis=part.fare_basis,
            carrier=part.carrier,
            origin=part.origin,
            destination=part.destination,
        )
        return await asyncio.to_thread(read)  # pages of text, read word by word

    async def _texts(self, part: offers.Component, offer: FlightOffer) -> dict[int, str]:
        departs_on = offer.segments[part.first].departs_at.date()
        message = soap.rules_request(
            part.origin, part.destination, part.carrier, part.fare_basis, departs_on
        )
        try:
            return await self._asked(message)
        except TokenRefused:  # a session that ended between two uses
            return await self._asked(message)

    async def _asked(self, message: soap.Asked) -> dict[int, str]:
        code = ""
        async with self._sessions.borrowed() as session:
            found = await self._host.call(
                "OTA_AirRulesRQ", message, session, asked="fare_rules", read=_texts_or_code
            )
            if not isinstance(found, str):
                return found
            code = found
        raise NotSupported(
            "they have no text for this fare",
            vendor=VENDOR,
            operation="fare_rules",
            vendor_code=code[:64] or None,
        )


def _texts_or_code(envelope: Envelope) -> dict[int, str] | str:
    try:
        return soap.rule_texts(envelope)
    except soap.NotComplete as e:
        return e.code


def _flights(offer: FlightOffer) -> list[tuple[object, ...]]:
    return [
        (s.carrier, s.number, s.origin, s.destination, s.departs_at, s.rbd) for s in offer.segments
    ]
