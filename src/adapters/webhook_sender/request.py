"""The bytes of a request. What is the same for every delivery is written once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import msgspec
from yarl import URL

# A body that came packed would have to be unpacked to be shown, and a small one can be huge.
_OWN = {"accept-encoding": "identity", "user-agent": "Serai-Webhooks"}
# What frames the message is ours to say.
_NOT_THEIRS = frozenset({"host", "content-length", "transfer-encoding", "connection", "expect"})
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2


class Origin(NamedTuple):
    """host: as it is looked up and named in TLS, without a trailing dot."""

    tls: bool
    host: str
    port: int


class Target(msgspec.Struct, frozen=True):
    """Where a URL leads, and how a request to it begins."""

    origin: Origin
    opening: bytes


def target_of(url: str) -> Target:
    """ValueError: not a URL that check_url has nothing against."""
    parsed = URL(url)
    host, port = parsed.raw_host, parsed.port
    if not host or port is None:
        raise ValueError("not an absolute URL")
    opening = f"POST {parsed.raw_path_qs} HTTP/1.1\r\nhost: {parsed.host_port_subcomponent}\r\n"
    origin = Origin(parsed.scheme == "https", host.removesuffix("."), port)
    return Target(origin, opening.encode("ascii"))


def request(target: Target, headers: Mapping[str, str], raw: bytes) -> bytes:
    """The whole request. ValueError: a header that cannot be written, or is not the caller's."""
    values = "".join(headers.values())
    if values and not values.isprintable():  # what is not ASCII does not pass the encoding
        raise ValueError("a header holds what cannot be written")
    head = _template(tuple(headers)) % (*headers.values(), len(raw))
    return b"".join((target.opening, head.encode("ascii"), raw))


@lru_cache(maxsize=256)
def _template(names: tuple[str, ...]) -> str:
    """The rest of the head, with a place for each value and for the length."""
    lower = [name.lower() for name in names]
    if len(set(lower)) < len(lower) or _NOT_THEIRS & set(lower):
        raise ValueError("a header is there twice, or is not the caller's to set")
    if not all(_NAME.fullmatch(name) for name in names):
        raise ValueError("a header's name cannot be written")
    own = [f"{name}: {value}\r\n" for name, value in _OWN.items() if name not in lower]
    theirs = [f"{name.replace('%', '%%')}: %s\r\n" for name in names]
    return "".join([*own, *theirs, "content-length: %d\r\n\r\n"])
