"""Rate keys: what was offered, sealed, so that nothing has to be remembered to know it again."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from adapters.hotelbeds.simulator.hotels import BY_CODE, Hotel, RoomType
from adapters.hotelbeds.simulator.prices import Party
from adapters.hotelbeds.simulator.reject import Rejection


class Offered(NamedTuple):
    """bookable: it needs no check, or has had one. at: when it was offered, unix seconds."""

    check_in: date
    check_out: date
    hotel: Hotel
    room: RoomType
    rate_class: str
    board: str
    party: Party
    net: Decimal
    bookable: bool
    at: int

    @property
    def nights(self) -> list[date]:
        count = (self.check_out - self.check_in).days
        return [self.check_in + timedelta(days=n) for n in range(count)]


def seal(offered: Offered, secret: bytes) -> str:
    ages = "~".join(str(age) for age in offered.party.ages)
    text = "|".join(
        (
            offered.check_in.strftime("%Y%m%d"),
            offered.check_out.strftime("%Y%m%d"),
            "W",
            str(offered.hotel.code),
            offered.room.code,
            offered.rate_class,
            offered.board,
            f"{offered.party.rooms}~{offered.party.adults}~{len(offered.party.ages)}",
            ages,
            str(offered.net),
            "B" if offered.bookable else "R",
            str(offered.at),
        )
    )
    return f"{text}|N@{_mac(text, secret)}"


def unseal(key: object, secret: bytes, *, now: datetime, ttl_s: float) -> Offered:
    """Rejection: not one of ours, or too old."""
    text, _, mac = str(key).rpartition("|N@")
    if not isinstance(key, str) or not hmac.compare_digest(mac, _mac(text, secret)):
        raise Rejection(400, "INVALID_DATA", "Invalid data. The rateKey is not valid")
    offered = _parsed(text)
    if now - datetime.fromtimestamp(offered.at, UTC) > timedelta(seconds=ttl_s):
        raise Rejection(400, "INVALID_DATA", "Invalid data. The rateKey has expired")
    return offered


def _parsed(text: str) -> Offered:
    try:
        came, left, _, code, room, rate_class, board, counts, ages, net, kind, at = text.split("|")
        rooms, adults, _ = (int(n) for n in counts.split("~"))
        hotel = BY_CODE[int(code)]
        return Offered(
            datetime.strptime(came, "%Y%m%d").replace(tzinfo=UTC).date(),
            datetime.strptime(left, "%Y%m%d").replace(tzinfo=UTC).date(),
            hotel,
            next(r for r in hotel.rooms if r.code == room),
            rate_class,
            board,
            Party(rooms, adults, tuple(int(age) for age in ages.split("~") if age)),
            Decimal(net),
            kind == "B",
            int(at),
        )
    except (ValueError, KeyError, StopIteration, InvalidOperation):
        raise Rejection(400, "INVALID_DATA", "Invalid data. The rateKey is not valid") from None


def _mac(text: str, secret: bytes) -> str:
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()[:32].upper()
