"""What an operator enters to connect a supplier that speaks OCTO."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from adapters._kit.config import Address, PerSecond, form, need_visible
from core.domain.money import exponent
from core.domain.problem import Fault
from core.domain.tenancy import Environment


class OctoConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """currency: None takes each product's own."""

    api_key: Annotated[
        str,
        Meta(
            title="API key",
            description="The reseller key that the supplier, or its booking system, gave you."
            " A test key and a live key look alike; the supplier's bookings tell which it is,"
            " and nothing is confirmed in the wrong mode.",
            examples=["fake-reseller-key-0000"],
            pattern=r"^[!-~]{8,512}$",
            extra_json_schema=form(1, secret=True),
        ),
    ]
    base_url: Annotated[
        Address,
        Meta(
            description="The supplier's OCTO endpoint: what stands before /products/ in its"
            " documentation. A live connection needs https.",
            examples=["https://octo.example.com/api/octo"],
            extra_json_schema=form(2),
        ),
    ]
    language: Annotated[
        str,
        Meta(
            title="Language",
            description="Language of names and terms (BCP 47), where the supplier has it.",
            examples=["en", "id", "ar"],
            pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
            extra_json_schema=form(3),
        ),
    ] = "en"
    currency: (
        Annotated[
            str,
            Meta(
                title="Currency",
                description="Currency (ISO 4217) of prices, for products that are sold in it."
                " Leave it empty for each product's own.",
                examples=["SAR"],
                pattern=r"^[A-Z]{3}$",
                extra_json_schema=form(4),
            ),
        ]
        | None
    ) = None
    per_second: Annotated[
        PerSecond,
        Meta(
            description="What the supplier allows, for all processes of the hub together.",
            examples=[10],
            extra_json_schema=form(5),
        ),
    ] = 10

    def __post_init__(self) -> None:
        need_visible(self)

    def __repr__(self) -> str:  # a Struct's own would print the key
        return f"OctoConfig(base_url={self.base_url!r})"


def check(config: OctoConfig, environment: Environment) -> Sequence[Fault]:
    """Faults the schema cannot say: a live key sent in the clear, a currency nobody has."""
    faults = []
    if environment is Environment.LIVE and not config.base_url.startswith("https://"):
        faults.append(Fault("/base_url", "a live connection talks https only"))
    if config.currency is not None and not _is_currency(config.currency):
        faults.append(Fault("/currency", "is not an ISO 4217 currency"))
    return faults


def _is_currency(code: str) -> bool:
    try:
        exponent(code)
    except ValueError:
        return False
    return True
