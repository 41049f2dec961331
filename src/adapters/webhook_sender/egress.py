"""Where a partner's URL may lead: decided for every socket, whatever the URL said.

The ranges are our own list, from the IANA special-purpose registries for IPv4 and IPv6
(RFC 6890, November 2026), because Python's `ipaddress` calls several of them global.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Allow = tuple[Network, ...]

NOT_PUBLIC_V4 = tuple(
    ipaddress.IPv4Network(n)
    for n in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT, and a cloud's metadata
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's metadata, though the address is a public one
        "169.254.0.0/16",  # link-local, and most clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments, and a cloud's metadata
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relay
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
# Only this much of IPv6 is global unicast. Outside lie loopback, IPv4-compatible and
# -translated, link-local, site-local, unique local (a cloud's metadata too), SRv6, multicast.
GLOBAL_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")
NOT_PUBLIC_V6 = tuple(
    ipaddress.IPv6Network(n)
    for n in (
        "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: carries an IPv4 address of anybody's choice
        "2620:4f:8000::/48",  # AS112
        "3ffe::/16",  # 6bone, given back
        "3fff::/20",  # documentation
    )
)
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Vetoed(OSError):
    """The address is not one we speak to; no packet was sent."""


def allow_list(cidrs: Iterable[str]) -> Allow:
    """ValueError: not a CIDR, or bits set behind the prefix."""
    return tuple(ipaddress.ip_network(cidr) for cidr in cidrs)


def public(ip: str, allow: Allow = ()) -> bool:
    """May we connect to *ip*? allow: networks of a private install that are as good as public.

    An IPv6 address that stands for an IPv4 one is judged as that. What is no address, or
    names an interface (`fe80::1%eth0`), is not public.
    """
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return _in(address, allow) or not _in(address, NOT_PUBLIC_V4)
    if address.scope_id is not None:
        return False
    if address.ipv4_mapped is not None:
        return public(str(address.ipv4_mapped), allow)
    if _in(address, allow):
        return True
    if address in NAT64:  # the gateway's private networks are not those we were allowed
        return public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
    return address in GLOBAL_UNICAST_V6 and not _in(address, NOT_PUBLIC_V6)


def is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def vet(ip: str, allow: Allow = ()) -> None:
    """Vetoed: it is not public."""
    if not public(ip, allow):
        raise Vetoed("not a public address")


def socket_to(ip: str, allow: Allow = ()) -> socket.socket:
    """A socket for *ip*, not yet connected. Vetoed: none is made for what is not public."""
    vet(ip, allow)
    return unvetted_socket(ip)


def unvetted_socket(ip: str) -> socket.socket:
    """For an address that was vetted, or that the operator named."""
    sock = socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET, socket.SOCK_STREAM)
    sock.setblocking(False)
    return sock


def _in(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == n.version and address in n for n in networks)
