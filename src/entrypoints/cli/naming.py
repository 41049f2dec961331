"""Faults of what was asked, by the names that the command line has for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from typer.core import TyperCommand

from core.domain.problem import Fault, Problem


class Naming(TyperCommand):
    """A command whose parameters are called as the use case's fields: what is wrong with
    /max_adults is said of --adults."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Problem as e:
            e.faults = tuple(_renamed(fault, self.params) for fault in e.faults)
            raise


def _renamed(fault: Fault, params: Sequence[Any]) -> Fault:
    """Under the innermost step of its pointer that is a parameter; a field of an adapter's form
    under its own name, as --set has it."""
    names = {p.name: _name(p) for p in params}
    for step in reversed(fault.pointer.split("/")):
        if step in names:
            return Fault(names[step], fault.message)
    if fault.pointer.startswith("/updates/"):  # there is but the one that was typed
        return Fault("so set,", fault.message)
    return Fault(fault.pointer.removeprefix("/config/"), fault.message)


def _name(param: Any) -> str:
    if param.param_type_name == "argument":
        return str(param.name).upper()
    return str(param.opts[0])
