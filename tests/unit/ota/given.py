"""Lines and their messages, for tests of the codec."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from adapters._kit.ota import writing
from adapters._kit.ota.dialects import Counts, Dialect
from adapters._kit.ota.writing import Head
from adapters._kit.xml import Element
from core.domain.money import Money
from core.domain.stock.ari import (
    AriLine,
    AvailabilityLine,
    Prices,
    RateLine,
    RestrictionLine,
    Restrictions,
    Span,
)

HEAD = Head("0b5d7a9e", datetime(2026, 11, 20, 3, tzinfo=UTC), "SERAI")
DAY = date(2027, 2, 10)
WEEK = Span(DAY, DAY + timedelta(days=6))


def message(dialect: Dialect, lines: list[AriLine], *, taxes_included: bool = True) -> Element:
    """The message that tells *lines*, which are all of one kind."""
    first = lines[0]
    if isinstance(first, AvailabilityLine):
        said = writing.availability(dialect, HEAD, "H1", lines)  # type: ignore[arg-type]
        counted = dialect.counts is Counts.INV_COUNT
        name = "OTA_HotelInvCountNotifRQ" if counted else "OTA_HotelAvailNotifRQ"
    elif isinstance(first, RestrictionLine):
        said = writing.restrictions(dialect, HEAD, "H1", lines)  # type: ignore[arg-type]
        name = "OTA_HotelAvailNotifRQ"
    else:
        said = writing.rates(
            dialect,
            HEAD,
            "H1",
            lines,  # type: ignore[arg-type]
            taxes_included=taxes_included,
        )
        name = "OTA_HotelRateAmountNotifRQ"
    return writing.element(name, said.values)


CODES = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x24F, blacklist_categories=("Cc", "Zs")),
    min_size=1,
    max_size=16,
)
AMOUNTS = st.builds(Money, st.integers(0, 10**12), st.just("IDR"))
NIGHTS = st.none() | st.integers(2, 300)


def spans(dialect: Dialect) -> st.SearchStrategy[Span]:
    some = st.sets(st.integers(1, 7), min_size=1, max_size=6).map(lambda s: tuple(sorted(s)))
    weekdays = st.just(()) | some if dialect.weekdays else st.just(())
    return st.builds(
        lambda first, days, weekdays: Span(first, first + timedelta(days=days), weekdays),
        st.dates(date(2026, 1, 1), date(2028, 12, 31)),
        st.integers(0, 700),
        weekdays,
    )


def prices(dialect: Dialect) -> st.SearchStrategy[Prices]:
    adults = st.sets(st.integers(1, dialect.most_adults), min_size=1)
    extras = st.none() | AMOUNTS
    return adults.flatmap(
        lambda numbers: st.builds(
            lambda amounts, adult, a_child: Prices(
                tuple(zip(sorted(numbers), amounts, strict=True)), adult, a_child
            ),
            st.lists(AMOUNTS, min_size=len(numbers), max_size=len(numbers)),
            extras,
            extras,
        )
    )


def restrictions(dialect: Dialect) -> st.SearchStrategy[Restrictions]:
    through = NIGHTS if dialect.min_stay_through else st.none()
    return st.builds(
        Restrictions, st.booleans(), st.booleans(), st.booleans(), NIGHTS, through, NIGHTS
    )


def lines(dialect: Dialect) -> st.SearchStrategy[list[AriLine]]:
    """Some lines of one kind that *dialect* has words for."""
    span = spans(dialect)
    kinds: list[st.SearchStrategy[AriLine]] = [
        st.builds(AvailabilityLine, CODES, span, st.integers(0, 999)),
        st.builds(RateLine, CODES, CODES, span, prices(dialect)),
    ]
    if dialect.counts is Counts.BOOKING_LIMIT:
        kinds.append(st.builds(RestrictionLine, CODES, CODES, span, restrictions(dialect)))
    return st.sampled_from(kinds).flatmap(lambda kind: st.lists(kind, min_size=1, max_size=6))
