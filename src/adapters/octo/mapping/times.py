"""Hours at the place. Their local times carry an offset that not every supplier means."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from adapters.octo.mapping.wire import Availability, Option, Product
from core.domain.bookings.terms import CancellationPolicy, CancellationStep
from core.domain.money import Money

_UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}


def local(instant: datetime) -> datetime:
    """What the clock at the place shows: the offset behind it is dropped."""
    return instant.replace(tzinfo=None)


def zone(product: Product, row: Availability) -> str:
    """The product's own, an IANA name; where it has none, a fixed one from the start's offset.

    ValueError: neither is told.
    """
    if product.time_zone and _known(product.time_zone):
        return product.time_zone
    offset = row.local_date_time_start.utcoffset()
    if offset is None or offset % timedelta(hours=1):
        raise ValueError("no time zone")
    hours = int(offset / timedelta(hours=1))
    # The sign is the POSIX one: three hours ahead of Greenwich is Etc/GMT-3.
    return f"Etc/GMT{-hours:+d}" if hours else "Etc/UTC"


def _known(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def cancellation(
    option: Option, row: Availability, timezone: str, net: Money
) -> CancellationPolicy:
    """Free until the cut-off before the start (a whole day: before closing), then all of it.

    A cut-off in words only counts as none: not refundable from the first moment.
    """
    unit = _UNITS.get(option.cancellation_cutoff_unit or "")
    if option.cancellation_cutoff_amount is None or unit is None:
        return CancellationPolicy((CancellationStep(datetime.fromtimestamp(0, UTC), net),))
    begins = _counted_from(row).replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC)
    free_until = begins - unit * option.cancellation_cutoff_amount
    return CancellationPolicy((CancellationStep(free_until, net),))


def _counted_from(row: Availability) -> datetime:
    start = local(row.local_date_time_start)
    closes = [at for hours in row.opening_hours if (at := _time(hours.closes)) is not None]
    if not row.all_day or not closes:
        return start
    return datetime.combine(start.date(), max(closes))


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None
