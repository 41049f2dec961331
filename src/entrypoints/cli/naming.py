"""Faults of what was asked, by the names that the command line has for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperCommand

from core.domain.problem import Fault, Problem

_WORD = re.compile(r"[a-z][a-z_]*")


class Naming(TyperCommand):
    """A command whose parameters are called as the use case's fields: what is wrong with
    /max_adults is said of --adults."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Problem as e:
            e.faults = tuple(renamed(fault, self.params) for fault in e.faults)
            raise


def naming(app: typer.Typer) -> None:
    """Let every command of *app* name faults so: no pointer into JSON reaches a person."""
    for command in app.registered_commands:
        command.cls = Naming
    for group in app.registered_groups:
        if group.typer_instance is not None:
            naming(group.typer_instance)


def renamed(fault: Fault, params: Sequence[Any]) -> Fault:
    """Under the innermost step of its pointer that is a parameter, else in words; a field of an
    adapter's form under its own name, as --set has it."""
    names = {p.name: _name(p) for p in params}
    for step in reversed(fault.pointer.split("/")):
        if step in names:
            return Fault(names[step], fault.message)
    if fault.pointer.startswith("/updates/"):  # there is but the one that was typed
        return Fault("so set,", fault.message)
    if fault.pointer.startswith("/config/"):
        name, *rest = fault.pointer.removeprefix("/config/").split("/")
        return Fault(" ".join([name, in_words("/".join(rest))]).strip(), fault.message)
    return Fault(in_words(fault.pointer), fault.message)


def in_words(pointer: str) -> str:
    """/dossier/born_on is "dossier born on", /taxes/0 "taxes no. 1"; ids stay as they are."""
    steps = [step for step in pointer.split("/") if step]
    return " ".join(
        f"no. {int(step) + 1}"
        if step.isdecimal()
        else step.replace("_", " ")
        if _WORD.fullmatch(step)
        else step
        for step in steps
    )


def _name(param: Any) -> str:
    if param.param_type_name == "argument":
        return str(param.metavar or param.name.upper())
    return str(param.opts[0])
