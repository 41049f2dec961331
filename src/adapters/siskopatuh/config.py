"""What an operator enters to file reports. There is no credential: there is no API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from adapters._kit.config import form, need_visible
from core.domain.problem import Fault
from core.domain.tenancy import Environment


class SiskopatuhConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    label: Annotated[
        str,
        Meta(
            title="Name of the system",
            description="What the regulator's system is called in your reports and reminders."
            " The law of 2025 says only Sistem Informasi Kementerian.",
            examples=["SISKOPATUH"],
            min_length=1,
            max_length=60,
            extra_json_schema=form(1),
        ),
    ] = "SISKOPATUH"
    portal: Annotated[
        str,
        Meta(
            title="Address of the portal",
            description="Where a person signs in to file. It is shown, and never called.",
            examples=["https://siskopatuh.kemenag.go.id"],
            pattern=r"^https://[A-Za-z0-9.-]+(/[A-Za-z0-9./?=&_-]*)?$",
            extra_json_schema=form(2),
        ),
    ] = "https://siskopatuh.kemenag.go.id"
    mahram_below_age: (
        Annotated[
            int,
            Meta(
                title="Mahram below the age of",
                description="Women younger than this travel with a mahram. Leave it empty if your"
                " agency keeps no such rule; minors always name a guardian.",
                examples=[45],
                ge=18,
                le=100,
                extra_json_schema=form(3),
            ),
        ]
        | None
    ) = None
    keep_days: Annotated[
        int,
        Meta(
            title="Days to keep personal data",
            description="How long after a group's return the data of its pilgrims is kept. Earlier"
            " it is erased for one person alone, on request; afterwards for the group at once.",
            examples=[1825],
            ge=0,
            le=20_000,
            extra_json_schema=form(4),
        ),
    ] = 5 * 365

    def __post_init__(self) -> None:
        need_visible(self)


def check(config: SiskopatuhConfig, environment: Environment) -> Sequence[Fault]:
    """Nothing that the schema cannot say."""
    return ()
