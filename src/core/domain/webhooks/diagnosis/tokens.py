"""The tokens of webhook-signature: `v1,` and 44 characters of standard base64, between spaces."""

from __future__ import annotations

import base64
import binascii
import re

import msgspec

from core.domain.webhooks.diagnosis.finding import Cause, Finding
from core.domain.webhooks.diagnosis.headers import quoted

_STRICT = re.compile(r"v1,([A-Za-z0-9+/]{43}=)")
_HEX = re.compile(r"(?:[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{128})")
_LOOSE = re.compile(
    r"(?:(?<![A-Za-z0-9+/_-])(?P<version>v[0-9]{1,3}a?|sha[0-9]{1,3}))?(?P<joint>[,=:\s]{0,3})"
    r"(?P<digest>[A-Za-z0-9+/_-]{20,}={0,2})"
)
_SIZES = (20, 32, 64)  # SHA-1, SHA-256, SHA-512
_REMEDY = (
    "Serai sends `v1,` and standard base64, several tokens with a space between them: "
    "hand webhook-signature to the verifying code as it came."
)


class Tokens(msgspec.Struct):
    """strict: digests of v1 tokens that are as they should be. loose: those that can be guessed
    from what is not. findings: what is wrong with these."""

    strict: list[bytes]
    loose: list[bytes]
    findings: list[Finding]


def tokens(header: str) -> Tokens:
    strict, odd, others = [], [], []
    for part in header.split():
        if whole := _STRICT.fullmatch(part):
            strict.append(base64.b64decode(whole.group(1)))
        elif re.match(r"v[0-9]+a?,", part) and not part.startswith("v1,"):
            others.append(part.partition(",")[0])
        else:
            odd.append(part)
    loose, findings = _odd(" ".join(odd))
    if not strict and not loose:
        findings.append(_none(others))
    return Tokens(strict, loose, findings)


_BY_KEY_SET = (
    "Verify v1a with the public keys of the endpoint's key_set, or have the endpoint signed by v1 "
    "or both."
)
V1A_FITS = Finding(
    Cause.ONLY_V1A, "Its v1a signature fits a key of the agency's key set.", _BY_KEY_SET
)
V1A_DOES_NOT_FIT = Finding(
    Cause.ONLY_V1A,
    "Every token is of version v1a (ed25519), and none fits a key of the agency's key set: the "
    "id, the timestamp or the body is not as it was signed.",
    "Paste all three headers and the body of one and the same request, the body as bytes.",
)


def _none(others: list[str]) -> Finding:
    if others and set(others) == {"v1a"}:
        return Finding(
            Cause.ONLY_V1A,
            "Every token is of version v1a (ed25519), which no secret verifies.",
            _BY_KEY_SET,
        )
    return Finding(Cause.NO_V1_TOKEN, "webhook-signature holds no token of version v1.", _REMEDY)


def _odd(text: str) -> tuple[list[bytes], list[Finding]]:
    """What can be made of tokens that are not as they should be."""
    found: list[bytes] = []
    causes: dict[Cause, str] = {}
    for match in _LOOSE.finditer(text):
        version, joint, written = match.group("version", "joint", "digest")
        digest = digest_of(written)
        if version not in (None, "v1", "sha256") or digest is None:
            continue
        found.append(digest)
        causes |= _faults(version, joint, written)
    if text and not found:
        causes[Cause.TOKEN_MALFORMED] = f"{quoted(text)} in webhook-signature is no token."
    return found, [Finding(cause, words, _REMEDY) for cause, words in causes.items()]


def _faults(version: str | None, joint: str, written: str) -> dict[Cause, str]:
    causes: dict[Cause, str] = {}
    if version != "v1":
        causes[Cause.TOKEN_WITHOUT_VERSION] = "A token does not begin with its version, `v1,`."
    elif joint != ",":
        causes[Cause.TOKEN_SEPARATOR] = "A token has no single comma after its version."
    if _HEX.fullmatch(written):
        causes[Cause.TOKEN_HEX] = "A token is written in hex instead of base64."
    elif not re.fullmatch(r"[A-Za-z0-9+/]{43}=", written):
        causes[Cause.TOKEN_BASE64URL] = (
            "A token is not in standard base64: it has - or _, or lacks the = at its end."
        )
    if not causes:
        causes[Cause.TOKEN_SEPARATOR] = "The tokens have something else than spaces between them."
    return causes


def digest_of(written: str) -> bytes | None:
    """The digest that a text stands for, in hex or any base64. None: it is no digest."""
    try:
        if _HEX.fullmatch(written):
            return bytes.fromhex(written)
        plain = written.rstrip("=").translate(str.maketrans("-_", "+/"))
        digest = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (ValueError, binascii.Error):
        return None
    return digest if len(digest) in _SIZES else None


def digests_in(text: str) -> list[str]:
    """Every text in *text* that stands for a digest, with or without a version before it."""
    return [m["digest"] for m in _LOOSE.finditer(text) if digest_of(m["digest"]) is not None]
