"""Which addresses are public: by example, by class, and by what stands inside another."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.webhook_sender.egress import allow_list, public

PRIVATE_V4 = (
    "0.0.0.0 0.255.255.255 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254"
    " 168.63.129.16 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8 192.0.0.192 192.0.2.1"
    " 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1"
    " 239.255.255.250 240.0.0.1 255.255.255.255"
).split()
PRIVATE_V6 = (
    ":: ::1 ::127.0.0.1 ::ffff:0:127.0.0.1 64:ff9b:1::1 100::1 100:0:0:1::1 2001::1 2001:2::1"
    " 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:808:808:: 3ffe::1 3fff::1 5f00::1"
    " fc00::1 fd00:ec2::254 fe80::1 febf::1 fec0::1 ff02::1 4000::1 fe80::1%1 2606:4700::1111%1"
).split()
PUBLIC = "8.8.8.8 1.1.1.1 100.63.255.255 100.128.0.1 172.32.0.1 192.0.1.1 2606:4700::1111".split()
NOT_ADDRESSES = ["", "localhost", "127.1", "2130706433", "0x7f.0.0.1", "1.2.3.4.5", "08.8.8.8"]

v4 = st.ip_addresses(v=4).map(str)
private_v4 = st.sampled_from(
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12"
    " 192.168.0.0/16 198.18.0.0/15 224.0.0.0/4 240.0.0.0/4".split()
).flatmap(lambda network: st.ip_addresses(network=network))


@pytest.mark.parametrize("ip", PRIVATE_V4 + PRIVATE_V6 + NOT_ADDRESSES)
def test_special_addresses_are_not_public(ip: str) -> None:
    assert not public(ip)


@pytest.mark.parametrize("ip", PUBLIC)
def test_others_are(ip: str) -> None:
    assert public(ip)


@given(st.ip_addresses())
def test_we_never_call_public_what_python_calls_private(ip: ipaddress.IPv4Address) -> None:
    if public(str(ip)) and not str(ip).startswith(("64:ff9b::", "::ffff:")):
        assert ip.is_global
        assert not ip.is_multicast


@given(v4)
def test_a_mapped_address_is_judged_as_what_it_maps(ip: str) -> None:
    assert public(f"::ffff:{ip}") == public(ip)
    assert public(f"64:ff9b::{ip}") == public(ip)


@given(private_v4)
def test_no_disguise_makes_a_private_address_public(ip: ipaddress.IPv4Address) -> None:
    hex4 = f"{int(ip) >> 16:x}:{int(ip) & 0xFFFF:x}"
    for disguise in (f"::{ip}", f"::ffff:{ip}", f"::ffff:0:{ip}", f"64:ff9b::{ip}"):
        assert not public(disguise)
    for disguise in (f"2002:{hex4}::", f"2001:0:{hex4}::", f"64:ff9b:1::{ip}"):
        assert not public(disguise)


def test_an_allow_list_opens_what_it_names_and_nothing_beside_it() -> None:
    allow = allow_list(["127.0.0.0/8", "10.1.0.0/16", "fd00:1::/32"])
    for ip in ("127.0.0.1", "10.1.2.3", "::ffff:10.1.2.3", "fd00:1::5", "8.8.8.8"):
        assert public(ip, allow)
    for ip in ("10.2.0.1", "::1", "64:ff9b::7f00:1", "fd00:2::5", "169.254.169.254", "::127.0.0.1"):
        assert not public(ip, allow)


@pytest.mark.parametrize("cidr", ["10.0.0.1/8", "10.0.0.0/33", "internal", ""])
def test_an_allow_list_that_is_mistyped_is_refused(cidr: str) -> None:
    with pytest.raises(ValueError):
        allow_list([cidr])


SPECIAL = (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12"
    " 192.0.0.0/24 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16"
    " 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
    " ::/96 ::ffff:0:0:0/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/32 2001:2::/48"
    " 2001:10::/28 2001:20::/28 2001:30::/28 2001:db8::/32 2002::/16 2620:4f:8000::/48 3ffe::/16"
    " 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8"
).split()
special = st.sampled_from(SPECIAL).flatmap(lambda network: st.ip_addresses(network=network))
# What Python 3.11 calls global, and no partner is at.
CALLED_GLOBAL = "192.0.0.8 192.88.99.1 192.31.196.1 168.63.129.16 3fff::1 2002:a00:1:: 5f00::1"


@given(special)
def test_no_address_of_a_special_class_is_public_however_it_is_written(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    for written in (str(ip), ip.exploded, ip.compressed.upper(), ip.exploded.upper()):
        assert not public(written), written


@given(st.ip_addresses(v=6), st.text(min_size=1, max_size=5))
def test_an_address_that_names_an_interface_is_never_public(
    ip: ipaddress.IPv6Address, scope: str
) -> None:
    assert not public(f"{ip}%{scope}", allow_list(["::/0"]))


@pytest.mark.parametrize("ip", CALLED_GLOBAL.split())
def test_our_own_list_knows_better_than_pythons(ip: str) -> None:
    assert not public(ip)


@given(private_v4)
def test_a_gateway_gives_no_way_to_networks_that_were_allowed(ip: ipaddress.IPv4Address) -> None:
    """An allow list is of our own network; behind NAT64 the same numbers are another's."""
    everything = allow_list(["10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"])
    assert not public(f"64:ff9b::{ip}", everything)
    assert public(f"::ffff:{ip}", everything) == public(str(ip), everything)
