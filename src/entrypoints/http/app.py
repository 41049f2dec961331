"""The HTTP app: every route, behind one gate, answering in one manner."""

from __future__ import annotations

from typing import Any

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide

from core.application.hub import Hub
from entrypoints.http import problems
from entrypoints.http.call import provide_call
from entrypoints.http.front import Front
from entrypoints.http.gate import admit
from entrypoints.http.openapi import document
from entrypoints.http.reference import ReferenceController
from entrypoints.http.resources.activities import ActivityController
from entrypoints.http.resources.agreements import AgreementController, TemplateController
from entrypoints.http.resources.bookings import BookingController
from entrypoints.http.resources.channels import ChannelController, MappingController
from entrypoints.http.resources.connections import AdapterController, ConnectionController
from entrypoints.http.resources.diagnosis import DiagnosisController
from entrypoints.http.resources.events import AttemptController, DeliveryController, EventController
from entrypoints.http.resources.filings import FilingController
from entrypoints.http.resources.flights import FlightController
from entrypoints.http.resources.grids import InventoryController, RateController
from entrypoints.http.resources.health import HealthController
from entrypoints.http.resources.holds import AllotmentController, HoldController
from entrypoints.http.resources.hotels import HotelController
from entrypoints.http.resources.inbound import InboundController
from entrypoints.http.resources.inbox import InboxController
from entrypoints.http.resources.partners import (
    EndpointController,
    PartnerController,
    ScheduleController,
)
from entrypoints.http.resources.payments import PaymentController, RefundController
from entrypoints.http.resources.pilgrims import (
    DepartureController,
    ImportController,
    PilgrimController,
)
from entrypoints.http.resources.plans import PlanController
from entrypoints.http.resources.pnrs import PnrController
from entrypoints.http.resources.properties import PropertyController
from entrypoints.http.resources.quotes import QuoteController
from entrypoints.http.resources.recoveries import RecoveryController
from entrypoints.http.resources.reservations import ParityController, ReservationController
from entrypoints.http.resources.settlements import SettlementController
from entrypoints.http.resources.signing_keys import KeySetController, SigningKeyController
from entrypoints.http.resources.tenancy import (
    AuditController,
    EntityController,
    KeyController,
    PersonController,
)
from entrypoints.http.resources.trying import TestEventController
from entrypoints.metrics import Metrics
from entrypoints.settings import Settings

BODY_MAX = 1024 * 1024

V1 = (
    HotelController,
    ActivityController,
    FlightController,
    QuoteController,
    BookingController,
    PnrController,
    PaymentController,
    PlanController,
    SettlementController,
    RefundController,
    AgreementController,
    TemplateController,
    PropertyController,
    InventoryController,
    RateController,
    HoldController,
    AllotmentController,
    AdapterController,
    ConnectionController,
    InboxController,
    DepartureController,
    PilgrimController,
    ImportController,
    FilingController,
    ChannelController,
    MappingController,
    ReservationController,
    ParityController,
    PartnerController,
    EndpointController,
    ScheduleController,
    DiagnosisController,
    SigningKeyController,
    EventController,
    DeliveryController,
    AttemptController,
    RecoveryController,
    TestEventController,
    EntityController,
    KeyController,
    PersonController,
    AuditController,
)


def create_app(hub: Hub, settings: Settings, metrics: Metrics | None = None) -> Litestar:
    """The app over an open hub. It opens and closes nothing itself; loops run elsewhere."""
    metrics = metrics or Metrics()
    app = _app(State({"hub": hub, "settings": settings, "metrics": metrics}))
    app.state.document = document(app)
    app.asgi_handler = Front(app.asgi_handler, hub, metrics)
    return app


def api_document() -> dict[str, Any]:
    """The OpenAPI document of every route, without a hub behind them."""
    return document(_app(State()))


def _app(state: State) -> Litestar:
    call = {"call": Provide(provide_call)}
    v1 = Router("/v1", route_handlers=V1, guards=[admit], dependencies=call)
    return Litestar(
        [v1, InboundController, KeySetController, HealthController, ReferenceController],
        exception_handlers=problems.HANDLERS,
        state=state,
        request_max_body_size=BODY_MAX,
        openapi_config=None,
        logging_config=None,
        debug=False,
    )
