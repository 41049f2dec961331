import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.webhook_sender.egress import allow_list, public
from adapters.webhook_sender.request import target_of
from adapters.webhook_sender.url import LONGEST, REFUSED_PORTS, check_url

LOOPBACK = allow_list(["127.0.0.0/8"])
FINE = [
    "https://partner.example/hooks?x=1",
    "http://partner.example:8080",
    "HTTPS://PARTNER.EXAMPLE/",
    "https://bücher.example/",
    "https://8.8.8.8/",
    "https://[2606:4700::1111]:8443/",
    "https://partner.example./",
    "https://partner.example/a@b",
]
LITERALS = [
    "http://127.0.0.1/",
    "http://127.0.0.1./",
    "http://①②⑦.0.0.1/",
    "http://127。0。0。1/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/",
    "http://localhost/",
    "http://LOCALHOST./",
    "http://a.localhost/",
]
ENCODED = [
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://127.1/",
    "http://0177.0.0.1/",
    "http://0/",
    "http://08.8.8.8/",
    "http://134744072/",
    "http://%31%32%37.0.0.1/",
    "http://[::1%25lo]/",
]
ODD = [
    "",
    "partner.example",
    "//partner.example/",
    "ftp://partner.example/",
    "file:///etc/passwd",
    "gopher://partner.example/",
    "javascript:alert(1)",
    "http:partner.example",
    "http://",
    "http:///hooks",
    "http://user@partner.example/",
    "http://user:word@partner.example/",
    "http://@partner.example/",
    "http://partner.example@127.0.0.1/",
    "http://partner.example\\@127.0.0.1/",
    "http://partner.example/a b",
    "http://partner.example/\r\nx: y",
    "http://partner.example:0/",
    "http://partner.example:65536/",
    "http://partner.example:x/",
    "http://[::1/",
    "http://./",
    "http://partner..example/",
    "http://.partner.example/",
    f"http://{'a' * 64}.example/",
    f"http://{'ü' * 60}.example/",
    f"http://{'a.' * 130}example/",
    "https://partner.example/" + "a" * LONGEST,
]


@pytest.mark.parametrize("url", FINE)
def test_nothing_is_said_against_an_ordinary_url(url: str) -> None:
    assert check_url(url) is None


@pytest.mark.parametrize("url", LITERALS + ENCODED + ODD)
def test_what_leads_inside_or_nowhere_is_refused_with_a_reason(url: str) -> None:
    assert check_url(url)


@pytest.mark.parametrize("url", ENCODED + ODD)
def test_an_allow_list_excuses_no_odd_spelling(url: str) -> None:
    assert check_url(url, LOOPBACK)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/x", "http://localhost:8080/"])
def test_a_private_install_may_allow_its_own_networks(url: str) -> None:
    assert check_url(url, LOOPBACK) is None


@pytest.mark.parametrize("port", [25, 22, 6379])
def test_no_mail_or_database_is_spoken_to(port: int) -> None:
    assert port in REFUSED_PORTS
    assert "port" in (check_url(f"https://partner.example:{port}/") or "")


@given(st.ip_addresses(network="10.0.0.0/8"))
def test_every_spelling_of_a_private_address_is_refused(ip: ipaddress.IPv4Address) -> None:
    a, b, c, d = ip.packed
    spellings = (
        f"{ip}",
        f"{int(ip)}",
        f"{int(ip):#x}",
        f"{a:#x}.{b}.{c}.{d}",
        f"0{a:o}.{b}.{c}.{d}",
    )
    for host in (*spellings, f"{a}.{b}.{c * 256 + d}", f"{ip}.", f"[::ffff:{ip}]"):
        assert check_url(f"http://{host}/"), host


@given(st.text(max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    for url in (text, f"http://{text}", f"https://partner.example{text}"):
        assert check_url(url) is None or check_url(url)


WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
DOTS = st.sampled_from([".", "。", "．", "｡"])
OCTET = st.sampled_from(["{}", "{:#x}", "0{:o}", "000{:o}", "{:03d}", "{:#010x}"])
PRIVATE = st.sampled_from(["10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16"])


@given(PRIVATE.flatmap(lambda n: st.ip_addresses(network=n)), st.data())
def test_no_mixture_of_spellings_hides_a_private_address(
    ip: ipaddress.IPv4Address, data: st.DataObject
) -> None:
    parts = [data.draw(OCTET).format(octet) for octet in ip.packed]
    host = parts[0] + "".join(data.draw(DOTS) + part for part in parts[1:])
    if data.draw(st.booleans()):
        host = host.translate(WIDE)
    if data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(host) - 1))
        host = host[:at] + "".join(f"%{b:02x}" for b in host[at].encode()) + host[at + 1 :]
    host += data.draw(st.sampled_from(["", ".", "。"]))
    assert check_url(f"http://{host}/"), host
    assert check_url(f"http://partner.example@{host}/"), host


@given(st.text("0123456789abcdefxX.:[]%@-０１。①é\\/?#", max_size=20))
def test_what_was_judged_is_what_is_dialled(host: str) -> None:
    """Whatever passes is a plain public address, or nothing that any resolver reads as a number."""
    url = f"http://{host}"
    if check_url(url) is not None:
        return
    dialled = target_of(url).origin.host
    try:
        socket.inet_aton(dialled)  # as lenient as a C library gets
    except OSError:
        assert ":" not in dialled or public(dialled)
    else:
        assert public(dialled)


@pytest.mark.parametrize("port", sorted(REFUSED_PORTS))
def test_a_refused_port_is_refused_on_any_host(port: int) -> None:
    for host in ("partner.example", "8.8.8.8", "[2606:4700::1111]"):
        assert f"port {port} " in (check_url(f"http://{host}:{port}/hooks") or "")


@pytest.mark.parametrize("port", [80, 443, 3000, 8000, 8080, 8443, 65535])
def test_the_ports_of_web_servers_are_not(port: int) -> None:
    assert check_url(f"https://partner.example:{port}/") is None
