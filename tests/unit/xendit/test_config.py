"""What an operator may enter, and what is kept from being shown."""

from typing import Any

import msgspec
import pytest

from adapters.xendit.config import XenditConfig, check
from core.domain.tenancy import Environment
from ports.manifest import secret_fields

TEST_KEY, LIVE_KEY = "xnd_development_notARealKey5e1f", "xnd_production_notARealKey5e1f"
SANDBOX = "http://127.0.0.1:8010/xendit"


def config(**fields: Any) -> XenditConfig:
    given = {"secret_key": TEST_KEY, "callback_token": "notARealToken5e1f", **fields}
    return msgspec.convert(given, XenditConfig)


@pytest.mark.parametrize(
    "fields",
    [
        {"secret_key": "xnd_public_development_notAReal"},
        {"secret_key": TEST_KEY + "\n"},
        {"callback_token": "short"},
        {"callback_token": "notARealToken\n"},
        {"business_id": "5f 1"},
        {"base_url": "ftp://api.xendit.co"},
        {"base_url": "https://user:pass@api.xendit.co"},
        {"api_key": TEST_KEY},
    ],
)
def test_what_may_not_be_entered(fields: dict[str, str]) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        config(**fields)
    assert "notAReal" not in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "environment", "pointers"),
    [
        ({}, Environment.TEST, []),
        ({"base_url": SANDBOX}, Environment.TEST, []),
        ({"secret_key": LIVE_KEY}, Environment.LIVE, []),
        ({"secret_key": LIVE_KEY}, Environment.TEST, ["/secret_key"]),
        ({}, Environment.LIVE, ["/secret_key"]),
        ({"secret_key": LIVE_KEY, "base_url": SANDBOX}, Environment.LIVE, ["/base_url"]),
    ],
)
def test_modes_never_mix(
    fields: dict[str, str], environment: Environment, pointers: list[str]
) -> None:
    faults = check(config(**fields), environment)
    assert [f.pointer for f in faults] == pointers
    assert "notAReal" not in str(faults)


def test_secrets_are_marked_and_not_shown() -> None:
    assert secret_fields(XenditConfig) == {"secret_key", "callback_token"}
    assert "notAReal" not in repr(config())
