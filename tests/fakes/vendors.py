"""Vendors that do exactly what a test says, and count what was really done."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Annotated, Any

import msgspec

from core.domain.agreements.agreement import SignatureFact, SignatureHint
from core.domain.bookings.booking import SupplierBooking, SupplierState
from core.domain.bookings.hotel import HotelOffer, HotelSearch
from core.domain.bookings.terms import OfferExpired, PriceChanged, SoldOut
from core.domain.connections.connection import Connection, VendorAccount, Verdict
from core.domain.money import Money
from core.domain.payments.payment import Checkout, RefundFact
from core.domain.problem import Fault
from core.domain.tenancy import Environment, Scope
from ports.clock import Clock
from ports.errors import BrokenContract, Misconfigured, NotSupported, OutcomeUnknown, VendorError
from ports.hotel_supplier import AmendOrder, BookingOrder
from ports.inbound_webhook import Hint, InboundFact, InboundWebhook, Rejected, Verified
from ports.manifest import Evidence, Manifest, Role
from ports.probe import Probe

Scripted = object | VendorError
LOST = "done, and the answer is lost"
NOT_SENT = "not done, and no answer comes"
HANGS = "never answers"


class Mode(enum.StrEnum):
    TEST = "test"
    LIVE = "live"


class Config(msgspec.Struct, frozen=True):
    endpoint: Annotated[str, msgspec.Meta(pattern=r"^https://")]
    api_key: Annotated[
        str, msgspec.Meta(min_length=8, extra_json_schema={"x-secret": True, "x-order": 2})
    ]
    mode: Mode = Mode.TEST
    retries: int = 0


def check(config: Config, environment: Environment) -> Sequence[Fault]:
    wrong = config.mode.value != environment.value
    return [Fault("/mode", f"is not of the {environment} environment")] if wrong else []


def _never_opened(config: Any, wiring: Any) -> AbstractAsyncContextManager[Any]:
    raise AssertionError("the fake vendors open no adapter")


def a_manifest(name: str, *roles: Role, **other: Any) -> Manifest:
    values: dict[str, Any] = {
        "name": name,
        "title": name.title(),
        "roles": frozenset(roles),
        "config": Config,
        "api_version": "1",
        "can": frozenset({"amend", "on_request"}),
        "evidence": {"book": Evidence.CONSTRUCTED},
        "absence_certain_after_s": 120.0,
        "repeatable_for_s": 86400.0,
        "reference_length": 20,
        "deadline_s": 60.0,
        "check": check,
        "open": _never_opened,
        **other,
    }
    return Manifest(**values)


class ScriptedSupplier:
    """It ignores our key: every book that gets through books again, and `booked` counts it.

    script: operation → what the next calls do, in order: LOST, NOT_SENT, HANGS, an error to
    raise, or a value to return. calls: how often each operation was called.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.script: dict[str, list[Scripted]] = {}
        self.calls: Counter[str] = Counter()
        self.bookings: dict[str, SupplierBooking] = {}
        self.booked: Counter[str] = Counter()
        self.cancelled: Counter[str] = Counter()
        self.answers = SupplierState.CONFIRMED
        self.offers: list[HotelOffer] = []
        self.fee: Money | None = None

    def next(self, operation: str, *what: Scripted) -> None:
        self.script.setdefault(operation, []).extend(what)

    def change(self, key: str, **fields: Any) -> None:
        self.bookings[key] = msgspec.structs.replace(self.bookings[key], **fields)

    async def _scripted(self, operation: str) -> Scripted | None:
        self.calls[operation] += 1
        waiting = self.script.get(operation)
        what = waiting.pop(0) if waiting else None
        if isinstance(what, Exception):
            raise what
        if what is HANGS:
            await self._clock.sleep(10**9)
        if what is NOT_SENT:
            raise OutcomeUnknown("no answer", vendor="scripted", operation=operation)
        return what

    def _answered(self, what: Scripted | None, key: str) -> SupplierBooking:
        if what is LOST:
            raise OutcomeUnknown("no answer", vendor="scripted")
        return self.bookings[key]

    async def search(self, request: HotelSearch, *, deadline_s: float) -> Sequence[HotelOffer]:
        what = await self._scripted("search")
        return self.offers if what is None else what  # type: ignore[return-value]

    async def check(self, offer: HotelOffer) -> HotelOffer | SoldOut | OfferExpired:
        what = await self._scripted("check")
        return offer if what is None else what  # type: ignore[return-value]

    async def book(
        self, order: BookingOrder, *, key: str
    ) -> SupplierBooking | SoldOut | PriceChanged | OfferExpired:
        what = await self._scripted("book")
        if what is not None and what is not LOST:
            return what  # type: ignore[return-value]
        self.booked[key] += 1
        self.bookings[key] = SupplierBooking(
            supplier_reference=f"R-{key}-{self.booked[key]}",
            vendor_reference=key,
            state=self.answers,
            net=order.offer.price.net,
            stay=order.offer.stay,
            holder=(order.holder.name, order.holder.surname),
        )
        return self._answered(what, key)

    async def find(self, key: str) -> SupplierBooking | None:
        what = await self._scripted("find")
        return self.bookings.get(key) if what is None else what  # type: ignore[return-value]

    async def cancellation_fee(self, supplier_reference: str) -> Money:
        await self._scripted("cancellation_fee")
        if self.fee is None:
            raise NotSupported("read it from the policy", vendor="scripted")
        return self.fee

    async def cancel(self, supplier_reference: str) -> SupplierBooking:
        what = await self._scripted("cancel")
        key = self._key(supplier_reference)
        if self.bookings[key].state is not SupplierState.CANCELLED:
            self.cancelled[key] += 1
            self.change(key, state=SupplierState.CANCELLED, fee=self.fee)
        return self._answered(what, key)

    async def amend(self, supplier_reference: str, order: AmendOrder) -> SupplierBooking:
        what = await self._scripted("amend")
        if isinstance(what, SupplierBooking):
            return what
        key = self._key(supplier_reference)
        holder = (order.holder.name, order.holder.surname)
        self.change(key, stay=order.stay, holder=holder)
        return self._answered(what, key)

    async def probe(self) -> Probe:
        return Probe(Verdict.VERIFIED, {"endpoint": "scripted"})

    def _key(self, supplier_reference: str) -> str:
        found = [k for k, b in self.bookings.items() if b.supplier_reference == supplier_reference]
        return found[0]


class Posting(msgspec.Struct, frozen=True):
    """A webhook of the fake gateway."""

    id: str
    checkouts: tuple[Checkout, ...] = ()
    refunds: tuple[RefundFact, ...] = ()
    hints: tuple[Hint, ...] = ()
    signatures: tuple[SignatureFact, ...] = ()
    signature_hints: tuple[SignatureHint, ...] = ()


class FakeInbound:
    def verify(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Verified | Rejected:
        if headers.get("signature") != "good":
            return Rejected("the signature does not match")
        return Verified(msgspec.json.decode(raw)["id"], "told")

    def parse(self, raw: bytes) -> tuple[InboundFact, ...]:
        try:
            posting = msgspec.json.decode(raw, type=Posting)
        except msgspec.ValidationError as e:
            raise BrokenContract(str(e), vendor="gateway") from e
        return (
            *posting.checkouts,
            *posting.refunds,
            *posting.hints,
            *posting.signatures,
            *posting.signature_hints,
        )


class FakeVendors:
    """inbounds: real webhooks, by adapter. clients: by connection id, else by adapter. An exception there is raised on opening."""

    def __init__(self, *manifests: Manifest) -> None:
        self.known = {m.name: m for m in manifests}
        self.clients: dict[str, Any] = {}
        self.inbounds: dict[str, InboundWebhook] = {}

    def manifests(self) -> Sequence[Manifest]:
        return list(self.known.values())

    def manifest(self, adapter: str) -> Manifest | None:
        return self.known.get(adapter)

    async def _client(self, scope: Scope, connection: Connection, account: VendorAccount) -> Any:
        client = self.clients.get(connection.id) or self.clients.get(connection.adapter)
        if client is None:
            raise Misconfigured("nothing is set up", vendor=connection.adapter)
        if isinstance(client, Exception):
            raise client
        return client

    hotel_supplier = activity_supplier = gds = payment_gateway = esign = testable = _client
    ari_channel = reservation_source = shown_rates = regulator_filing = _client

    def inbound(
        self, scope: Scope, connection: Connection, account: VendorAccount
    ) -> InboundWebhook | None:
        if connection.adapter in self.inbounds:
            return self.inbounds[connection.adapter]
        role = Role.INBOUND_WEBHOOK in self.known[connection.adapter].roles
        return FakeInbound() if role else None
