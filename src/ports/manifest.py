"""What an adapter declares about itself. docs/capabilities.md is made from it."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec

from core.domain.problem import Fault
from core.domain.tenancy import Environment
from ports.inbound_webhook import InboundWebhook


class Role(enum.StrEnum):
    """The ports an adapter implements."""

    HOTEL_SUPPLIER = "hotel_supplier"
    ACTIVITY_SUPPLIER = "activity_supplier"
    GDS = "gds"
    ARI_CHANNEL = "ari_channel"
    RESERVATION_SOURCE = "reservation_source"
    SHOWN_RATES = "shown_rates"
    PAYMENT_GATEWAY = "payment_gateway"
    ESIGN = "esign"
    REGULATOR_FILING = "regulator_filing"
    INBOUND_WEBHOOK = "inbound_webhook"


class Evidence(enum.IntEnum):
    """What stands behind an adapter's operation, from weakest to strongest."""

    CONSTRUCTED = 1  # written from the contract, never seen on the wire
    DOCUMENTED = 2  # agrees with the vendor's documented examples
    RECORDED = 3  # agrees with recorded traffic
    SANDBOX = 4  # ran against the vendor's sandbox
    PRODUCTION = 5  # runs in production


@dataclasses.dataclass(frozen=True, kw_only=True)
class Distribution:
    """How a channel wants to be told and asked.

    weekdays: its spans may be of some weekdays only. decrements_itself: it counts its own
    bookings off what it was told, so that they are no news to it. first_day, last_day: of what
    it takes, in days from the property's today. pull_every_s: how often it is asked for
    reservations. acknowledge_within_s: later than that a reservation goes astray.
    quiet_s: changes that come within it are told together. told_anew: it may count a booking
    off and not give it back, so that the nights of every message of its own are told again,
    whatever became of them there.
    """

    weekdays: bool
    decrements_itself: bool
    first_day: int
    last_day: int
    pull_every_s: float
    acknowledge_within_s: float
    quiet_s: float
    told_anew: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Manifest:
    """name: of the folder and in URLs. title: for people.

    config: a frozen Struct whose fields carry title, description, examples, pattern and
    `extra_json_schema` ("x-secret": True for what is encrypted, "x-order": place in the form).
    can: operations this vendor has, beyond what its roles require (`amend`, `on_request`).
    evidence: operation → what stands behind it.
    absence_certain_after_s: seconds after the last sending from which "not found" is
    final; None: it can never prove absence.
    repeatable_for_s: how long the vendor answers a repeat under the same key with the
    first result; None: it ignores our key, so that we find before we repeat.
    reference_length: the longest vendor reference it takes.
    deadline_s: the longest an unsafe call may take.
    check: faults of a config that its schema cannot say (a live key in test).
    open: (config, wiring) → the adapter; `wiring` is adapters._kit.wiring.Wiring.
    inbound: config → the verifier of its webhooks, None if it sends none.
    distribution: of a channel; None: it is none.
    own_properties: the field of the config that lists codes of the tenant's own properties,
    which have to be there; None: it names none.
    """

    name: str
    title: str
    roles: frozenset[Role]
    config: type[msgspec.Struct]
    api_version: str
    can: frozenset[str]
    evidence: dict[str, Evidence]
    absence_certain_after_s: float | None
    repeatable_for_s: float | None
    reference_length: int
    deadline_s: float
    check: Callable[[Any, Environment], Sequence[Fault]]
    open: Callable[[Any, Any], AbstractAsyncContextManager[Any]]
    inbound: Callable[[Any], InboundWebhook] | None = None
    distribution: Distribution | None = None
    own_properties: str | None = None


def secret_fields(config: type[msgspec.Struct]) -> frozenset[str]:
    """The names of *config*'s fields that are marked "x-secret"."""
    schema = msgspec.json.schema(config)["$defs"][config.__name__]
    return frozenset(n for n, f in schema["properties"].items() if f.get("x-secret"))
