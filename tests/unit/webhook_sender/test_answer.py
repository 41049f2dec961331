"""An answer read in any pieces is the same answer, and no bytes at all make the reader fall."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from adapters.webhook_sender.answer import READ_AT_MOST, Answer
from adapters.webhook_sender.excerpt import EXCERPT_BYTES
from adapters.webhook_sender.faults import Failed

Read = tuple[int | None, bool, bool, str, str | None] | str
BODIES = st.binary(max_size=300)
HEADERS = st.lists(
    st.sampled_from(
        [b"retry-after: 5", b"Content-Encoding: identity", b"connection: close", b"date: now"]
    ),
    unique=True,
)
INTERIM = st.sampled_from([b"", b"HTTP/1.1 100 C\r\n\r\n", b"HTTP/1.1 103 E\r\na: b\r\n\r\n"])
AFTER = st.sampled_from([b"", b"HTTP/1.1 500 No\r\n\r\n", b"\x00", b"H"])


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """A valid answer, and sometimes what does not belong behind it."""
    body, headers = draw(BODIES), draw(HEADERS)
    head = draw(INTERIM) + b"HTTP/1.%d %d Words\r\n" % (
        draw(st.integers(0, 1)),
        draw(st.sampled_from([200, 202, 400, 429, 503])),
    )
    head += b"".join(header + b"\r\n" for header in headers)
    if draw(st.booleans()):
        return head + b"content-length: %d\r\n\r\n%b" % (len(body), body) + draw(AFTER)
    size = draw(st.integers(1, 50))
    chunks = [body[at : at + size] for at in range(0, len(body), size)]
    framed = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    trailer = draw(st.sampled_from([b"", b"retry-after: 9\r\n"]))
    return (
        head + b"transfer-encoding: chunked\r\n\r\n" + framed + b"0\r\n" + trailer + b"\r\n"
    ) + draw(AFTER)


def read(answer: Answer, pieces: list[bytes]) -> Read:
    """What the sender sees: it stops listening once the answer is whole."""
    answer.begin()
    try:
        for piece in pieces:
            if answer.feed(piece):
                break
    except Failed as e:
        return e.words
    return (
        answer.status,
        answer.whole,
        answer.keep,
        answer.excerpt(),
        answer.header(b"retry-after"),
    )


def pieces_of(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[a:b] for a, b in pairwise(places)]


@given(answers(), st.lists(st.integers(0, 2000)))
def test_an_answer_is_the_same_in_any_pieces(data: bytes, cuts: list[int]) -> None:
    whole, split = read(Answer(), [data]), read(Answer(), pieces_of(data, cuts))
    assert isinstance(whole, tuple)
    assert isinstance(split, tuple)
    assert whole[1]
    # What comes after the end, in a later piece, comes while nobody listens.
    assert (split[:2], split[3:]) == (whole[:2], whole[3:])
    assert split[2] >= whole[2]


@given(answers())
def test_byte_by_byte_is_the_same_too(data: bytes) -> None:
    whole = read(Answer(), [data])
    split = read(Answer(), [bytes([byte]) for byte in data])
    assert (split[:2], split[3:]) == (whole[:2], whole[3:])


@given(answers(), answers())
def test_a_reader_remembers_nothing_of_the_answer_before(first: bytes, second: bytes) -> None:
    used = Answer()
    before = read(used, [first])
    if isinstance(before, tuple) and before[2]:
        assert read(used, [second]) == read(Answer(), [second])


@given(st.lists(st.binary()), st.sampled_from([b"", b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\n"]))
def test_garbage_is_an_answer_or_a_failure_with_words(garbage: list[bytes], start: bytes) -> None:
    result = read(Answer(), [start, *garbage])
    if isinstance(result, str):
        assert result in ("the answer is not HTTP", "the answer's headers are too large")
    else:
        assert result[0] is not None or not result[1]


@given(st.binary(), st.integers(0, 255))
def test_a_broken_answer_never_raises_anything_else(noise: bytes, at: int) -> None:
    data = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    at %= len(data)
    read(Answer(), [data[:at] + noise + data[at:]])


def test_only_the_beginning_of_a_body_is_kept() -> None:
    answer = Answer()
    answer.feed(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % (READ_AT_MOST * 2))
    while not answer.feed(b"x" * 1000):
        assert answer.fed <= READ_AT_MOST + 2000
    assert (answer.status, answer.keep) == (200, False)
    assert answer.excerpt() == "x" * EXCERPT_BYTES


def test_a_body_of_just_the_most_we_read_is_read_to_its_end() -> None:
    answer = Answer()
    answer.feed(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % READ_AT_MOST)
    assert answer.feed(b"x" * READ_AT_MOST)
    assert answer.keep
