from __future__ import annotations

import msgspec
import pytest

from adapters.hotelbeds import MANIFEST
from adapters.hotelbeds.config import HotelbedsConfig
from core.domain.tenancy import Environment
from ports.manifest import Evidence, secret_fields

KEYS = {"api_key": "fakekey000", "secret": "fakesecret000"}


def test_the_form_can_be_drawn_from_the_schema() -> None:
    fields = msgspec.json.schema(HotelbedsConfig)["$defs"]["HotelbedsConfig"]["properties"]
    drawn = [f if "x-order" in f else f["anyOf"][0] for f in fields.values()]
    assert sorted(f["x-order"] for f in drawn) == list(range(1, len(fields) + 1))
    assert all(f["title"] and f["description"] and f["examples"] for f in drawn)
    assert secret_fields(HotelbedsConfig) == {"api_key", "secret"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"api_key": ""},
        {"api_key": "with space"},
        {"language": "english"},
        {"source_market": "IDN"},
        {"per_second": 0},
        {"per_day": 0},
        {"base_url": "ftp://example.com"},
        {"base_url": "https://user@example.com"},
        {"unheard_of": 1},
    ],
)
def test_what_the_schema_refuses(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**KEYS, **wrong}, HotelbedsConfig)


@pytest.mark.parametrize(
    ("environment", "base_url", "good"),
    [
        (Environment.LIVE, None, True),
        (Environment.LIVE, "https://api.hotelbeds.com/hotel-api/1.0", True),
        (Environment.LIVE, "http://api.hotelbeds.com/hotel-api/1.0", False),
        (Environment.LIVE, "http://127.0.0.1:8900/hotel-api/1.0", False),
        (Environment.LIVE, "https://api.test.hotelbeds.com/hotel-api/1.0", False),
        (Environment.TEST, None, True),
        (Environment.TEST, "http://127.0.0.1:8900/hotel-api/1.0", True),
        (Environment.TEST, "https://api.hotelbeds.com/hotel-api/1.0", False),
        (Environment.TEST, "https://API.hotelbeds.com./hotel-api/1.0", False),
    ],
)
def test_only_a_test_connection_points_elsewhere(
    environment: Environment, base_url: str | None, good: bool
) -> None:
    faults = MANIFEST.check(
        msgspec.convert({**KEYS, "base_url": base_url}, HotelbedsConfig), environment
    )
    assert (not faults) is good
    assert all(fault.pointer == "/base_url" for fault in faults)


def test_the_config_does_not_print_its_secrets() -> None:
    shown = repr(msgspec.convert(KEYS, HotelbedsConfig))
    assert not any(value in shown for value in KEYS.values())


def test_nothing_is_claimed_that_was_not_seen() -> None:
    assert max(MANIFEST.evidence.values()) <= Evidence.DOCUMENTED
    assert MANIFEST.reference_length == 20
    assert MANIFEST.repeatable_for_s is None
