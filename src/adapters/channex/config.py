"""What an operator enters to connect Channex."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from adapters._kit.config import Address, form, host_of, need_visible
from core.domain.problem import Fault
from core.domain.tenancy import Environment

BASE_URL = {
    Environment.TEST: "https://staging.channex.io/api/v1",
    Environment.LIVE: "https://app.channex.io/api/v1",
}


class ChannexConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """webhook_secret: "" refuses every webhook. base_url: None takes the environment's own."""

    api_key: Annotated[
        str,
        Meta(
            title="API key",
            description="From your profile at Channex, with access to the properties that are"
            " mapped here. Staging and live are separate accounts with separate keys.",
            examples=["fakekeyfakekeyfakekey0000"],
            pattern=r"^[!-~]{8,256}$",
            extra_json_schema=form(1, secret=True),
        ),
    ]
    webhook_secret: Annotated[
        str,
        Meta(
            title="Webhook secret",
            description="Channex signs nothing: choose a long random text, enter it here, and in"
            ' the webhook at Channex as the header {"X-Serai-Secret": "…"}. Leave it empty to do'
            " without webhooks; reservations are then asked for every minute.",
            examples=["a-long-random-text-of-your-own"],
            pattern=r"^([!-~]{16,256})?$",
            extra_json_schema=form(2, secret=True),
        ),
    ] = ""
    base_url: (
        Annotated[
            Address,
            Meta(
                description="Leave it empty for Channex itself. Only a test connection may point"
                " elsewhere, at a simulator.",
                examples=["http://127.0.0.1:8900/channex/api/v1"],
                extra_json_schema=form(3),
            ),
        ]
        | None
    ) = None

    def __post_init__(self) -> None:
        need_visible(self)

    def __repr__(self) -> str:  # a Struct's own would print the key
        return f"ChannexConfig(base_url={self.base_url!r})"


def check(config: ChannexConfig, environment: Environment) -> Sequence[Fault]:
    """Faults the schema cannot say: an address of the other environment."""
    if config.base_url is None:
        return ()
    live = environment is Environment.LIVE
    host = host_of(config.base_url)
    ours = host == "channex.io" or host.endswith(".channex.io")
    staging = "staging" in host.partition(".")[0]
    if live and (not ours or staging or not config.base_url.startswith("https://")):
        return (Fault("/base_url", "a live connection talks to Channex's live hosts over https"),)
    if not live and ours and not staging:
        return (Fault("/base_url", "a test connection must not talk to the live system"),)
    return ()
