"""What an operator may enter, and what is kept from being shown."""

from typing import Any

import msgspec
import pytest

from adapters import registry
from adapters.stripe.config import BASE_URL, StripeConfig, check
from core.domain.tenancy import Environment
from ports.manifest import Evidence, Role, secret_fields

TEST_KEY, LIVE_KEY = "sk_test_notARealKey5e1f", "sk_live_notARealKey5e1f"
SECRET = "whsec_notARealSecret5e1f"
SANDBOX = "http://127.0.0.1:8010/stripe"


def config(**fields: Any) -> StripeConfig:
    return msgspec.convert({"api_key": TEST_KEY, "webhook_secret": SECRET, **fields}, StripeConfig)


@pytest.mark.parametrize(
    "fields",
    [{}, {"api_key": "rk_live_notARealKey"}, {"webhook_secret": ""}, {"base_url": SANDBOX}],
)
def test_what_may_be_entered(fields: dict[str, str]) -> None:
    entered = config(**fields)
    assert {k: getattr(entered, k) for k in fields} == fields


@pytest.mark.parametrize(
    "fields",
    [
        {"api_key": "pk_test_aPublishableKey"},
        {"api_key": "sk_test_"},
        {"api_key": TEST_KEY + "\n"},
        {"api_key": f" {TEST_KEY}"},
        {"webhook_secret": "secret"},
        {"webhook_secret": SECRET + "\n"},
        {"base_url": "ftp://api.stripe.com"},
        {"base_url": "https://user:pass@api.stripe.com"},
        {"base_url": "https://api.stripe.com/?a=b"},
        {"base_url": BASE_URL + "/\n"},
        {"bse_url": BASE_URL},
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
        ({"api_key": LIVE_KEY}, Environment.LIVE, []),
        ({"api_key": "rk_live_notARealKey"}, Environment.LIVE, []),
        ({"api_key": LIVE_KEY}, Environment.TEST, ["/api_key"]),
        ({"api_key": "rk_live_notARealKey"}, Environment.TEST, ["/api_key"]),
        ({}, Environment.LIVE, ["/api_key"]),
        ({"base_url": SANDBOX}, Environment.LIVE, ["/api_key", "/base_url"]),
    ],
)
def test_modes_never_mix(
    fields: dict[str, str], environment: Environment, pointers: list[str]
) -> None:
    faults = check(config(**fields), environment)
    assert [f.pointer for f in faults] == pointers
    assert "notAReal" not in str(faults)


def test_secrets_are_marked_and_not_shown() -> None:
    assert secret_fields(StripeConfig) == {"api_key", "webhook_secret"}
    shown = repr(config())
    assert TEST_KEY not in shown
    assert SECRET not in shown


def test_the_form_says_what_to_enter() -> None:
    schema = msgspec.json.schema(StripeConfig)["$defs"]["StripeConfig"]["properties"]
    assert sorted(f["x-order"] for f in schema.values()) == [1, 2, 3]
    assert all(f["title"] and f["description"] and f["examples"] for f in schema.values())


def test_the_manifest_promises_what_the_ports_ask() -> None:
    manifest = registry.load("stripe")
    assert manifest.roles == {Role.PAYMENT_GATEWAY, Role.INBOUND_WEBHOOK}
    assert manifest.repeatable_for_s is not None
    assert manifest.repeatable_for_s < 24 * 3600
    assert max(manifest.evidence.values()) <= Evidence.DOCUMENTED  # nothing ran at Stripe's
