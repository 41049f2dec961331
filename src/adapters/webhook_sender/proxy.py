"""Which egress proxy webhooks go through, and what it is asked."""

from __future__ import annotations

import base64

import msgspec
from yarl import URL

from core.domain.secret import Secret


class Proxy(msgspec.Struct, frozen=True):
    """credentials: `user:password`."""

    host: str
    port: int
    credentials: Secret | None = None

    @property
    def name(self) -> str:
        """What may be said of it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def request(self, target: str) -> bytes:
        """Asks for a tunnel to *target*, an address and a port."""
        head = f"CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n"
        if self.credentials is not None:
            basic = base64.b64encode(self.credentials.reveal().encode()).decode()
            head += f"proxy-authorization: Basic {basic}\r\n"
        return f"{head}\r\n".encode("ascii")


def proxy_of(url: str) -> Proxy:
    """ValueError, quoting nothing of it: not `http://host:port` or `http://user:password@host:port`."""
    try:
        parsed = URL(url)
        host, port = parsed.raw_host, parsed.explicit_port
    except ValueError:
        host = port = None
    rest = "" if host is None else parsed.raw_path_qs + parsed.raw_fragment
    if not host or not port or parsed.scheme != "http" or rest != "/":
        raise ValueError(
            "write it as http://host:port; a user and password go before the host, with an @ after"
        )
    if parsed.user is None:
        return Proxy(host, port)
    return Proxy(host, port, Secret(f"{parsed.user}:{parsed.password or ''}"))
