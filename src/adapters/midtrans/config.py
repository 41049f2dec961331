"""What an operator enters to connect a Midtrans account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from adapters._kit.config import WEB, form, need_visible
from core.domain.problem import Fault
from core.domain.tenancy import Environment

SANDBOX = ("https://app.sandbox.midtrans.com", "https://api.sandbox.midtrans.com")
LIVE = ("https://app.midtrans.com", "https://api.midtrans.com")


class MidtransConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One Midtrans account in one mode. Its repr shows no secret."""

    server_key: Annotated[
        str,
        Meta(
            title="Server key",
            description="Settings → Access keys. It also signs the notifications, so they"
            " need no secret of their own.",
            examples=["SB-Mid-server-exampleExampleExample"],
            pattern=r"^(SB-)?Mid-server-[A-Za-z0-9_-]{8,200}$",
            extra_json_schema=form(1, secret=True),
        ),
    ]
    merchant_id: Annotated[
        str,
        Meta(
            title="Merchant id",
            description="Settings → Access keys. Messages and answers that name another"
            " merchant are refused. Empty: it is not checked.",
            examples=["G000000001"],
            pattern=r"^[A-Za-z0-9]{0,40}$",
            extra_json_schema=form(2),
        ),
    ] = ""
    notification_url: Annotated[
        str,
        Meta(
            title="Notification address",
            description="This connection's inbound address. With it each checkout asks"
            " Midtrans to notify here, whatever its dashboard says. Empty: set it in the"
            " dashboard, Settings → Payment → Notification URL.",
            examples=["https://hub.example.com/in/con_06f3m8sj4n2v8c6k1t5z0q9wye"],
            pattern=rf"^({WEB})?$",
            extra_json_schema=form(3),
        ),
    ] = ""
    base_url: Annotated[
        str,
        Meta(
            title="Base address",
            description="Empty: Midtrans' own, as the key says. Another one is for the"
            " sandbox of this hub, in test only.",
            examples=["http://127.0.0.1:8701/midtrans"],
            pattern=rf"^({WEB})?$",
            extra_json_schema=form(4),
        ),
    ] = ""

    def __post_init__(self) -> None:
        need_visible(self)

    @property
    def is_live(self) -> bool:
        return not self.server_key.startswith("SB-")

    @property
    def hosts(self) -> tuple[str, str]:
        """Where Snap is, and where the Core API is."""
        if self.base_url:
            return self.base_url, self.base_url
        return LIVE if self.is_live else SANDBOX

    def __repr__(self) -> str:
        mode = "live" if self.is_live else "test"
        return f"MidtransConfig({mode}, merchant_id={self.merchant_id!r}, hosts={self.hosts!r})"


def check(config: MidtransConfig, environment: Environment) -> Sequence[Fault]:
    """Faults that the schema cannot say: a key of the other mode, a sandbox in live."""
    faults = []
    live = environment is Environment.LIVE
    if config.is_live != live:
        mode = "live" if config.is_live else "sandbox"
        message = f"is a {mode} key; this is the {environment} environment"
        faults.append(Fault("/server_key", message))
    if live and config.base_url:
        faults.append(Fault("/base_url", "has to be empty in the live environment"))
    if live and config.notification_url.startswith("http:"):
        faults.append(Fault("/notification_url", "has to be https in the live environment"))
    return faults
