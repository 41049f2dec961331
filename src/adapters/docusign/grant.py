"""The JWT grant (RFC 7523): an assertion signed by us, for a token of an hour."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from adapters.docusign.config import SCOPE, DocusignConfig

LIVES_S = 3600
BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def grant_form(config: DocusignConfig, key: RSAPrivateKey, unix: int) -> bytes:
    claims = {
        "iss": config.client_id,
        "sub": config.user_id,
        "aud": config.audience,
        "iat": unix,
        "exp": unix + LIVES_S,
        "scope": SCOPE,
    }
    signed = f"{_part({'alg': 'RS256', 'typ': 'JWT'})}.{_part(claims)}"
    signature = key.sign(signed.encode(), PKCS1v15(), SHA256())
    form = {"grant_type": BEARER, "assertion": f"{signed}.{_text(signature)}"}
    return urlencode(form).encode()


def _part(value: dict[str, Any]) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
