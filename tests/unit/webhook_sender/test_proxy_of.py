import pytest

from adapters.webhook_sender.proxy import proxy_of

WORD = "obviously-invented"


@pytest.mark.parametrize(
    ("url", "name", "asks"),
    [
        ("http://proxy.example:3128", "proxy.example:3128", b""),
        ("http://10.0.0.1:3128/", "10.0.0.1:3128", b""),
        ("http://[fd00::1]:3128", "[fd00::1]:3128", b""),
        ("http://hub:a%40b@proxy.example:1", "proxy.example:1", b"proxy-authorization: Basic aHViOmFAYg==\r\n"),
        ("http://hub@proxy.example:1", "proxy.example:1", b"proxy-authorization: Basic aHViOg==\r\n"),
    ],
)  # fmt: skip
def test_a_proxy_has_a_name_that_may_be_said_and_asks_for_an_address(
    url: str, name: str, asks: bytes
) -> None:
    proxy = proxy_of(url)
    assert proxy.name == name
    target = "203.0.113.7:443"
    head = f"CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n".encode()
    assert proxy.request(target) == head + asks + b"\r\n"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "proxy.example:3128",
        f"hub:{WORD}@proxy.example:3128",
        "http://proxy.example",
        "http://proxy.example:0",
        f"http://hub:{WORD}@:3128",
        f"http://hub:{WORD}@proxy.example:99999",
        f"https://hub:{WORD}@proxy.example:3128",
        f"socks5://hub:{WORD}@proxy.example:1080",
        f"http://hub:{WORD}@proxy.example:3128/path",
        f"http://hub:{WORD}@proxy.example:3128/?a=b",
        f"http://hub:{WORD}@proxy.example:3128/#a",
    ],
)
def test_what_is_no_proxy_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(ValueError, match="write it as http://host:port") as caught:
        proxy_of(url)
    assert WORD not in str(caught.value)
    assert caught.value.__cause__ is None
