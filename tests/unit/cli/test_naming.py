"""What is wrong with a field is said of the option it was given by."""

from __future__ import annotations

from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from core.domain.problem import Fault, Invalid, Problem
from entrypoints.cli.naming import Naming


@pytest.mark.parametrize(
    ("pointer", "name"),
    [
        ("/code", "CODE"),
        ("/max_adults", "--adults"),
        ("/updates/0/max_adults/1", "--adults"),
        ("/updates/0", "so set,"),
        ("/config/region", "region"),
        ("/taxes/0", "/taxes/0"),
        ("", ""),
    ],
)
def test_a_fault_is_named_as_it_was_given(pointer: str, name: str) -> None:
    app = typer.Typer()

    @app.command(cls=Naming)
    def add(code: str, max_adults: Annotated[int, typer.Option("--adults")] = 1) -> None:
        raise Invalid(Fault(pointer, "is wrong"))

    raised = CliRunner().invoke(app, ["x"]).exception
    assert isinstance(raised, Problem)
    assert raised.faults == (Fault(name, "is wrong"),)
