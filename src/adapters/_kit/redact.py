"""What may be said of a request, an answer or an error. Everything not known to be harmless is hidden."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import httpx

HIDDEN = "***"
# An allow-list: every vendor invents its own name for a key, none for these.
SHOWN_HEADERS = frozenset(
    "accept accept-encoding cache-control content-encoding content-length content-type date"
    " retry-after server transfer-encoding user-agent x-request-id".split()
)
_UNSAFE = re.compile(r"[^A-Za-z0-9_.:/+=-]+")
_QUOTED = re.compile(r"'[^']*'?|\"[^\"]*\"?")


def safe_headers(headers: Mapping[str, str] | httpx.Headers) -> dict[str, str]:
    """Every name, and only the values that are on the list of harmless ones."""
    return {k: v if k.lower() in SHOWN_HEADERS else HIDDEN for k, v in headers.items()}


def safe_url(url: httpx.URL | str) -> str:
    """Scheme, host, port and path: no userinfo, query or fragment."""
    u = httpx.URL(url)
    return str(u.copy_with(username="", password="", query=None, fragment=None))


def safe_code(value: object, *, longest: int = 64) -> str | None:
    """A vendor's code or id, stripped of all that is no part of a code; None when nothing is left."""
    return _UNSAFE.sub("_", str(value)[: longest * 2]).strip("_")[:longest] or None


def safe_reason(error: BaseException, *, longest: int = 200) -> str:
    """Why a decoder stopped, without the values it quotes (they may be a guest's name)."""
    return _QUOTED.sub(HIDDEN, f"{type(error).__name__}: {error}")[:longest]


def scrub(text: str, secrets: Iterable[str]) -> str:
    """*text* with each of *secrets* hidden; secrets under 4 characters would hide the text itself."""
    for secret in sorted((s for s in secrets if len(s) >= 4), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text
