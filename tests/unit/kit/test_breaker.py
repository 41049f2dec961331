from __future__ import annotations

import pytest

from adapters._kit.breaker import Breaker, Permit
from tests.unit.kit.clock import SetClock


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def breaker(clock: SetClock) -> Breaker:
    return Breaker(clock, threshold=3, rest_s=10.0)


def granted(breaker: Breaker) -> Permit:
    permit = breaker.ask()
    assert isinstance(permit, Permit)
    return permit


def trip(breaker: Breaker) -> None:
    for _ in range(3):
        granted(breaker).settle(answered=False)


def test_it_opens_after_failures_in_a_row_only(breaker: Breaker) -> None:
    for answered in (False, False, True, False, False):
        granted(breaker).settle(answered=answered)
    assert not breaker.is_open
    granted(breaker).settle(answered=False)
    assert breaker.is_open


def test_open_it_says_how_long(breaker: Breaker, clock: SetClock) -> None:
    trip(breaker)
    assert breaker.ask() == 10.0
    clock.at = 9.0
    assert breaker.ask() == 1.0


def test_after_its_rest_one_probe_goes_through_and_closes_it(
    breaker: Breaker, clock: SetClock
) -> None:
    trip(breaker)
    clock.at = 10.0
    probe = granted(breaker)
    assert breaker.ask() == 10.0
    probe.settle(answered=True)
    assert not breaker.is_open
    granted(breaker)


def test_a_probe_that_fails_starts_the_rest_again(breaker: Breaker, clock: SetClock) -> None:
    trip(breaker)
    clock.at = 10.0
    granted(breaker).settle(answered=False)
    assert breaker.ask() == 10.0


def test_a_probe_given_up_leaves_room_for_another(breaker: Breaker, clock: SetClock) -> None:
    trip(breaker)
    clock.at = 10.0
    granted(breaker).abandoned()
    granted(breaker)


def test_a_straggler_neither_closes_nor_prolongs(breaker: Breaker, clock: SetClock) -> None:
    good, bad = granted(breaker), granted(breaker)
    trip(breaker)
    clock.at = 5.0
    good.settle(answered=True)
    bad.settle(answered=False)
    assert breaker.ask() == 5.0


def test_a_permit_counts_once(breaker: Breaker) -> None:
    permit = granted(breaker)
    for _ in range(5):
        permit.settle(answered=False)
    assert not breaker.is_open
