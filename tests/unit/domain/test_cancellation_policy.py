"""Steps are instants; what they are in the property's own time is the adapter's to say."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.bookings.terms import CancellationPolicy, CancellationStep
from tests.unit.domain.given import NOW, SAR, a_policy, modest, sar

ZONES = ["Asia/Riyadh", "Asia/Jakarta", "Europe/Madrid", "America/New_York", "Pacific/Apia", "UTC"]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    "midnight", [(2026, 10, 25), (2026, 3, 29), (2026, 11, 1), (2026, 3, 8), (2027, 1, 10)]
)
def test_the_fee_begins_at_local_midnight_to_the_second(
    zone: str, midnight: tuple[int, int, int]
) -> None:
    starts = datetime(*midnight, tzinfo=ZoneInfo(zone))
    policy = CancellationPolicy((CancellationStep(starts, sar(500)),))
    instant = starts.astimezone(UTC)
    assert policy.fee_at(instant - timedelta(seconds=1), SAR) == sar(0)
    assert policy.fee_at(instant, SAR) == sar(500)
    for other in ZONES:
        assert policy.fee_at(instant.astimezone(ZoneInfo(other)), SAR) == sar(500)


def test_in_the_hour_that_comes_twice_the_second_one_is_later() -> None:
    madrid = ZoneInfo("Europe/Madrid")
    twice = datetime(2026, 10, 25, 2, 30, tzinfo=madrid)
    policy = CancellationPolicy((CancellationStep(twice.replace(fold=1).astimezone(UTC), sar(7)),))
    assert policy.fee_at(twice.replace(fold=0).astimezone(UTC), SAR) == sar(0)
    assert policy.fee_at(twice.replace(fold=1).astimezone(UTC), SAR) == sar(7)


steps = st.lists(st.tuples(st.integers(-1000, 1000), st.integers(0, 10**6)), max_size=5)


@modest
@given(steps, st.integers(-1100, 1100))
def test_the_last_step_begun_decides(raw: list[tuple[int, int]], at: int) -> None:
    ordered = sorted(raw, key=lambda s: s[0])
    policy = a_policy(*((timedelta(hours=h), fee) for h, fee in ordered))
    begun = [fee for hour, fee in ordered if hour <= at]
    assert policy.fee_at(NOW + timedelta(hours=at), SAR) == sar(begun[-1] if begun else 0)
    costs = [hour for hour, fee in ordered if fee > 0]
    free_until = NOW + timedelta(hours=costs[0]) if costs else None
    assert policy.free_until == free_until


def test_steps_out_of_order_or_without_a_zone_are_refused() -> None:
    with pytest.raises(ValueError, match="time order"):
        a_policy((timedelta(hours=2), 1), (timedelta(hours=1), 2))
    with pytest.raises(ValueError, match="aware"):
        CancellationPolicy((CancellationStep(NOW.replace(tzinfo=None), sar(1)),))
