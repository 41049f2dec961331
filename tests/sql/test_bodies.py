"""The bytes a claim hands out are the very bytes of the domain's own body."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from adapters.sql.claim import CLAIMED, handed_out
from adapters.sql.feed import event_of
from core.domain.event import TEST, body
from core.domain.tenancy import Environment, Scope
from ports.store import ClaimedEndpoint

_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
_INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
_TO = ClaimedEndpoint(
    "end_1", Scope("tnt_1", Environment.TEST), "ptn_1", "https://partner.example", (), 8
)


@given(
    payload=st.dictionaries(st.text(), _JSON, max_size=6),
    text=st.text(),
    sequence=st.integers(1, 2**62),
    occurred_at=_INSTANTS,
    valid_until=st.none() | _INSTANTS,
    subject_type=st.sampled_from(["booking", TEST]),
)
def test_they_are_the_same(
    payload: dict[str, object],
    text: str,
    sequence: int,
    occurred_at: datetime,
    valid_until: datetime | None,
    subject_type: str,
) -> None:
    stored = {
        "id": "evt_1",
        "type": "booking.confirmed",
        "schema": text,
        "aggregateid": text,
        "aggregatetype": subject_type,
        "sequence": sequence,
        "occurred_at": occurred_at,
        "payload": msgspec.json.encode(payload).decode(),
        "valid_until": valid_until,
        "partner": None,
        "position": None,
        "coalesce": None,
    }
    claimed = {
        "delivery": "dlv_1",
        "attempts": 1,
        "failures": 0,
        "created_at": occurred_at,
        "once": False,
        "superseded": False,
        "endpoint": "end_1",
        "fingerprint": "",
        "cap": 8.0,
        "threshold": 64.0,
        "breaker": "closed",
        "pace_failures": 0,
        "pauses": 0,
        "warned": 0,
        "resume_at": None,
        "failing_since": None,
        "cut_at": None,
        "event": "evt_1",
        "subject": text,
        "subject_type": subject_type,
        **stored,
    }
    row = [claimed[name] for name in CLAIMED]
    (made,) = handed_out([row], {"end_1": _TO}, "lse_1", occurred_at)
    assert made.raw == body(event_of(stored))  # type: ignore[arg-type]
