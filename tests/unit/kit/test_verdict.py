from __future__ import annotations

import datetime as dt

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters._kit.answer import Answer
from adapters._kit.verdict import Fault, Kind, retry_after, verdict
from ports.errors import (
    BrokenContract,
    Misconfigured,
    NotSupported,
    OutcomeUnknown,
    Refused,
    Unavailable,
)

NOW = dt.datetime(2027, 1, 1, 12, 0, tzinfo=dt.UTC)


def answer(status: int, *, repeatable: bool = True, body: bytes = b"", **headers: str) -> Answer:
    given = httpx.Headers({k.replace("_", "-"): v for k, v in headers.items()})
    return Answer("acme", "book", repeatable, status, given, body, "req-1")


class Wire(msgspec.Struct):
    code: str


def read(a: Answer) -> Fault:
    code = msgspec.json.decode(a.body, type=Wire).code
    return Fault(code, kind=Unavailable if code == "QUOTA" else None)


TABLE: list[tuple[int, Kind | None, Kind | None]] = [  # repeatable, not
    (200, None, None),
    (201, None, None),
    (204, None, None),
    (101, BrokenContract, OutcomeUnknown),
    (302, BrokenContract, OutcomeUnknown),
    (400, Refused, Refused),
    (401, Misconfigured, Misconfigured),
    (403, Misconfigured, Misconfigured),
    (404, Refused, Refused),
    (408, Unavailable, OutcomeUnknown),
    (422, Refused, Refused),
    (429, Unavailable, Unavailable),
    (500, Unavailable, OutcomeUnknown),
    (503, Unavailable, OutcomeUnknown),
    (599, Unavailable, OutcomeUnknown),
    (999, Unavailable, OutcomeUnknown),
]


@pytest.mark.parametrize(("status", "again", "once"), TABLE)
def test_by_status(status: int, again: Kind | None, once: Kind | None) -> None:
    for repeatable, kind in ((True, again), (False, once)):
        error = verdict(answer(status, repeatable=repeatable), now=NOW)
        assert (None if error is None else type(error)) is kind


def test_it_names_the_call_and_the_vendors_code() -> None:
    error = verdict(answer(422, body=b'{"code":"E 42"}'), now=NOW, read_fault=read)
    assert error is not None
    assert str(error) == "acme book [E_42]: HTTP 422"
    assert error.request_id == "req-1"


def test_the_vendors_own_table_stands_above_the_common_one() -> None:
    statuses = {403: Unavailable, 404: NotSupported, 503: Unavailable}
    for status, kind in statuses.items():
        error = verdict(answer(status, repeatable=False), now=NOW, statuses=statuses)
        assert type(error) is kind


def test_the_body_stands_above_every_table() -> None:
    quota = answer(403, body=b'{"code":"QUOTA"}', retry_after="7")
    error = verdict(quota, now=NOW, statuses={403: Misconfigured}, read_fault=read)
    assert isinstance(error, Unavailable)
    assert error.retry_after_s == 7.0


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"code":1}', b"\xff", b"[" * 100_000])
def test_an_error_page_leaves_it_to_the_status(body: bytes) -> None:
    error = verdict(answer(403, body=body), now=NOW, read_fault=read)
    assert type(error) is Misconfigured
    assert error.vendor_code is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("120", 120.0),
        ("1.5", 1.5),
        ("-1", None),
        ("nan", None),
        ("inf", 86_400.0),
        ("1e300", 86_400.0),
        ("soon", None),
        ("", None),
        ("9" * 5_000, None),
        ("Fri, 01 Jan 2027 12:00:30 GMT", 30.0),
        ("Fri, 01 Jan 2027 11:00:00 GMT", 0.0),
        ("Fri, 01 Jan 2027 12:00:30", 30.0),
        ("Fri, 01 Jan 2399 12:00:30 GMT", 86_400.0),
        ("Fri, 99 Jan 2027 12:00:30 GMT", None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, now=NOW) == seconds


@given(st.text(max_size=80))
def test_no_retry_after_is_too_hostile(value: str) -> None:
    seconds = retry_after(value, now=NOW)
    assert seconds is None or 0.0 <= seconds <= 86_400.0
