"""What an operator enters to connect Expedia QuickConnect."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from adapters._kit.config import Address, form, host_of, need_visible
from core.domain.problem import Fault
from core.domain.tenancy import Environment

BASE_URL = "https://services.expediapartnercentral.com/eqc"


class StayRule(enum.StrEnum):
    """How Expedia reads a minimum stay at the property."""

    ARRIVAL = "arrival"
    THROUGH = "through"


class ExpediaConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """base_url: None takes Expedia's own, which test and live share."""

    username: Annotated[
        str,
        Meta(
            title="User name",
            description="Of your QuickConnect account, which Expedia gives. It sees the properties"
            " that chose you at Partner Central.",
            examples=["EQCfake0000"],
            pattern=r"^[!-~]{4,30}$",
            extra_json_schema=form(1),
        ),
    ]
    password: Annotated[
        str,
        Meta(
            title="Password",
            description="Beside the user name. It travels inside every message.",
            examples=["fakepassword"],
            pattern=r"^[!-~]{6,30}$",
            extra_json_schema=form(2, secret=True),
        ),
    ]
    stay_rule: Annotated[
        StayRule,
        Meta(
            title="Minimum stay",
            description="How Expedia reads a minimum stay at these properties: by the day of"
            " arrival, or by every night of the stay. Your market manager sets it there; it has to"
            " say the same here, or a minimum would bind the wrong stays.",
            examples=["arrival", "through"],
            extra_json_schema=form(3),
        ),
    ] = StayRule.ARRIVAL
    base_url: (
        Annotated[
            Address,
            Meta(
                description="Leave it empty for Expedia itself, which has no test system: a test"
                " property there is a live address. Only a test connection may point elsewhere, at"
                " a simulator.",
                examples=["http://127.0.0.1:8900/expedia/eqc"],
                extra_json_schema=form(4),
            ),
        ]
        | None
    ) = None

    def __post_init__(self) -> None:
        need_visible(self)

    def __repr__(self) -> str:  # a Struct's own would print the password
        return f"ExpediaConfig(base_url={self.base_url!r})"


def check(config: ExpediaConfig, environment: Environment) -> Sequence[Fault]:
    """Faults the schema cannot say: a live credential sent anywhere else."""
    if config.base_url is None or environment is Environment.TEST:
        return ()
    own = urlsplit(BASE_URL).hostname
    if host_of(config.base_url) != own or not config.base_url.startswith("https://"):
        return (Fault("/base_url", f"a live connection talks to https://{own} only"),)
    return ()
