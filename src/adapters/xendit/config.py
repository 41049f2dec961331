"""What an operator enters to connect a Xendit account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from adapters._kit.config import PlainAddress, form, need_visible
from core.domain.problem import Fault
from core.domain.tenancy import Environment

BASE_URL = "https://api.xendit.co"


class XenditConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One Xendit account in one mode. Its repr shows no secret."""

    secret_key: Annotated[
        str,
        Meta(
            title="Secret API key",
            description="Settings → API keys. It needs write access to Money-in products, and"
            " read access to Transactions.",
            examples=["xnd_development_exampleExampleExample"],
            pattern=r"^xnd_(development|production)_[A-Za-z0-9+/=_-]{8,240}$",
            extra_json_schema=form(1, secret=True),
        ),
    ]
    callback_token: Annotated[
        str,
        Meta(
            title="Webhook verification token",
            description="Settings → Webhooks. Until it is entered every callback is rejected.",
            examples=["exampleExampleExampleExample"],
            pattern=r"^([A-Za-z0-9+/=_-]{8,240})?$",
            extra_json_schema=form(2, secret=True),
        ),
    ] = ""
    business_id: Annotated[
        str,
        Meta(
            title="Business id",
            description="Settings → Business. Callbacks and answers that name another business"
            " are refused. Empty: it is not checked.",
            examples=["5f27a14a9bf05c73dd040bc8"],
            pattern=r"^[A-Za-z0-9-]{0,60}$",
            extra_json_schema=form(3),
        ),
    ] = ""
    base_url: Annotated[
        PlainAddress,
        Meta(
            title="Base address",
            description="Another one than Xendit's own is for the sandbox, in test only.",
            examples=[BASE_URL],
            extra_json_schema=form(4),
        ),
    ] = BASE_URL

    def __post_init__(self) -> None:
        need_visible(self)

    @property
    def is_live(self) -> bool:
        return self.secret_key.startswith("xnd_production_")

    def __repr__(self) -> str:
        mode = "live" if self.is_live else "test"
        return f"XenditConfig({mode}, business_id={self.business_id!r}, base_url={self.base_url!r})"


def check(config: XenditConfig, environment: Environment) -> Sequence[Fault]:
    """Faults that the schema cannot say: a key of the other mode, a sandbox in live."""
    faults = []
    live = environment is Environment.LIVE
    if config.is_live != live:
        mode = "production" if config.is_live else "development"
        message = f"is a {mode} key; this is the {environment} environment"
        faults.append(Fault("/secret_key", message))
    if live and config.base_url != BASE_URL:
        faults.append(Fault("/base_url", f"has to be {BASE_URL} in the live environment"))
    return faults
