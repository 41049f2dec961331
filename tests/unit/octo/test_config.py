from __future__ import annotations

import msgspec
import pytest

from adapters.octo import MANIFEST
from adapters.octo.config import OctoConfig
from core.domain.tenancy import Environment
from ports.manifest import Evidence, secret_fields

KEYS = {"api_key": "fake-reseller-key", "base_url": "https://octo.example.com/api/octo"}


def test_the_form_can_be_drawn_from_the_schema() -> None:
    fields = msgspec.json.schema(OctoConfig)["$defs"]["OctoConfig"]["properties"]
    drawn = [f if "x-order" in f else f["anyOf"][0] for f in fields.values()]
    assert sorted(f["x-order"] for f in drawn) == list(range(1, len(fields) + 1))
    assert all(f["title"] and f["description"] and f["examples"] for f in drawn)
    assert secret_fields(OctoConfig) == {"api_key"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"api_key": ""},
        {"api_key": "with a space"},
        {"api_key": "with-a-feed\n"},
        {"base_url": None},
        {"base_url": "octo.example.com"},
        {"base_url": "https://octo.example.com/api/octo/"},
        {"base_url": "https://user@octo.example.com"},
        {"language": "english language"},
        {"currency": "sar"},
        {"per_second": 0},
        {"unheard_of": 1},
    ],
)
def test_what_the_schema_refuses(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**KEYS, **wrong}, OctoConfig)


@pytest.mark.parametrize(
    ("environment", "other", "faults"),
    [
        (Environment.TEST, {"base_url": "http://127.0.0.1:8900/octo/api/octo"}, []),
        (Environment.LIVE, {"base_url": "http://octo.example.com/api/octo"}, ["/base_url"]),
        (Environment.LIVE, {}, []),
        (Environment.LIVE, {"currency": "SAR"}, []),
        (Environment.TEST, {"currency": "XXY"}, ["/currency"]),
    ],
)
def test_what_only_a_check_can_say(
    environment: Environment, other: dict[str, str], faults: list[str]
) -> None:
    config = msgspec.convert({**KEYS, **other}, OctoConfig)
    assert [fault.pointer for fault in MANIFEST.check(config, environment)] == faults


def test_the_key_is_not_printed() -> None:
    config = msgspec.convert(KEYS, OctoConfig)
    assert KEYS["api_key"] not in repr(config)


def test_its_evidence_claims_no_more_than_there_is() -> None:
    assert set(MANIFEST.evidence.values()) <= {Evidence.CONSTRUCTED, Evidence.DOCUMENTED}
    assert MANIFEST.absence_certain_after_s is not None
    assert MANIFEST.repeatable_for_s is not None
    assert MANIFEST.repeatable_for_s < MANIFEST.absence_certain_after_s
