"""Where the property's clock is. Hotelbeds gives an offset at best, never a zone.

By destination code where we know it; else a fixed Etc/GMT zone from the offset of a
cancellation instant; else, when instants come in UTC, from the longitude. A fixed zone
knows no summer time: right for the instants it was read from, an hour off half a year away.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

# Their destination codes mostly follow IATA places.
_BY_DESTINATION = {
    **dict.fromkeys(("QCA", "MAK", "MED", "JED", "RUH", "DMM", "TIF"), "Asia/Riyadh"),
    **dict.fromkeys(("JKT", "BDO", "JOG", "SUB", "SRG"), "Asia/Jakarta"),
    **dict.fromkeys(("DPS", "BAI", "LOP"), "Asia/Makassar"),
    **dict.fromkeys(("DXB", "AUH", "SHJ"), "Asia/Dubai"),
    **dict.fromkeys(("PMI", "BCN", "MAD", "SAL", "IBZ"), "Europe/Madrid"),
    "IST": "Europe/Istanbul",
    "DOH": "Asia/Qatar",
    "AMM": "Asia/Amman",
    "CAI": "Africa/Cairo",
    "JRS": "Asia/Jerusalem",
    "KUL": "Asia/Kuala_Lumpur",
    "SIN": "Asia/Singapore",
    "BKK": "Asia/Bangkok",
    "LON": "Europe/London",
    "PAR": "Europe/Paris",
    "ROM": "Europe/Rome",
}
# Offsets that are no whole hours have one zone each that is meant.
_BY_MINUTES = {
    210: "Asia/Tehran",
    270: "Asia/Kabul",
    330: "Asia/Kolkata",
    345: "Asia/Kathmandu",
    390: "Asia/Yangon",
    570: "Australia/Darwin",
    -210: "America/St_Johns",
}


def zone(destination: str, instants: Iterable[datetime], longitude: float | None) -> str:
    """An IANA name; "Etc/UTC" when nothing tells."""
    known = _BY_DESTINATION.get(destination)
    if known is not None:
        return known
    for instant in instants:
        offset = instant.utcoffset() or timedelta()
        if offset:
            return _fixed(round(offset.total_seconds() / 60))
    return "Etc/UTC" if longitude is None else _fixed(round(longitude / 15) * 60)


def _fixed(minutes: int) -> str:
    if minutes % 60:
        return _BY_MINUTES.get(minutes, _fixed(round(minutes / 60) * 60))
    hours = minutes // 60
    # The sign is the POSIX one: three hours ahead of Greenwich is Etc/GMT-3.
    return f"Etc/GMT{-hours:+d}" if hours else "Etc/UTC"
