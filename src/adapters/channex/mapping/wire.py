"""Channex's messages, as far as they are read. What else may be in them is passed over."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

D = TypeVar("D")


class Message(msgspec.Struct, frozen=True, gc=False):
    pass


class Fault(Message, frozen=True):
    code: str
    title: str = ""
    details: Any = None


class FaultRS(Message, frozen=True):
    errors: Fault


class Meta(Message, frozen=True):
    """total, page, limit: of a list. warnings: of a push, one for each value that was not taken."""

    message: str = ""
    warnings: tuple[msgspec.Raw, ...] = ()
    total: int = 0
    page: int = 1
    limit: int = 0


class Task(Message, frozen=True):
    id: str


class PushRS(Message, frozen=True):
    meta: Meta
    data: tuple[Task, ...] | None = ()


class AckRS(Message, frozen=True):
    meta: Meta


class Warned(Message, frozen=True):
    """A value as it was sent, and what is wrong with each field of it."""

    warning: dict[str, Any]
    rate_plan_id: str | None = None
    room_type_id: str | None = None
    date: str | None = None
    date_from: str | None = None
    date_to: str | None = None
    days: tuple[str, ...] | None = None


class Linked(Message, frozen=True):
    id: str = ""


class Link(Message, frozen=True):
    data: Linked | None = None


class Links(Message, frozen=True):
    room_type: Link = Link()


class Item(Message, Generic[D], frozen=True):
    id: str
    attributes: D
    relationships: Links = Links()


class One(Message, Generic[D], frozen=True):
    data: Item[D]


class Many(Message, Generic[D], frozen=True):
    data: tuple[Item[D], ...]
    meta: Meta = Meta()


class Property(Message, frozen=True):
    title: str
    currency: str = ""


class RoomType(Message, frozen=True):
    title: str
    occ_adults: int = 0


class Option(Message, frozen=True):
    """A price of a rate plan: for a room of *occupancy* adults."""

    occupancy: int
    is_primary: bool = False


class RatePlan(Message, frozen=True):
    """sell_mode: per_room (one price) or per_person (one for each option)."""

    title: str
    sell_mode: str = "per_room"
    currency: str | None = None
    options: tuple[Option, ...] = ()


class PlanOption(Message, frozen=True):
    """parent_rate_plan_id: of what is only another occupancy of a plan."""

    room_type_id: str = ""
    occupancy: int = 0
    parent_rate_plan_id: str | None = None


class Availability(Message, frozen=True):
    """data: room type → day → rooms."""

    data: dict[str, dict[str, int]]


class Held(Message, frozen=True, gc=False):
    """One day of a rate plan."""

    rate: str | None = None
    min_stay_arrival: int | None = None
    min_stay_through: int | None = None
    max_stay: int | None = None
    closed_to_arrival: bool | None = None
    closed_to_departure: bool | None = None
    stop_sell: bool | None = None


class Restrictions(Message, frozen=True):
    """data: rate plan, or occupancy of one → day → how it is held."""

    data: dict[str, dict[str, Held]]


class Occupancy(Message, frozen=True):
    adults: int = 0
    children: int = 0
    infants: int = 0
    ages: tuple[int, ...] | None = None


class Guest(Message, frozen=True):
    name: str | None = None
    surname: str | None = None


class Tax(Message, frozen=True):
    is_inclusive: bool = False
    total_price: str | None = None


class RoomMeta(Message, frozen=True):
    parent_rate_plan_id: str | None = None


class RoomStay(Message, frozen=True):
    checkin_date: str
    checkout_date: str
    room_type_id: str | None = None
    rate_plan_id: str | None = None
    occupancy: Occupancy = Occupancy()
    guests: tuple[Guest, ...] | None = None
    taxes: tuple[Tax, ...] | None = None
    days: dict[str, str] | None = None
    ota_unique_id: str | None = None
    meta: RoomMeta | None = None


class Customer(Message, frozen=True):
    name: str | None = None
    surname: str | None = None
    mail: str | None = None
    phone: str | None = None


class Revision(Message, frozen=True):
    property_id: str
    booking_id: str
    status: str
    inserted_at: str
    ota_name: str | None = None
    rooms: tuple[RoomStay, ...] | None = None
    customer: Customer | None = None
    amount: str | None = None
    currency: str | None = None
    ota_commission: str | None = None
    payment_collect: str | None = None
    notes: str | None = None


class Feed(Message, frozen=True):
    """Item by item, so that an unreadable one costs only itself."""

    data: tuple[msgspec.Raw, ...]
