"""Who may come in: key pairs of the app, consent of the user, tokens of an hour."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from adapters.docusign.simulator.reject import Rejection

CLIENT_ID = "5a0db0c5-0000-4000-8000-000000000001"
USER_ID = "5a0db0c5-0000-4000-8000-000000000002"
ACCOUNT_ID = "5a0db0c5-0000-4000-8000-000000000003"
SCOPES = {"signature", "impersonation"}
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIVES_S = 3600


class Access:
    """consented: the user has let the app act for them. now: unix seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._keys: list[RSAPublicKey] = []
        self._tokens: dict[str, float] = {}
        self.consented = True
        self.signed_in = 0

    def new_keypair(self) -> str:
        """As the app's page does it: the private half is shown once, in PEM."""
        made = generate_private_key(65537, 2048)
        self._keys.append(made.public_key())
        return made.private_bytes(
            Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
        ).decode()

    def forget_tokens(self) -> None:
        self._tokens.clear()

    def token(self, body: bytes, audience: str) -> dict[str, Any]:
        form = dict(parse_qsl(body.decode("utf-8", "replace")))
        if form.get("grant_type") != GRANT:
            raise Rejection(400, "unsupported_grant_type", oauth=True)
        claims = self._claims(form.get("assertion", ""))
        self._check(claims, audience)
        token, self.signed_in = secrets.token_urlsafe(40), self.signed_in + 1
        self._tokens[token] = self._now() + LIVES_S
        return {"access_token": token, "token_type": "Bearer", "expires_in": LIVES_S}

    def authorise(self, header: str) -> None:
        scheme, _, token = header.partition(" ")
        if scheme != "Bearer" or self._tokens.get(token, 0) <= self._now():
            raise Rejection(401, "AUTHORIZATION_INVALID_TOKEN", "The access token is not valid")

    def _claims(self, assertion: str) -> dict[str, Any]:
        parts = assertion.split(".")
        if len(parts) != 3:
            raise Rejection(400, "invalid_grant", "no_valid_keys_or_signatures", oauth=True)
        head, claims, signature = (_unpacked(part) for part in parts)
        if json.loads(head) != {"alg": "RS256", "typ": "JWT"}:
            raise Rejection(400, "invalid_grant", "unsupported algorithm", oauth=True)
        text = f"{parts[0]}.{parts[1]}".encode()
        if not any(_holds(key, signature, text) for key in self._keys):
            raise Rejection(400, "invalid_grant", "no_valid_keys_or_signatures", oauth=True)
        found: dict[str, Any] = json.loads(claims)
        return found

    def _check(self, claims: dict[str, Any], audience: str) -> None:
        issued, ends = claims.get("iat", 0), claims.get("exp", 0)
        if claims.get("iss") != CLIENT_ID:
            raise Rejection(400, "invalid_grant", "issuer_not_found", oauth=True)
        if claims.get("sub") != USER_ID:
            raise Rejection(400, "invalid_grant", "user_not_found", oauth=True)
        if claims.get("aud") != audience:
            raise Rejection(400, "invalid_grant", "invalid audience", oauth=True)
        if not issued - 60 <= self._now() < ends <= issued + LIVES_S:
            raise Rejection(400, "invalid_grant", "expired_grant", oauth=True)
        if set(str(claims.get("scope", "")).split()) != SCOPES:
            raise Rejection(400, "invalid_scope", oauth=True)
        if not self.consented:
            raise Rejection(400, "consent_required", oauth=True)


def _unpacked(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Rejection(400, "invalid_grant", "not base64url", oauth=True) from None


def _holds(key: RSAPublicKey, signature: bytes, text: bytes) -> bool:
    try:
        key.verify(signature, text, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True
