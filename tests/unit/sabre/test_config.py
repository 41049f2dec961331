"""What an operator enters is judged before it is used."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from adapters.sabre.config import SabreConfig, check, rest_url, soap_url
from core.domain.tenancy import Environment

GOOD: dict[str, Any] = {
    "pcc": "AB12",
    "epr": "500100",
    "password": "fakepass",
    "timezone": "Asia/Jakarta",
    "queue": 100,
}
TEST, LIVE = Environment.TEST, Environment.LIVE


def config(**fields: Any) -> SabreConfig:
    return msgspec.convert({**GOOD, **fields}, SabreConfig)


def test_each_environment_has_its_own_hosts() -> None:
    assert rest_url(config(), TEST) == "https://api.cert.platform.sabre.com"
    assert soap_url(config(), LIVE) == "https://webservices.platform.sabre.com"
    assert soap_url(config(base_url="http://sim/sabre"), TEST) == "http://sim/sabre/soap"


@pytest.mark.parametrize(
    ("fields", "environment", "pointer"),
    [
        ({"base_url": "http://127.0.0.1:1/sabre"}, LIVE, "/base_url"),
        ({"base_url": "https://api.platform.sabre.com"}, TEST, "/base_url"),
        ({"base_url": "https://webservices.platform.sabre.com./x"}, TEST, "/base_url"),
        ({"timezone": "Asia/Nowhere"}, TEST, "/timezone"),
        ({"currency": "XXX"}, TEST, "/currency"),
    ],
)
def test_what_the_schema_cannot_say(
    fields: dict[str, Any], environment: Environment, pointer: str
) -> None:
    assert [fault.pointer for fault in check(config(**fields), environment)] == [pointer]


def test_a_good_one_has_no_fault() -> None:
    assert not check(config(), LIVE)
    assert not check(config(base_url="http://127.0.0.1:8900/sabre"), TEST)


@pytest.mark.parametrize(
    "fields",
    [{"pcc": "ab12"}, {"queue": 9}, {"queue": 512}, {"watched_queues": [600]}, {"printer": "xyz"}],
)
def test_what_the_schema_refuses(fields: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        config(**fields)


def test_it_shows_no_password() -> None:
    assert "fakepass" not in repr(config())
