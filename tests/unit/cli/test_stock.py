"""An agency's own rooms at the desk: set up, and what is refused in the command's own words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner, Result

from entrypoints.cli.app import app

HOUSE = ("properties", "add", "MKH", "--name", "Makkah House", "--timezone", "Asia/Riyadh")
NIGHTS = ("--from", "2030-01-14", "--to", "2030-01-18")


def run(*arguments: str) -> Result:
    done = CliRunner().invoke(app, arguments)
    structlog.reset_defaults()
    return done


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One house with a room for two adults and a child, under one plan."""
    with pytest.MonkeyPatch.context() as patch:
        folder: Path = tmp_path_factory.mktemp("desk")
        patch.chdir(folder)
        patch.setenv("SERAI_DATA_DIR", str(folder / "var"))
        for made in (
            run("migrate"),
            run("tenants", "add", "Agency", "--country", "SA", "--currency", "SAR"),
            run(*HOUSE, "--currency", "SAR", "--country", "SA"),
            run("properties", "add-room-type", "MKH", "DBL", "--name", "Double", "--adults", "2",
                "--children", "1"),
            run("properties", "add-rate-plan", "MKH", "BAR", "--name", "Flexible"),
        ):  # fmt: skip
            assert made.exit_code == 0, made.output
        yield


pytestmark = pytest.mark.usefixtures("agency")


def test_what_is_wrong_with_a_property_is_said_by_its_options() -> None:
    done = run("properties", "add", "bad code !", "--name", "", "--timezone", "Asia/Riyadh",
               "--currency", "SAR", "--country", "XX", "--latitude", "999")  # fmt: skip
    assert done.exit_code == 1
    for said in ("CODE is 1 to 40", "--name is 1 to 200", "--country is an ISO 3166 country",
                 "--latitude is -90 to 90", "--longitude is needed"):  # fmt: skip
        assert said in done.stderr
    assert "/code" not in done.stderr
    assert run("properties", "list").stdout.count("prp_") == 1


def test_what_is_wrong_with_a_room_type_is_said_by_its_options() -> None:
    done = run("properties", "add-room-type", "MKH", "a b", "--name", "", "--adults", "0")
    assert done.exit_code == 1
    for said in ("CODE is 1 to 40", "--name is 1 to 200", "--adults is 1 to 9"):
        assert said in done.stderr
    assert run("properties", "show", "MKH").stdout.count("rmt_") == 1


def test_a_code_that_is_taken_is_named_with_its_holder() -> None:
    done = run(*HOUSE, "--currency", "SAR", "--country", "SA")
    assert done.exit_code == 1
    assert "he code MKH is taken by Makkah House (prp_" in done.stderr
