"""What an operator enters to connect Hotelbeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from adapters._kit.config import PerSecond, form, host_of, need_visible
from core.domain.problem import Fault
from core.domain.tenancy import Environment

BASE_URL = {
    Environment.TEST: "https://api.test.hotelbeds.com/hotel-api/1.0",
    Environment.LIVE: "https://api.hotelbeds.com/hotel-api/1.0",
}
KEY = r"^[A-Za-z0-9]{4,64}$"


class HotelbedsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """base_url: None takes the environment's own. per_day: None leaves the counting to them."""

    api_key: Annotated[
        str,
        Meta(
            title="API key",
            description="The key of the Hotel API from your APItude dashboard. Activities and"
            " Transfers have keys of their own, which do not work here. Test and live keys look"
            " alike: the wrong one shows only in the connection test.",
            examples=["fakekey0000000000000000000000000"],
            pattern=KEY,
            extra_json_schema=form(1, secret=True),
        ),
    ]
    secret: Annotated[
        str,
        Meta(
            title="Secret",
            description="The secret beside the key. Every request is signed with it and the time,"
            " so this server's clock must be right.",
            examples=["fakesecret"],
            pattern=KEY,
            extra_json_schema=form(2, secret=True),
        ),
    ]
    language: Annotated[
        str,
        Meta(
            title="Language",
            description="Language of names and comments, in their three-letter codes.",
            examples=["ENG", "IND", "ARA"],
            pattern=r"^[A-Z]{3}$",
            extra_json_schema=form(3),
        ),
    ] = "ENG"
    source_market: (
        Annotated[
            str,
            Meta(
                title="Source market",
                description="Country (ISO 3166) sent with every search where your contract fixes"
                " it. Leave it empty to send the guest's nationality.",
                examples=["ID"],
                pattern=r"^[A-Z]{2}$",
                extra_json_schema=form(4),
            ),
        ]
        | None
    ) = None
    per_second: Annotated[
        PerSecond,
        Meta(
            description="What your contract allows, for all processes of the hub together.",
            examples=[8],
            extra_json_schema=form(5),
        ),
    ] = 8
    per_day: (
        Annotated[
            int,
            Meta(
                title="Requests per day",
                description="An evaluation key has 50. Leave it empty for no bound of our own.",
                examples=[50],
                ge=1,
                le=100_000_000,
                extra_json_schema=form(6),
            ),
        ]
        | None
    ) = None
    base_url: (
        Annotated[
            str,
            Meta(
                title="Address",
                description="Leave it empty for Hotelbeds itself. Only a test connection may point"
                " elsewhere, at a simulator.",
                examples=["http://127.0.0.1:8900/hotelbeds/hotel-api/1.0"],
                pattern=r"^https?://[^\s?#@]+$",
                extra_json_schema=form(7),
            ),
        ]
        | None
    ) = None

    def __post_init__(self) -> None:
        need_visible(self)

    def __repr__(self) -> str:  # a Struct's own would print the secret
        return f"HotelbedsConfig(language={self.language!r})"


def check(config: HotelbedsConfig, environment: Environment) -> Sequence[Fault]:
    """Faults the schema cannot say.

    A live key in a test connection cannot be told apart: both look alike, and
    the test host simply refuses it (401 or 403).
    """
    if config.base_url is None:
        return ()
    own = host_of(BASE_URL[environment])
    if environment is Environment.LIVE and (
        host_of(config.base_url) != own or not config.base_url.startswith("https://")
    ):
        return (Fault("/base_url", f"a live connection talks to https://{own} only"),)
    if environment is Environment.TEST and host_of(config.base_url) == host_of(
        BASE_URL[Environment.LIVE]
    ):
        return (Fault("/base_url", "a test connection must not talk to the live system"),)
    return ()
