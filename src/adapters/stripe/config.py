"""What an operator enters to connect a Stripe account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from adapters._kit.config import PlainAddress, form, need_visible
from core.domain.problem import Fault
from core.domain.tenancy import Environment

BASE_URL = "https://api.stripe.com"


class StripeConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One Stripe account in one mode. Its repr shows no secret."""

    api_key: Annotated[
        str,
        Meta(
            title="API key",
            description="Developers → API keys. A restricted key needs write access to"
            " Checkout Sessions and Refunds, and read access to Payment Intents and Balance.",
            examples=["sk_test_exampleExampleExample", "rk_test_exampleExampleExample"],
            pattern=r"^(sk|rk)_(test|live)_[A-Za-z0-9_]{8,240}$",
            extra_json_schema=form(1, secret=True),
        ),
    ]
    webhook_secret: Annotated[
        str,
        Meta(
            title="Webhook signing secret",
            description="Shown once when the webhook endpoint is created. Leave it empty"
            " until this connection's address is registered there: until then every"
            " webhook is rejected.",
            examples=["whsec_exampleExampleExample"],
            pattern=r"^(whsec_[A-Za-z0-9+/=_-]{8,240})?$",
            extra_json_schema=form(2, secret=True),
        ),
    ] = ""
    base_url: Annotated[
        PlainAddress,
        Meta(
            title="Base address",
            description="Another one than Stripe's own is for the sandbox, in test only.",
            examples=[BASE_URL],
            extra_json_schema=form(3),
        ),
    ] = BASE_URL

    def __post_init__(self) -> None:
        need_visible(self)

    @property
    def is_live(self) -> bool:
        return self.api_key.split("_")[1] == "live"

    def __repr__(self) -> str:
        mode = "live" if self.is_live else "test"
        return f"StripeConfig({mode}, base_url={self.base_url!r})"


def check(config: StripeConfig, environment: Environment) -> Sequence[Fault]:
    """Faults that the schema cannot say: a key of the other mode, a sandbox in live."""
    faults = []
    live = environment is Environment.LIVE
    if config.is_live != live:
        mode = "live" if config.is_live else "test"
        faults.append(Fault("/api_key", f"is a {mode} key; this is the {environment} environment"))
    if live and config.base_url != BASE_URL:
        faults.append(Fault("/base_url", f"has to be {BASE_URL} in the live environment"))
    return faults
