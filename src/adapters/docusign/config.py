"""What an operator enters to connect a DocuSign account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from msgspec import Meta

from adapters._kit.config import PlainAddress, form, need_visible
from core.domain.problem import Fault
from core.domain.tenancy import Environment

DEMO, LIVE = "https://account-d.docusign.com", "https://account.docusign.com"
_GUID = r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
SCOPE = "signature impersonation"


class DocusignConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One DocuSign account, used on behalf of one of its users. Its repr shows no secret."""

    client_id: Annotated[
        str,
        Meta(
            title="Integration key",
            description="Settings → Apps and Keys → your app. It is not secret.",
            examples=["00000000-0000-4000-8000-000000000001"],
            pattern=_GUID,
            extra_json_schema=form(1),
        ),
    ]
    user_id: Annotated[
        str,
        Meta(
            title="User ID",
            description="Of the user in whose name agreements are sent: Apps and Keys → User ID.",
            examples=["00000000-0000-4000-8000-000000000002"],
            pattern=_GUID,
            extra_json_schema=form(2),
        ),
    ]
    private_key: Annotated[
        str,
        Meta(
            title="RSA private key",
            description="Generate RSA in the app's page, and paste the whole private key, from"
            " BEGIN to END. Line breaks may be written as \\n.",
            examples=["-----BEGIN RSA PRIVATE KEY-----\\n…"],
            min_length=100,
            max_length=10_000,
            extra_json_schema=form(3, secret=True),
        ),
    ]
    account_id: Annotated[
        str,
        Meta(
            title="Account ID",
            description="The API account ID. Empty takes the user's default account.",
            examples=["00000000-0000-4000-8000-000000000003"],
            pattern=rf"^({_GUID[1:-1]})?$",
            extra_json_schema=form(4),
        ),
    ] = ""
    connect_key: Annotated[
        str,
        Meta(
            title="Connect key",
            description="Settings → Connect → Connect Keys: add a secret key. Until it is"
            " entered here every message of DocuSign's is rejected, and agreements are only"
            " asked about now and then.",
            examples=["exampleExampleExampleExample"],
            pattern=r"^[\x21-\x7e]{0,500}$",
            extra_json_schema=form(5, secret=True),
        ),
    ] = ""
    redirect_uri: Annotated[
        str,
        Meta(
            title="Redirect URI",
            description="One of those that the app lists; it is only where the browser lands"
            " after consent was given.",
            examples=["https://www.docusign.com"],
            pattern=r"^https?://[\x21-\x7e]{1,200}$",
            extra_json_schema=form(6),
        ),
    ] = "https://www.docusign.com"
    base_url: Annotated[
        PlainAddress,
        Meta(
            title="Sign-in address",
            description=f"{DEMO} for test, {LIVE} for live; another one is for the sandbox.",
            examples=[DEMO, LIVE],
            extra_json_schema=form(7),
        ),
    ] = DEMO

    def __post_init__(self) -> None:
        need_visible(self, but="private_key")

    @property
    def audience(self) -> str:
        """The sign-in host without its scheme, as the grant names it."""
        return self.base_url.partition("://")[2]

    @property
    def is_theirs(self) -> bool:
        return self.base_url in (DEMO, LIVE)

    @property
    def consent_url(self) -> str:
        """Where the user lets the app act for them, once."""
        asked = {
            "response_type": "code",
            "scope": SCOPE,
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
        }
        return f"{self.base_url}/oauth/auth?{urlencode(asked)}"

    def rsa_key(self) -> RSAPrivateKey:
        """ValueError: it is none. Nothing of it is repeated."""
        pem = self.private_key.replace("\\n", "\n").strip().encode()
        try:
            found = load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
        except (ValueError, TypeError):
            found = None
        if not isinstance(found, RSAPrivateKey) or found.key_size < 2048:
            raise ValueError("is no RSA private key in PEM of 2048 bits or more")
        return found

    def __repr__(self) -> str:
        return f"DocusignConfig(base_url={self.base_url!r})"


def check(config: DocusignConfig, environment: Environment) -> Sequence[Fault]:
    """Faults that the schema cannot say: no RSA key, the address of the other environment."""
    faults = []
    try:
        config.rsa_key()
    except ValueError as e:
        faults.append(Fault("/private_key", str(e)))
    live = environment is Environment.LIVE
    if live and config.base_url != LIVE:
        faults.append(Fault("/base_url", f"has to be {LIVE} in the live environment"))
    if not live and config.base_url == LIVE:
        faults.append(Fault("/base_url", f"has to be {DEMO} in the test environment"))
    return faults
