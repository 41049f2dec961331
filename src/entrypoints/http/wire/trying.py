"""Trying a receiver: test sends, scenarios, and what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from core.application.webhooks import trigger_events as wishes
from core.application.webhooks.await_attempts import Seen
from core.application.webhooks.send_test import WAIT_MAX_S, WAIT_S
from core.domain.event import EventBody, told
from core.domain.events.catalogue import CATALOGUE
from core.domain.events.catalogue.endpoints import PING
from core.domain.events.scenarios import SCENARIOS
from entrypoints.http.wire.event import DeliveryRead, delivery_read
from entrypoints.http.wire.values import Id

TypeName = Annotated[str, Meta(min_length=1, max_length=100, description="As in the catalogue.")]


class NewTest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """type: any of the catalogue in the test environment, endpoint.ping alone in the live one."""

    type: TypeName = PING


class WaitQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    wait_s: Annotated[
        float,
        Meta(
            ge=0,
            le=WAIT_MAX_S,
            description="How many seconds to wait for the first attempt; 0 answers at once.",
        ),
    ] = WAIT_S


class NewTestEvents(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Name either a scenario or a type.

    endpoint: it alone is told, if it asked for such types. partner: whose booking it is about;
    left out: of the only partner there is, else the agency's own, which only partners that see
    all are told about. A partner's own key leaves it out and reaches that partner alone.
    """

    scenario: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    type: TypeName | None = None
    endpoint: Id | None = None
    partner: Id | None = None

    def wish(self) -> wishes.Wish:
        return wishes.Wish(self.scenario, self.type, self.endpoint, self.partner)


class TestEvent(msgspec.Struct, frozen=True):
    """deliveries: none, if no endpoint asked for such a type."""

    event: EventBody
    deliveries: tuple[DeliveryRead, ...]


class TestEvents(msgspec.Struct, frozen=True):
    """In the order in which they were told."""

    events: tuple[TestEvent, ...]


class Scenario(msgspec.Struct, frozen=True):
    """types: of its events, in order."""

    name: str
    means: str
    types: tuple[str, ...]


class CatalogueType(msgspec.Struct, frozen=True):
    type: str
    means: str


class Triggers(msgspec.Struct, frozen=True):
    """What can be triggered: every scenario, and every type by itself."""

    scenarios: tuple[Scenario, ...]
    types: tuple[CatalogueType, ...]


def seen(of: Seen) -> DeliveryRead:
    return delivery_read(of.delivery, of.attempts)


def test_events(of: Sequence[wishes.Told]) -> TestEvents:
    return TestEvents(
        tuple(TestEvent(told(t.event), tuple(seen(d) for d in t.deliveries)) for t in of)
    )


def triggers() -> Triggers:
    return Triggers(
        tuple(
            Scenario(s.name, s.means, tuple(step.type for step in s.steps))
            for s in SCENARIOS.values()
        ),
        tuple(CatalogueType(t.name, t.means) for t in CATALOGUE.values()),
    )
