"""The bytes we send: once each header, nothing smuggled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.webhook_sender.request import Origin, request, target_of

PLAIN = target_of("http://partner.example/hooks")


def test_a_request_is_these_bytes() -> None:
    target = target_of("https://Partner.Example.:8443/a b?c=d e#f".replace(" ", "%20"))
    sent = request(target, {"Webhook-Id": "evt_1", "x%s": "100%"}, b"{}")
    assert target.origin == Origin(tls=True, host="partner.example", port=8443)
    assert sent == (
        b"POST /a%20b?c=d%20e HTTP/1.1\r\n"
        b"host: partner.example:8443\r\n"
        b"accept-encoding: identity\r\n"
        b"user-agent: Serai-Webhooks\r\n"
        b"Webhook-Id: evt_1\r\n"
        b"x%s: 100%\r\n"
        b"content-length: 2\r\n\r\n{}"
    )


@pytest.mark.parametrize(
    ("url", "origin", "start"),
    [
        ("http://a.example", Origin(False, "a.example", 80), b"POST / HTTP/1.1\r\nhost: a.example\r\n"),
        ("https://a.example:443/", Origin(True, "a.example", 443), b"POST / HTTP/1.1\r\nhost: a.example\r\n"),
        ("https://a.example?x", Origin(True, "a.example", 443), b"POST /?x HTTP/1.1\r\n"),
        ("http://bücher.example/é", Origin(False, "xn--bcher-kva.example", 80), b"POST /%C3%A9 HTTP/1.1\r\nhost: xn--bcher-kva.example\r\n"),
        ("http://[2606:4700::1]:81/", Origin(False, "2606:4700::1", 81), b"POST / HTTP/1.1\r\nhost: [2606:4700::1]:81\r\n"),
    ],
)  # fmt: skip
def test_a_url_leads_there(url: str, origin: Origin, start: bytes) -> None:
    target = target_of(url)
    assert target.origin == origin
    assert target.opening.startswith(start)


def test_the_callers_own_words_replace_ours() -> None:
    sent = request(PLAIN, {"User-Agent": "theirs"}, b"")
    assert sent.lower().count(b"user-agent:") == 1
    assert b"User-Agent: theirs\r\n" in sent


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "inside.example"},
        {"Content-Length": "0"},
        {"transfer-encoding": "chunked"},
        {"Connection": "upgrade"},
        {"Expect": "100-continue"},
        {"a": "1", "A": "2"},
        {"": "x"},
        {"a b": "x"},
        {"a:b": "x"},
        {"a\r\nb": "x"},
        {"a": "x\r\nb: c"},
        {"a": "x\x00"},
        {"a": "é"},
    ],
)
def test_what_would_change_the_message_is_not_written(headers: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        request(PLAIN, headers, b"")


@given(st.dictionaries(st.text(), st.text()), st.binary())
def test_no_header_ends_the_head_or_starts_another(headers: dict[str, str], raw: bytes) -> None:
    try:
        sent = request(PLAIN, headers, raw)
    except ValueError:
        return
    head, _, body = sent.partition(b"\r\n\r\n")
    assert body == raw
    own = 3 + sum(
        name not in {n.lower() for n in headers} for name in ("accept-encoding", "user-agent")
    )
    assert len(head.split(b"\r\n")) == own + len(headers)
