"""What an operator may enter, and what is kept from being shown."""

from typing import Any

import msgspec
import pytest

from adapters.midtrans.config import LIVE, SANDBOX, MidtransConfig, check
from core.domain.tenancy import Environment
from ports.manifest import secret_fields

TEST_KEY, LIVE_KEY = "SB-Mid-server-notARealKey5e1f", "Mid-server-notARealKey5e1f"
OURS = "http://127.0.0.1:8010/midtrans"


def config(**fields: Any) -> MidtransConfig:
    return msgspec.convert({"server_key": TEST_KEY, **fields}, MidtransConfig)


@pytest.mark.parametrize(
    "fields",
    [
        {"server_key": "SB-Mid-client-notARealKey5e1f"},
        {"server_key": TEST_KEY + "\n"},
        {"merchant_id": "G 1"},
        {"notification_url": "hub.example/in/x"},
        {"base_url": "ftp://api.midtrans.com"},
        {"base_url": "https://user:pass@api.midtrans.com"},
        {"client_key": "x"},
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
        ({"base_url": OURS}, Environment.TEST, []),
        ({"server_key": LIVE_KEY}, Environment.LIVE, []),
        ({"server_key": LIVE_KEY}, Environment.TEST, ["/server_key"]),
        ({}, Environment.LIVE, ["/server_key"]),
        ({"server_key": LIVE_KEY, "base_url": OURS}, Environment.LIVE, ["/base_url"]),
        (
            {"server_key": LIVE_KEY, "notification_url": "http://hub.example/in/x"},
            Environment.LIVE,
            ["/notification_url"],
        ),
    ],
)
def test_modes_never_mix(
    fields: dict[str, str], environment: Environment, pointers: list[str]
) -> None:
    faults = check(config(**fields), environment)
    assert [f.pointer for f in faults] == pointers
    assert "notAReal" not in str(faults)


def test_the_key_says_which_hosts() -> None:
    assert config().hosts == SANDBOX
    assert config(server_key=LIVE_KEY).hosts == LIVE
    assert config(base_url=OURS).hosts == (OURS, OURS)


def test_the_secret_is_marked_and_not_shown() -> None:
    assert secret_fields(MidtransConfig) == {"server_key"}
    assert TEST_KEY not in repr(config())
