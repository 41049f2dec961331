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


def test_an_agency_is_of_a_country_there_is() -> None:
    done = run("tenants", "add", "Other", "--country", "XX", "--currency", "SAR")
    assert (done.exit_code, "--country is an ISO 3166 country" in done.stderr) == (1, True)
    assert run("tenants", "list").stdout.count("tnt_") == 1


def test_a_code_that_is_taken_is_named_with_its_holder() -> None:
    done = run(*HOUSE, "--currency", "SAR", "--country", "SA")
    assert done.exit_code == 1
    assert "he code MKH is taken by Makkah House (prp_" in done.stderr


def set_rates(*prices: str) -> Result:
    return run("rates", "set", "MKH", "DBL", "BAR", *NIGHTS, *prices)


def test_prices_are_replaced_whole_and_the_help_says_so() -> None:
    assert "replaced whole" in words(run("rates", "set", "--help").stdout)
    done = set_rates("--price", "2=420", "--price", "1=390.50", "--extra-child", "45")
    assert (done.exit_code, done.stdout) == (0, "5 nights changed.\n"), done.stderr
    shown = words(run("rates", "show", "MKH", *NIGHTS).stdout)
    assert "1: SAR 390.50, 2: SAR 420.00, child +45.00" in shown


@pytest.mark.parametrize(
    ("prices", "said"),
    [
        (["--price", "5=500"], "--price names 5 adults, and DBL takes 3 people at most"),
        (["--price", "2=420", "--price", "2=430"], "--price names 2 adults twice."),
        (["--price", "2=420", "--price", "02=430"], "--price names 2 adults twice."),
        (["--price", "420"], "--price 420 does not say for how many adults."),
        (["--price", "two=5"], "--price two=5: 'two' is no number of adults."),
        (["--price", "0=5"], "--price 0=5: '0' is no number of adults."),
        (["--price", "2="], "--price 2=: '' is no amount of SAR."),
        (["--price", "2=4.205"], "--price 2=4.205: '4.205' is no amount of SAR."),
        (["--price", "2=-1"], "--price 2=-1: a price is not negative."),
        (["--price", "2=5", "--extra-adult", "x"], "--extra-adult x: 'x' is no amount of SAR."),
    ],
)
def test_a_price_that_cannot_be_is_refused_in_a_sentence(prices: list[str], said: str) -> None:
    before = run("rates", "show", "MKH", *NIGHTS).stdout
    done = set_rates(*prices)
    assert (done.exit_code, said in done.stderr) == (1, True), done.stderr
    assert run("rates", "show", "MKH", *NIGHTS).stdout == before


def test_setting_nothing_is_wrong_usage() -> None:
    for done in (run("inventory", "set", "MKH", "DBL", *NIGHTS), set_rates()):
        assert (done.exit_code, "is named to set." in done.stderr) == (2, True), done.output


def test_channels_of_a_property_are_asked_for_by_its_code() -> None:
    unknown = run("channels", "status", "--property", "nope")
    assert (unknown.exit_code, "There is no property nope." in unknown.stderr) == (1, True)
    known = run("channels", "status", "--property", "MKH")
    assert (known.exit_code, known.stdout.strip()) == (0, "MKH is sold at no channel yet.")


def test_reservations_are_listed_by_what_is_wrong_with_them() -> None:
    for wrong in ("--overbooked", "--unmapped"):
        done = run("reservations", "list", wrong, "--property", "MKH")
        assert (done.exit_code, done.stdout.strip()) == (0, "There are no such reservations.")
    unknown = run("reservations", "list", "--property", "nope")
    assert (unknown.exit_code, "There is no property nope." in unknown.stderr) == (1, True)
    nobody = run("reservations", "show", "rsv_none0")
    assert (nobody.exit_code, "there is no reservation rsv_none0" in nobody.stderr) == (1, True)


def test_a_connection_sells_the_properties_that_are_set() -> None:
    done = run("connections", "add", "house", "--set", "properties=MKH")
    assert (done.exit_code, " added: " in done.stdout) == (0, True), done.stderr
    twice = run("connections", "add", "house", "--set", "properties=MKH,MKH")
    assert twice.stderr == "✗ properties names a property twice\n"
    unknown = run("connections", "add", "house", "--set", "properties=MKH,AJYAD")
    said = "✗ properties no. 2 AJYAD is no property of yours; there are: MKH\n"
    assert (unknown.exit_code, unknown.stderr) == (1, said)


@pytest.mark.parametrize("public_url", ["", "https://hub.test/"])
def test_where_webhooks_go_is_an_address(public_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERAI_PUBLIC_URL", public_url)
    Path("secrets").write_text("api_key=sk_test_exampleExampleExample\n")
    done = run("connections", "add", "stripe", "--secret-file", "secrets")
    assert done.exit_code == 0, done.stderr
    id = done.stdout.split()[0]
    said = f"go to https://hub.test/in/{id}; register" if public_url else "SERAI_PUBLIC_URL first"
    assert said in done.stdout
    assert "SERAI_PUBLIC_URL/in" not in done.stdout
    nobody = run("connections", "rotate-secret", id)
    assert (nobody.exit_code, "there is no terminal" in nobody.stderr) == (1, True)
