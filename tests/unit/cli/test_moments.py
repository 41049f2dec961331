from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from entrypoints.cli.moments import lasting, moment
from entrypoints.cli.trouble import Trouble

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
DAY = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("45s", NOW - timedelta(seconds=45)),
        ("30m", NOW - timedelta(minutes=30)),
        ("2h", NOW - timedelta(hours=2)),
        (" 3 D ", NOW - timedelta(days=3)),
        ("1w", NOW - timedelta(weeks=1)),
        ("2026-11-20", DAY),
        ("2026-11-20T03:00", DAY + timedelta(hours=3)),
        ("2026-11-20T03:00:01Z", DAY + timedelta(hours=3, seconds=1)),
        ("2026-11-20T10:00+07:00", DAY + timedelta(hours=3)),
    ],
)
def test_a_moment_is_so_long_ago_or_an_instant(text: str, at: datetime) -> None:
    assert moment(text, NOW) == at
    assert moment(text, NOW).tzinfo is not None


def test_an_instant_without_a_zone_is_utc_wherever_one_is() -> None:
    jakarta = NOW.astimezone(timezone(timedelta(hours=7)))
    assert moment("2026-11-20T03:00", jakarta) == DAY + timedelta(hours=3)


@pytest.mark.parametrize("text", ["", "yesterday", "2y", "-2h", "99999999d", "2026-13-01", "h"])
def test_what_is_neither_is_refused_with_how_to_write_it(text: str) -> None:
    with pytest.raises(Trouble) as refused:
        moment(text, NOW)
    assert "is not a moment" in refused.value.said
    assert "2h" in refused.value.remedy


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h 0 min"),
        (11100, "3 h 5 min"),
        (187200, "2 d 4 h"),
    ],
)
def test_how_long_it_lasts(seconds: float, said: str) -> None:
    assert lasting(seconds) == said
