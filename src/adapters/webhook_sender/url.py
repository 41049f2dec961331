"""What can be said against a partner's URL before anything is looked up."""

from __future__ import annotations

import ipaddress
import re

from yarl import URL

from adapters.webhook_sender.egress import Allow, public

LONGEST = 2000
WHERE = "; others are reached only where the hub's operator names them (SERAI_EGRESS_ALLOW)"
# Services that would take lines of a body for commands: partners choose part of what we send.
# What browsers refuse for the same reason (Fetch Standard, "bad port", 2026) ...
_BAD_PORTS = frozenset(
    {1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95}
    | {101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179}
    | {389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601}
    | {636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566}
    | {6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080}
)
# ... and mail, shared files, databases, caches and printers that it does not name.
REFUSED_PORTS = _BAD_PORTS | {445, 2525, 1433, 1521, 3306, 5432, 6379, 9100, 11211, 27017}
# How C libraries, and so resolvers, read a host as a number: 2130706433, 0x7f.1, 0177.0.0.1.
_NUMERIC = re.compile(r"(?:.*\.)?(?:\d+|0x[0-9a-f]*)", re.IGNORECASE)
_LOCAL = re.compile(r"(?:.*\.)?localhost", re.IGNORECASE)


def check_url(url: str, allow: Allow = ()) -> str | None:
    """Why we would not send to *url*, in words for its owner; None: nothing against it.

    Pure, and only the first of two: what a name resolves to is judged for every socket.
    """
    if len(url) > LONGEST:
        return f"it is longer than {LONGEST} characters"
    if any(c.isspace() or not c.isprintable() or c == "\\" for c in url):
        return "it holds a space, a backslash or a character that does not print"
    authority = re.split(r"[/?#]", url.partition("://")[2], maxsplit=1)[0]
    if "@" in authority:
        return "it holds a user or a password"
    if "%" in authority:
        return "its host is not written plainly"
    try:
        parsed = URL(url)
        port = parsed.explicit_port
    except ValueError:
        return "it is not a URL"
    if parsed.scheme not in ("http", "https"):
        return "its scheme is neither https nor http"
    return _port(port) or _host(parsed.raw_host or "", allow)


def _port(port: int | None) -> str | None:
    if port == 0:
        return "port 0 is no port"
    return f"port {port} belongs to another kind of service" if port in REFUSED_PORTS else None


def _host(host: str, allow: Allow) -> str | None:
    name = host.removesuffix(".")
    if not name:
        return "it names no host"
    if ":" in name or _NUMERIC.fullmatch(name):
        return _literal(name, allow)
    if not _named_well(name):
        return "its host is not a name that can be looked up"
    if _LOCAL.fullmatch(name) and not (public("127.0.0.1", allow) or public("::1", allow)):
        return f"its host is not a public one{WHERE}"
    return None


def _named_well(name: str) -> bool:
    """RFC 1035: labels of 1 to 63 octets, 253 in all, counted as they go over the wire."""
    labels = name.split(".")
    return len(name) <= 253 and all(1 <= len(label) <= 63 for label in labels)


def _literal(name: str, allow: Allow) -> str | None:
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return "its host is a number that is not a plain IP address"
    return None if public(str(address), allow) else f"its address is not a public one{WHERE}"
