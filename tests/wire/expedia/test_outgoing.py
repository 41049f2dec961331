"""Whatever there is to say, what goes out keeps the schemas, ours and Expedia's own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.expedia.config import StayRule
from adapters.expedia.mapping import ar, wire
from adapters.expedia.mapping.ar import Told
from adapters.expedia.mapping.products import Plan, Pricing
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
from tests.wire.expedia.test_contracts import OURS

LOGIN = wire.Login("user0000", "password0000")
FIRST = date(2027, 1, 1)
CODES = st.text("AZaz09-_ &<>'\"é漢", min_size=1, max_size=50)
BOUND = st.none() | st.integers(1, 40)


@st.composite
def spans(draw: Callable[..., Any]) -> Span:
    first = FIRST + timedelta(days=draw(st.integers(0, 500)))
    last = first + timedelta(days=draw(st.integers(0, 90)))
    weekdays = draw(st.sets(st.integers(1, 7)))
    return Span(first, last, tuple(sorted(weekdays)))


@st.composite
def some_prices(draw: Callable[..., Any]) -> Prices:
    currency = draw(st.sampled_from(("SAR", "IDR", "JPY", "KWD")))
    amounts = draw(st.dictionaries(st.integers(1, 25), st.integers(0, 10**12), min_size=1))
    extra = Money(draw(st.integers(0, 10**9)), currency) if draw(st.booleans()) else None
    told = tuple((n, Money(amount, currency)) for n, amount in sorted(amounts.items()))
    return Prices(told, extra, extra)


RESTRICTIONS = st.builds(
    Restrictions, st.booleans(), st.booleans(), st.booleans(), BOUND, BOUND, BOUND
)
LINES: st.SearchStrategy[AriLine] = st.one_of(
    st.builds(AvailabilityLine, CODES, spans(), st.integers(0, 6000)),
    st.builds(RateLine, CODES, CODES, spans(), some_prices()),
    st.builds(RestrictionLine, CODES, CODES, spans(), RESTRICTIONS),
)


def sent(lines: list[AriLine], rule: StayRule, pricing: Pricing) -> list[bytes]:
    """What goes over the wire of them, message by message."""
    adults = (2,) if pricing is Pricing.PER_DAY else tuple(range(1, 21))
    plans = {
        line.plan: Plan(line.plan, "", "", pricing, adults, False)
        for line in lines
        if isinstance(line, RateLine)
    }
    written = []
    for message in ar.messages(lines):
        told = [ar.told(n, line, plans, rule) for n, line in enumerate(message)]
        good = [one for one in told if isinstance(one, Told)]
        if good:
            root = wire.request(wire.AR, LOGIN, "3546001")
            ar.fill(root, good, rule)
            written.append(wire.encoded(root))
    return written


@settings(max_examples=150)
@given(st.lists(LINES, max_size=12), st.sampled_from(StayRule), st.sampled_from(Pricing))
def test_every_update_keeps_our_schema_and_the_limits(
    lines: list[AriLine], rule: StayRule, pricing: Pricing
) -> None:
    for message in sent(lines, rule, pricing):
        assert len(message) <= 100_000
        OURS["ar", "request"].assertValid(etree.fromstring(message))


def test_every_update_keeps_their_schema(official: dict[tuple[str, str], Any]) -> None:
    @settings(max_examples=150)
    @given(st.lists(LINES, max_size=12), st.sampled_from(StayRule), st.sampled_from(Pricing))
    def check(lines: list[AriLine], rule: StayRule, pricing: Pricing) -> None:
        for message in sent(lines, rule, pricing):
            official["ar", "request"].assertValid(etree.fromstring(message))

    check()
