"""A live connection is told apart from the test system before anything is sent."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from adapters.siteminder.config import TEST_URL, SiteMinderConfig, base_url, check
from core.domain.tenancy import Environment

GOOD = {"requestor_id": "SERAI", "username": "serai", "password": "fake-Password1"}


def config(**other: Any) -> SiteMinderConfig:
    return msgspec.convert({**GOOD, **other}, SiteMinderConfig)


def test_without_an_address_it_is_their_test_system() -> None:
    assert base_url(config()) == TEST_URL
    assert not check(config(), Environment.TEST)


@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        (None, True),
        (TEST_URL, True),
        ("http://pmsxchange.example.com", True),
        ("https://pmsxchange.example.com", False),
    ],
)
def test_a_live_connection_needs_an_address_of_its_own(address: str | None, wrong: bool) -> None:
    faults = check(config(base_url=address), Environment.LIVE)
    assert [fault.pointer for fault in faults] == (["/base_url"] if wrong else [])


@pytest.mark.parametrize(
    "other",
    [
        {"requestor_id": "a/b"},
        {"requestor_id": ""},
        {"password": "abc"},
        {"base_url": "https://user@host"},
        {"base_url": "https://host/path?x"},
        {"base_url": "https://host/"},
        {"pricing": "per_person"},
        {"nobody": 1},
    ],
)
def test_what_does_not_fit_is_refused(other: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        config(**other)


def test_it_does_not_show_its_password() -> None:
    assert "fake-Password1" not in repr(config())
