"""What an operator enters to sell the tenant's own stock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from adapters._kit.config import form
from core.domain.problem import Fault
from core.domain.tenancy import Environment


class HouseConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """properties: the tenant's codes; none sells them all."""

    properties: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=40)], ...],
        Meta(
            title="Properties",
            description="Codes of the properties that this connection sells. Leave it empty to"
            " sell all that are active.",
            examples=[["AJYAD"]],
            max_length=1000,
            extra_json_schema=form(1),
        ),
    ] = ()


def check(config: HouseConfig, environment: Environment) -> Sequence[Fault]:
    twice = len(set(config.properties)) < len(config.properties)
    return (Fault("/properties", "names a property twice"),) if twice else ()
