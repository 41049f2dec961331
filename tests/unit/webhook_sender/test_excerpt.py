"""What is kept of an answer's head and body: little, readable, and nothing that opens a door."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.webhook_sender.answer import Answer
from adapters.webhook_sender.excerpt import EXCERPT_BYTES, of_body, of_head

CARD = "4111 1111 1111 1111"
TEXT = st.text() | st.text(st.sampled_from("0123456789 -\n\x00\u200b4é"))
NAMES = st.sampled_from(["server", "X-Id", "link", "location", "n" * 90])


def test_a_head_is_shown_a_field_a_line_by_lower_case_names() -> None:
    fields = [(b"Server", b"nginx"), (b"X-Rate", b"9; w=60"), (b"x-rate", b"8")]
    assert of_head(fields) == "server: nginx\nx-rate: 9; w=60\nx-rate: 8"
    assert of_head([]) == ""


@pytest.mark.parametrize(
    "name",
    "set-cookie Cookie Authorization WWW-Authenticate Proxy-Authenticate proxy-status x-api-key"
    " X-Auth-Token x-csrf x-session-id client-secret x-amz-signature X-Password".split(),
)
def test_a_value_that_is_secret_by_its_name_is_hidden(name: str) -> None:
    fields = [(b"server", b"a"), (name.encode(), b"obviously-invented"), (b"date", b"now")]
    assert of_head(fields) == f"server: a\n{name.lower()}: •••\ndate: now"


def test_a_name_too_long_to_be_judged_hides_its_value() -> None:
    assert of_head([(b"x" * 70 + b"-token", b"obviously-invented")]) == "x" * 64 + ": •••"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("https://a.example/b", "https://a.example/b"),
        ("https://u:word@a.example/b?sig=word#word", "https://•••a.example/b?•••"),
        ('<https://a.example/?page=word>; rel="next"', '<https://a.example/?•••>; rel="next"'),
    ],
)
def test_a_link_keeps_its_place_and_loses_what_may_open_it(value: str, shown: str) -> None:
    assert of_head([(b"location", value.encode())]) == f"location: {shown}"


def test_cards_are_masked_and_controls_dropped_in_a_head() -> None:
    shown = of_head([(b"x-card", CARD.encode()), (b"x", b"a\x00\x1b[31m\x9b\xff\tb")])
    assert shown == "x-card: **** **** **** 1111\nx: a[31m\ufffd\ufffd\tb"


def test_a_control_character_hides_no_card() -> None:
    assert of_body(b"4111\x00 1111 11\x7f11 1111") == "**** **** **** 1111"


def test_a_card_at_the_end_of_the_excerpt_is_masked() -> None:
    for before in range(EXCERPT_BYTES - 25, EXCERPT_BYTES):
        shown = of_body(b"x" * before + b" " + CARD.encode() + b" y" * 2000)
        assert "411" not in shown
        assert len(shown) == EXCERPT_BYTES


@given(st.binary(max_size=6000) | TEXT.map(str.encode))
def test_whatever_came_is_shown_short_and_printable(raw: bytes) -> None:
    shown = of_body(raw)
    assert len(shown.encode()) <= EXCERPT_BYTES
    assert all(c.isprintable() or c in "\n\t" for c in shown)
    assert raw.startswith(b"\r") or shown == of_body(shown.encode())


@given(TEXT, TEXT)
def test_no_text_around_a_card_lets_it_through(before: str, after: str) -> None:
    shown = of_body(f"{before[:900]}x {CARD} x{after}".encode())
    assert "4111 1111 1111 1111" not in shown


@given(st.lists(st.tuples(NAMES, st.binary(max_size=2000)), max_size=40))
def test_any_head_is_shown_short_and_printable(fields: list[tuple[str, bytes]]) -> None:
    shown = of_head([(name.encode(), value) for name, value in fields])
    assert len(shown.encode()) <= EXCERPT_BYTES
    assert all(c.isprintable() or c in "\n\t" for c in shown)


def test_only_the_final_head_is_shown_and_no_trailer() -> None:
    answer = Answer()
    answer.feed(b"HTTP/1.1 103 Early\r\nlink: early\r\n\r\n")
    answer.feed(b"HTTP/1.1 200 OK\r\nA: b\r\ntransfer-encoding: chunked\r\n\r\n")
    assert answer.feed(b"0\r\ntrailing: c\r\n\r\n")
    assert answer.headers() == "a: b\ntransfer-encoding: chunked"
    answer.begin()
    assert answer.headers() == ""
