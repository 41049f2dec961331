"""What is wrong with a field is said of the option it was given by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner

from core.domain.problem import Fault, Invalid, Problem
from entrypoints.cli.app import app as serai
from entrypoints.cli.naming import Naming, naming, renamed


@pytest.mark.parametrize(
    ("pointer", "name"),
    [
        ("/code", "CODE"),
        ("/max_adults", "--adults"),
        ("/updates/0/max_adults/1", "--adults"),
        ("/updates/0", "so set,"),
        ("/config/region", "region"),
        ("/config/base_url", "base_url"),
        ("/config/properties/0", "properties no. 1"),
        ("/taxes/0", "taxes no. 1"),
        ("/dossier/born_on", "dossier born on"),
        ("/plg_019abc0000/passport/number", "plg_019abc0000 passport number"),
        ("", ""),
    ],
)
def test_a_fault_is_named_as_it_was_given(pointer: str, name: str) -> None:
    app = typer.Typer()

    @app.command()
    def add(code: str, max_adults: Annotated[int, typer.Option("--adults")] = 1) -> None:
        raise Invalid(Fault(pointer, "is wrong"))

    naming(app)
    raised = CliRunner().invoke(app, ["x"]).exception
    assert isinstance(raised, Problem)
    assert raised.faults == (Fault(name, "is wrong"),)


def commands(of: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    found = typer.main.get_command(serai) if of is None else of
    inner = getattr(found, "commands", None)
    if inner is None:
        yield " ".join(path), found
        return
    for name, command in inner.items():
        yield from commands(command, (*path, name))


ALL = dict(commands())


def test_every_command_of_the_hub_names_faults_so() -> None:
    assert {type(command) for command in ALL.values()} == {Naming}
    assert len(ALL) > 60


@pytest.mark.parametrize(
    ("command", "pointer", "name"),
    [
        ("payments resolve", "/charged_back/minor", "--taken"),
        ("payments resolve", "/charge_reference", "--charge-reference"),
        ("bookings resolve", "/fee/currency", "--fee"),
        ("agreements resolve", "/vendor_reference", "--vendor-reference"),
        ("keys create", "/permissions", "--allow"),
        ("recoveries start", "/pace_per_s", "--pace"),
        ("recoveries pace", "/pace_per_s", "PER_S"),
        ("endpoints test", "/type", "--type"),
        ("settlements reconcile", "/connection", "CONNECTION"),
        ("channels map", "/rooms", "--room"),
        ("channels map", "/plans", "--plan"),
        ("channels change", "/property_code", "--property-code"),
        ("filings filed", "/reason", "--reason"),
    ],
)
def test_an_option_is_called_as_the_field_it_fills(command: str, pointer: str, name: str) -> None:
    assert renamed(Fault(pointer, "is wrong"), ALL[command].params).pointer == name
