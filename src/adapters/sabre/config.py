"""What an operator enters to connect Sabre."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

from adapters._kit.config import PerSecond, form, host_of, need_visible
from core.domain.money import exponent
from core.domain.problem import Fault
from core.domain.tenancy import Environment

REST_URL = {
    Environment.TEST: "https://api.cert.platform.sabre.com",
    Environment.LIVE: "https://api.platform.sabre.com",
}
SOAP_URL = {
    Environment.TEST: "https://webservices.cert.platform.sabre.com",
    Environment.LIVE: "https://webservices.platform.sabre.com",
}
# 0, 1: messages · 5, 6: schedule changes · 7: HX · 9, 10: ticketing due · 17, 18: confirmed
WATCHED = (0, 1, 5, 6, 7, 9, 10, 17, 18)


class SabreConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """organisation: None is the PCC. base_url: None takes the environment's own hosts."""

    pcc: Annotated[
        str,
        Meta(
            title="Pseudo city code",
            description="The PCC (iPCC) that searches, books and tickets. CERT and PROD have the"
            " same one; what is done in CERT is no real ticket.",
            examples=["AB12"],
            pattern=r"^[A-Z0-9]{3,4}$",
            extra_json_schema=form(1),
        ),
    ]
    epr: Annotated[
        str,
        Meta(
            title="EPR",
            description="The employee profile record, the user of the Sabre APIs. Several wrong"
            " passwords in a row lock it.",
            examples=["123456"],
            pattern=r"^[A-Za-z0-9._-]{3,32}$",
            extra_json_schema=form(2),
        ),
    ]
    password: Annotated[
        str,
        Meta(
            title="Password",
            description="The EPR's password, as Sabre provisioned it; CERT and PROD have their own.",
            examples=["fakepass"],
            min_length=4,
            max_length=64,
            extra_json_schema=form(3, secret=True),
        ),
    ]
    timezone: Annotated[
        str,
        Meta(
            title="Time zone of the PCC",
            description="IANA name. Sabre tells ticketing limits in the local time of the PCC's"
            " city: a wrong zone moves every one of them.",
            examples=["Asia/Jakarta"],
            pattern=r"^[A-Za-z_]+(/[A-Za-z0-9_+-]+){0,2}$",
            extra_json_schema=form(4),
        ),
    ]
    queue: Annotated[
        int,
        Meta(
            title="Our queue",
            description="A queue of this PCC (50 to 511) that nobody else works on. Every PNR is"
            " put there as it is made, so that one whose answer was lost is found again.",
            examples=[100],
            ge=50,
            le=511,
            extra_json_schema=form(5),
        ),
    ]
    watched_queues: Annotated[
        tuple[Annotated[int, Meta(ge=0, le=511)], ...],
        Meta(
            title="Watched queues",
            description="Queues whose PNRs are shown beside ours: by default Sabre's own for"
            " messages, schedule changes, cancelled segments, ticketing and waitlists.",
            examples=[[5, 6, 7]],
            max_length=20,
            extra_json_schema=form(6),
        ),
    ] = WATCHED
    organisation: (
        Annotated[
            str,
            Meta(
                title="Organisation",
                description="The iPCC that the EPR belongs to, where it is not the PCC above.",
                examples=["AB12"],
                pattern=r"^[A-Z0-9]{3,4}$",
                extra_json_schema=form(7),
            ),
        ]
        | None
    ) = None
    domain: Annotated[
        str,
        Meta(
            title="Domain",
            description="DEFAULT, or AA for some older agencies.",
            examples=["DEFAULT"],
            pattern=r"^[A-Z]{2,16}$",
            extra_json_schema=form(8),
        ),
    ] = "DEFAULT"
    currency: (
        Annotated[
            str,
            Meta(
                title="Currency",
                description="ISO 4217 currency to price in. Leave it empty for the PCC's own.",
                examples=["IDR"],
                pattern=r"^[A-Z]{3}$",
                extra_json_schema=form(9),
            ),
        ]
        | None
    ) = None
    printer: (
        Annotated[
            str,
            Meta(
                title="Hardcopy printer",
                description="LNIATA of the printer that tickets are issued on (DesignatePrinter).",
                examples=["0A0B0C"],
                pattern=r"^[0-9A-F]{6}$",
                extra_json_schema=form(10),
            ),
        ]
        | None
    ) = None
    ticket_country: (
        Annotated[
            str,
            Meta(
                title="Country of the ticket printer",
                description="ISO 3166 country of the ticket stock (DesignatePrinter). Without"
                " printer and country, what the EPR has designated is used.",
                examples=["ID"],
                pattern=r"^[A-Z]{2}$",
                extra_json_schema=form(11),
            ),
        ]
        | None
    ) = None
    customer_number: (
        Annotated[
            str,
            Meta(
                title="Customer (DK) number",
                description="Goes into every PNR, where your accounting asks for it.",
                examples=["1234567"],
                pattern=r"^[A-Z0-9]{6,10}$",
                extra_json_schema=form(12),
            ),
        ]
        | None
    ) = None
    sessions: Annotated[
        int,
        Meta(
            title="Sessions",
            description="The most SOAP sessions held open at once by one process, for fare rules"
            " and queues. A PCC has about 50 for all its users together.",
            examples=[2],
            ge=1,
            le=20,
            extra_json_schema=form(13),
        ),
    ] = 2
    per_second: Annotated[
        PerSecond,
        Meta(
            description="What your contract allows, for all processes of the hub together.",
            examples=[10],
            extra_json_schema=form(14),
        ),
    ] = 10
    base_url: (
        Annotated[
            str,
            Meta(
                title="Address",
                description="Leave it empty for Sabre itself. Only a test connection may point"
                " elsewhere, at a simulator with /rest and /soap below it.",
                examples=["http://127.0.0.1:8900/sabre"],
                pattern=r"^https?://[^\s?#@]+$",
                extra_json_schema=form(15),
            ),
        ]
        | None
    ) = None

    def __post_init__(self) -> None:
        need_visible(self)

    def __repr__(self) -> str:  # a Struct's own would print the password
        return f"SabreConfig(pcc={self.pcc!r})"


def rest_url(config: SabreConfig, environment: Environment) -> str:
    return REST_URL[environment] if config.base_url is None else f"{config.base_url}/rest"


def soap_url(config: SabreConfig, environment: Environment) -> str:
    return SOAP_URL[environment] if config.base_url is None else f"{config.base_url}/soap"


def check(config: SabreConfig, environment: Environment) -> Sequence[Fault]:
    """Faults the schema cannot say. A password of the other system cannot be told apart."""
    return (*_zone(config), *_currency(config), *_address(config, environment))


def _zone(config: SabreConfig) -> Sequence[Fault]:
    try:
        ZoneInfo(config.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return (Fault("/timezone", "is no IANA time zone"),)
    return ()


def _currency(config: SabreConfig) -> Sequence[Fault]:
    try:
        exponent(config.currency or "USD")
    except ValueError:
        return (Fault("/currency", "is no ISO 4217 currency"),)
    return ()


def _address(config: SabreConfig, environment: Environment) -> Sequence[Fault]:
    if config.base_url is None:
        return ()
    if environment is Environment.LIVE:
        return (Fault("/base_url", "a live connection talks to Sabre's own hosts only"),)
    theirs = {host_of(url[Environment.LIVE]) for url in (REST_URL, SOAP_URL)}
    if host_of(config.base_url) in theirs:
        return (Fault("/base_url", "a test connection must not talk to the live system"),)
    return ()
