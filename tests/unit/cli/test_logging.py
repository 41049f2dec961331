"""Whatever is logged, by whom and in which form: no secret comes out."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from core.domain.secret import Secret
from entrypoints.logging import configure, without_secrets

SECRETS = [
    "serai_test_000000000000000000000000000000_000000",
    "sk_live_fakeFakeFakeFake",
    "rk_test_fakeFakeFakeFake",
    "whsec_ZmFrZWZha2VmYWtlZmFrZWZha2VmYWtl",
    "4242424242424242",
]


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


@pytest.mark.parametrize("secret", SECRETS)
def test_a_text_shaped_like_a_secret_is_hidden(secret: str) -> None:
    assert secret not in without_secrets(f"it was {secret}, they say")


def test_the_password_of_an_address_is_hidden_and_its_host_is_not() -> None:
    shown = without_secrets("postgresql+asyncpg://serai:fakePassword@db.internal/serai")
    assert "fakePassword" not in shown
    assert "db.internal" in shown


@pytest.mark.parametrize("form", ["json", "console"])
def test_structlog_hides_by_name_and_by_shape(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure("info", form)  # type: ignore[arg-type]
    structlog.get_logger("x").info(
        "asked",
        authorization="Bearer fakeBearer",
        api_key="fakeKey1",
        nested={"webhook_secret": "fakeKey2", "list": ["sk_test_fakeKey3fake"]},
        held=Secret("fakeKey4"),
        booking="bkg_1",
    )
    line = capsys.readouterr().err
    assert "bkg_1" in line
    assert "fake" not in line


def test_the_standard_library_goes_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", "json")
    try:
        raise ValueError("with whsec_ZmFrZWZha2VmYWtlZmFrZWZha2VmYWtl inside")
    except ValueError:
        logging.getLogger("vendor").exception("fell", extra={"token": "fakeToken", "count": 3})
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["count"], line["level"]) == ("fell", 3, "error")
    assert "Traceback" in line["exception"]
    assert "whsec_" not in json.dumps(line)
    assert "fakeToken" not in json.dumps(line)


def test_what_is_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure("warning", "json")
    structlog.get_logger("x").info("quiet")
    assert capsys.readouterr().err == ""
