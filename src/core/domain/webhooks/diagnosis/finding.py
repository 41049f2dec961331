"""What a partner asks the signature doctor, what the doctor knows, and what it answers."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from core.domain.webhooks.partner import SigningSecret


class Cause(enum.StrEnum):
    """Why a message does not verify, or why a receiver computes otherwise.

    In the order of mending: what comes later often goes away with what comes before.
    """

    HEADER_MISSING = "header_missing"
    HEADER_MISNAMED = "header_misnamed"
    HEADER_DOUBLED = "header_doubled"
    ID_WITH_FULL_STOP = "id_with_full_stop"
    ID_NOT_AS_SENT = "id_not_as_sent"
    TIMESTAMP_NOT_SECONDS = "timestamp_not_seconds"
    TOKEN_SEPARATOR = "token_separator"  # noqa: S105
    TOKEN_WITHOUT_VERSION = "token_without_version"  # noqa: S105
    TOKEN_HEX = "token_hex"  # noqa: S105
    TOKEN_BASE64URL = "token_base64url"  # noqa: S105
    TOKEN_MALFORMED = "token_malformed"  # noqa: S105
    ONLY_V1A = "only_v1a"
    NO_V1_TOKEN = "no_v1_token"  # noqa: S105
    BODY_EMPTY = "body_empty"
    BODY_COMPRESSED = "body_compressed"
    BODY_BOM = "body_bom"
    BODY_WHITESPACE = "body_whitespace"
    BODY_CHARSET = "body_charset"
    BODY_QUOTED = "body_quoted"
    BODY_RESERIALISED = "body_reserialised"
    BODY_TRUNCATED = "body_truncated"
    BODY_CHANGED = "body_changed"
    SECRET_EXPIRED = "secret_expired"  # noqa: S105
    SECRET_OF_ANOTHER_ENDPOINT = "secret_of_another_endpoint"  # noqa: S105
    NOT_SIGNED_BY_SERAI = "not_signed_by_serai"
    SIGNATURE_UNEXPLAINED = "signature_unexplained"
    TOO_OLD = "too_old"
    FROM_THE_FUTURE = "from_the_future"
    SECRET_ROTATED = "secret_rotated"  # noqa: S105
    KEY_NOT_DECODED = "key_not_decoded"
    PREFIX_KEPT = "prefix_kept"
    HASH_WRONG = "hash_wrong"
    SIGNED_BODY_ALONE = "signed_body_alone"
    SIGNED_WITHOUT_TIMESTAMP = "signed_without_timestamp"
    SIGNED_WITHOUT_ID = "signed_without_id"
    SEPARATOR_WRONG = "separator_wrong"
    ORDER_WRONG = "order_wrong"
    TIMESTAMP_REWRITTEN = "timestamp_rewritten"
    SIGNED_EMPTY_BODY = "signed_empty_body"
    SIGNED_RESERIALISED = "signed_reserialised"
    SIGNED_OTHER_BYTES = "signed_other_bytes"
    DIGEST_IN_HEX = "digest_in_hex"
    DIGEST_IN_BASE64URL = "digest_in_base64url"
    EXPECTED_RIGHT = "expected_right"
    EXPECTED_UNREADABLE = "expected_unreadable"
    EXPECTED_UNEXPLAINED = "expected_unexplained"


PLACE = {cause: place for place, cause in enumerate(Cause)}


class Finding(msgspec.Struct, frozen=True):
    """words: what was seen, never a secret. remedy: what to do about it."""

    code: Cause
    words: str
    remedy: str


class Diagnosis(msgspec.Struct, frozen=True):
    """verifies: a right receiver with the endpoint's secrets takes the message as it stands.

    findings: what to mend first comes first. A message that verifies may have some too: about
    the receiver's own computation, or about what a stricter receiver would stumble over.
    """

    verifies: bool
    findings: tuple[Finding, ...]


class Received(msgspec.Struct, frozen=True):
    """What a receiver got, as its owner pasted it.

    headers: name and value in the order received, doubled ones twice. expected: the signature
    that the receiver itself computed. at: when it was received, by the receiver's clock.
    """

    headers: tuple[tuple[str, str], ...]
    raw: bytes
    expected: str | None = None
    at: datetime | None = None


class Known(msgspec.Struct, frozen=True):
    """What Serai knows of the endpoint and the message.

    elsewhere: the secrets of the same partner's other endpoints, by endpoint.
    sent: the exact bytes it sends under this webhook-id; None: not at hand.
    """

    secrets: tuple[SigningSecret, ...]
    elsewhere: tuple[tuple[str, tuple[SigningSecret, ...]], ...] = ()
    sent: bytes | None = None
