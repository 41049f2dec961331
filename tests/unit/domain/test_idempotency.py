from datetime import timedelta

import pytest

from core.domain.idempotency import (
    IN_FLIGHT_S,
    Answer,
    InFlight,
    KeyRecord,
    OtherBody,
    Replay,
    Resume,
    decide,
    fingerprint,
)
from tests.unit.domain.given import NOW

PRINT = fingerprint("POST", "/v1/bookings", b"{}")
ANSWER = Answer(201, b"{}")
DEAD = NOW + timedelta(seconds=IN_FLIGHT_S)


@pytest.mark.parametrize(
    ("method", "path", "raw"),
    [
        ("PUT", "/v1/bookings", b"{}"),
        ("POST", "/v1/payments", b"{}"),
        ("POST", "/v1/bookings", b"{ }"),
        ("POST", "/v1/bookings\n", b"{}"),
        ("POST /v1", "/bookings", b"{}"),
    ],
)
def test_another_request_has_another_fingerprint(method: str, path: str, raw: bytes) -> None:
    assert fingerprint(method, path, raw) != PRINT


def test_what_becomes_of_a_key_that_is_used_again() -> None:
    fresh = KeyRecord("k", PRINT, NOW)
    left = KeyRecord("k", PRINT, NOW, resource="bkg_1")
    done = KeyRecord("k", PRINT, NOW, resource="bkg_1", answer=ANSWER)
    assert decide(fresh, PRINT, NOW) == InFlight(1)
    assert decide(left, PRINT, DEAD - timedelta(microseconds=1)) == InFlight(1)
    assert decide(fresh, PRINT, DEAD) == Resume(None)
    assert decide(left, PRINT, DEAD) == Resume("bkg_1")
    assert decide(done, PRINT, NOW) == decide(done, PRINT, DEAD) == Replay(ANSWER)


@pytest.mark.parametrize("answer", [None, ANSWER])
@pytest.mark.parametrize("now", [NOW, DEAD])
def test_another_body_is_told_apart_before_anything_else(
    answer: Answer | None, now: object
) -> None:
    record = KeyRecord("k", PRINT, NOW, answer=answer)
    assert decide(record, "another", now) == OtherBody()  # type: ignore[arg-type]
