"""What an operator enters to connect SiteMinder."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from adapters._kit.config import Address, form, need_visible
from core.domain.problem import Fault
from core.domain.tenancy import Environment

TEST_URL = "https://tpi-pmsx.preprod.siteminderlabs.com"


class Pricing(enum.StrEnum):
    """How SiteMinder set us up; it is the same for all hotels of one credential."""

    PER_DAY = "per_day"
    BY_OCCUPANCY = "by_occupancy"


class Taxes(enum.StrEnum):
    """Whether prices are told with or without taxes."""

    INCLUDED = "included"
    EXCLUDED = "excluded"


class SiteMinderConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """base_url: None takes SiteMinder's test system; it publishes no other address."""

    requestor_id: Annotated[
        str,
        Meta(
            title="PMS code",
            description="The RequestorID that SiteMinder gave you: it stands in every message and"
            " in the address.",
            examples=["SERAI"],
            pattern=r"^[A-Za-z0-9_-]{1,32}$",
            extra_json_schema=form(1),
        ),
    ]
    username: Annotated[
        str,
        Meta(
            title="Username",
            description="One for all your hotels (PMS-level authentication).",
            examples=["serai"],
            min_length=1,
            max_length=64,
            extra_json_schema=form(2),
        ),
    ]
    password: Annotated[
        str,
        Meta(
            title="Password",
            description="Goes into the header of every message; test and production differ.",
            examples=["fake-Password1"],
            min_length=4,
            max_length=128,
            extra_json_schema=form(3, secret=True),
        ),
    ]
    pricing: Annotated[
        Pricing,
        Meta(
            title="Pricing",
            description="As SiteMinder set your PMS up: one price a day (per_day), or a price for"
            " each number of adults from 1 to 5 (by_occupancy).",
            examples=["by_occupancy"],
            extra_json_schema=form(4),
        ),
    ] = Pricing.BY_OCCUPANCY
    taxes: Annotated[
        Taxes,
        Meta(
            title="Taxes in prices",
            description="Whether the prices told are with taxes (included) or without (excluded).",
            examples=["included"],
            extra_json_schema=form(5),
        ),
    ] = Taxes.INCLUDED
    per_second: Annotated[
        int,
        Meta(
            title="Requests per second",
            description="The most for all processes of the hub together; SiteMinder publishes no"
            " limit, and asks for one request at a time for each hotel, which is kept besides.",
            examples=[5],
            ge=1,
            le=1000,
            extra_json_schema=form(6),
        ),
    ] = 5
    base_url: (
        Annotated[
            Address,
            Meta(
                description="The host that SiteMinder gave you for production, without a path."
                " Leave it empty for the test system.",
                examples=["https://pmsxchange.example.com"],
                extra_json_schema=form(7),
            ),
        ]
        | None
    ) = None

    def __post_init__(self) -> None:
        need_visible(self)

    def __repr__(self) -> str:  # a Struct's own would print the password
        return f"SiteMinderConfig(requestor_id={self.requestor_id!r})"


def base_url(config: SiteMinderConfig) -> str:
    return TEST_URL if config.base_url is None else config.base_url


def check(config: SiteMinderConfig, environment: Environment) -> Sequence[Fault]:
    """Faults the schema cannot say. A password of the other system cannot be told apart."""
    if environment is not Environment.LIVE:
        return ()
    if config.base_url is None:
        return (Fault("/base_url", "a live connection needs the address that SiteMinder gave you"),)
    parts = urlsplit(config.base_url)
    if parts.scheme != "https":
        return (Fault("/base_url", "a live connection is encrypted: https"),)
    if parts.hostname == urlsplit(TEST_URL).hostname:
        return (Fault("/base_url", "a live connection must not talk to the test system"),)
    return ()
