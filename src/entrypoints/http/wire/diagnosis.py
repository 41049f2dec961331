"""What a partner pastes for the signature doctor, and what it is told."""

from __future__ import annotations

import base64
import binascii
import datetime
from collections.abc import Iterator
from typing import Annotated

import msgspec
from msgspec import Meta

from core.application.webhooks.diagnose_signature import BODY_MAX, HEADERS_MAX
from core.domain.problem import Fault, Invalid
from core.domain.webhooks import diagnosis as domain

HeaderName = Annotated[str, Meta(max_length=200)]
HeaderValue = Annotated[str, Meta(max_length=16_384)]
Headers = Annotated[
    dict[HeaderName, HeaderValue | Annotated[tuple[HeaderValue, ...], Meta(max_length=10)]],
    Meta(max_length=HEADERS_MAX),
]
HeaderPairs = Annotated[
    tuple[tuple[HeaderName, HeaderValue], ...],
    Meta(max_length=HEADERS_MAX),
]


class SignatureQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """headers: by name, or as pairs in the order received, which shows doubled ones.

    body: its text; body_base64: its very bytes, which a text may not show. expected: the
    signature that the receiver itself computed, to learn how. at: when it was received, by the
    receiver's clock; left out, now. Nothing of it is stored or logged.
    """

    headers: Headers | HeaderPairs
    body: Annotated[str, Meta(max_length=BODY_MAX)] | None = None
    body_base64: Annotated[str, Meta(max_length=BODY_MAX * 4 // 3 + 4)] | None = None
    expected: Annotated[str, Meta(max_length=1000)] | None = None
    at: Annotated[datetime.datetime, Meta(tz=True)] | None = None

    def wish(self) -> domain.Received:
        """Invalid: not exactly one body, or base64 that is none."""
        return domain.Received(tuple(self._pairs()), self._raw(), self.expected, self.at)

    def _pairs(self) -> Iterator[tuple[str, str]]:
        if not isinstance(self.headers, dict):
            yield from self.headers
            return
        for name, value in self.headers.items():
            yield from ((name, v) for v in ((value,) if isinstance(value, str) else value))

    def _raw(self) -> bytes:
        if (self.body is None) == (self.body_base64 is None):
            raise Invalid(Fault("/body", "give body or body_base64, one of them"))
        if self.body_base64 is None:
            return (self.body or "").encode("utf-8")
        try:
            return base64.b64decode(self.body_base64, validate=True)
        except (ValueError, binascii.Error):
            raise Invalid(Fault("/body_base64", "is not standard base64")) from None


class SignatureFinding(msgspec.Struct, frozen=True):
    """code: stable. words: what was seen. remedy: what to do about it."""

    code: domain.Cause
    words: str
    remedy: str


class SignatureDiagnosis(msgspec.Struct, frozen=True):
    """verifies: a right receiver with this endpoint's secrets takes the message as it stands.

    findings: what to mend first comes first; those that come later often go away with it.
    """

    verifies: bool
    findings: tuple[SignatureFinding, ...]


def diagnosis(of: domain.Diagnosis) -> SignatureDiagnosis:
    found = (SignatureFinding(f.code, f.words, f.remedy) for f in of.findings)
    return SignatureDiagnosis(of.verifies, tuple(found))
