"""What an operator enters to connect a Privy account (privy.id)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from adapters._kit.config import PlainAddress, form, need_visible
from core.domain.problem import Fault
from core.domain.tenancy import Environment

WORD = r"^[\x21-\x7e]{1,200}$"


class PrivyidConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One customer of Privy. Its repr shows no secret."""

    base_url: Annotated[
        PlainAddress,
        Meta(
            title="Base address",
            description="Of the General API, as Privy gave it to you; each customer has an own.",
            examples=["https://privy.example"],
            extra_json_schema=form(1),
        ),
    ]
    client_id: Annotated[
        str,
        Meta(
            title="Client ID",
            description="For the access token.",
            examples=["example-client"],
            pattern=WORD,
            extra_json_schema=form(2),
        ),
    ]
    client_secret: Annotated[
        str,
        Meta(
            title="Client secret",
            description="For the access token.",
            examples=["exampleExample"],
            pattern=WORD,
            extra_json_schema=form(3, secret=True),
        ),
    ]
    api_key: Annotated[
        str,
        Meta(
            title="API key",
            description="Stands in the signature of every call.",
            examples=["exampleExample"],
            pattern=r"^[\x21-\x39\x3b-\x7e]{1,200}$",  # no colon: the signature is divided by them
            extra_json_schema=form(4, secret=True),
        ),
    ]
    secret_key: Annotated[
        str,
        Meta(
            title="Secret key",
            description="Signs every call.",
            examples=["exampleExample"],
            pattern=WORD,
            extra_json_schema=form(5, secret=True),
        ),
    ]
    channel_id: Annotated[
        str,
        Meta(
            title="Channel ID",
            description="As Privy gave it to you.",
            examples=["001"],
            pattern=WORD,
            extra_json_schema=form(6),
        ),
    ]
    owner_id: Annotated[
        str,
        Meta(
            title="PrivyID of the owner",
            description="Whose documents they are: the agency's own PrivyID.",
            examples=["EX1234"],
            pattern=WORD,
            extra_json_schema=form(7),
        ),
    ]
    enterprise_token: Annotated[
        str,
        Meta(
            title="Enterprise token",
            description="Of the agency, as Privy gave it to you.",
            examples=["exampleExample"],
            pattern=WORD,
            extra_json_schema=form(8, secret=True),
        ),
    ]
    doc_process: Annotated[
        str,
        Meta(
            title="Document process",
            description="0, 1 or 2 as agreed with Privy; 2 adds an e-meterai.",
            examples=["1"],
            pattern=r"^[012]$",
            extra_json_schema=form(9),
        ),
    ] = "1"
    callback_secret: Annotated[
        str,
        Meta(
            title="Secret of the callback address",
            description="Privy's callbacks are not signed. Make up 24 characters or more, and give"
            " Privy this connection's address with a slash and them behind it. Empty takes none:"
            " agreements are then asked about now and then.",
            examples=["exampleExampleExampleExample"],
            pattern=r"^([A-Za-z0-9_-]{24,100})?$",
            extra_json_schema=form(10, secret=True),
        ),
    ] = ""

    def __post_init__(self) -> None:
        need_visible(self)

    def __repr__(self) -> str:
        return f"PrivyidConfig(base_url={self.base_url!r})"


def check(config: PrivyidConfig, environment: Environment) -> Sequence[Fault]:
    """Faults that the schema cannot say: a live one that is not encrypted on its way."""
    if environment is Environment.LIVE and urlsplit(config.base_url).scheme != "https":
        return [Fault("/base_url", "has to be https in the live environment")]
    return []
