"""An adapter's form, filled in at a terminal or from a file, never from the command line."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import typer

from entrypoints.cli.screen import err
from entrypoints.cli.trouble import Trouble
from ports.manifest import Manifest, secret_fields


def given(sets: Iterable[str] | None, secret_file: Path | None) -> dict[str, str]:
    """The fields named on the command line and in the file; the file's may be secret."""
    plain = _pairs(sets or (), "--set")
    return plain | (_pairs(_lines(secret_file), "--secret-file") if secret_file else {})


def _lines(path: Path) -> list[str]:
    if str(path) == "-":
        text = sys.stdin.read()
    else:
        try:
            text = path.read_text()
        except OSError as e:
            raise Trouble(f"{path} cannot be read: {e.strerror}.") from None
    kept = [line.strip() for line in text.splitlines()]
    return [line for line in kept if line and not line.startswith("#")]


def _pairs(texts: Iterable[str], where: str) -> dict[str, str]:
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:  # the text itself may be a secret: it is not repeated
            raise Trouble(f"{where} takes NAME=VALUE.", "Put an = between the name and the value.")
        pairs[name.strip()] = value.strip()
    return pairs


def complete(manifest: Manifest, given: Mapping[str, str]) -> dict[str, Any]:
    """*given* with what a person adds to it, each in its field's type.

    Trouble: something is missing and nobody can be asked.
    """
    fields = _fields(manifest)
    values = dict(given)
    for name, field in fields.items():
        if name not in values and _asks(field):
            answer = _ask(name, field)
            if answer:
                values[name] = answer
    _need(manifest, values)
    return {n: _typed(v, fields.get(n, {})) for n, v in values.items()}


def without_secrets_of(manifest: Manifest, sets: Iterable[str] | None) -> None:
    """Trouble: a secret was given on the command line, where the shell's history keeps it."""
    for text in sets or ():
        name = text.partition("=")[0].strip()
        if name in secret_fields(manifest.config):
            raise Trouble(
                f"{name} is a secret: on the command line the shell's history would keep it.",
                "Give it by --secret-file, and change it at the vendor: it was shown already.",
            )


def asked_secrets(
    manifest: Manifest, names: Iterable[str], given: Mapping[str, str]
) -> dict[str, str]:
    """Secrets from the file and, for *names*, from whoever sits there; with neither, every
    secret is asked for, and one that is left empty stays.

    Trouble: there is no such secret, or nobody to be asked.
    """
    fields, secrets = _fields(manifest), dict(given)
    known = [name for name in fields if name in secret_fields(manifest.config)]
    for name in names:
        if name not in known:
            there = f"There are: {', '.join(sorted(known))}"
            raise Trouble(f"{manifest.title} has no secret {name}.", there)
        _need_somebody(name)
        secrets[name] = _ask(name, fields[name])
    if secrets:
        return secrets
    _need_somebody(" or ".join(known))
    asked = {name: _ask(name, {**fields[name], "required": False}) for name in known}
    return {name: value for name, value in asked.items() if value}


def _need_somebody(what: str) -> None:
    if not _interactive():
        ways = "Give --secret-file, or name it by --field at a terminal."
        raise Trouble(f"{what} is needed, and there is no terminal.", ways)


def _fields(manifest: Manifest) -> dict[str, dict[str, Any]]:
    """The form's fields in its own order, each with its JSON Schema."""
    schema = msgspec.json.schema(manifest.config)["$defs"][manifest.config.__name__]
    required = schema.get("required", [])
    fields = {n: _flat(f) | {"required": n in required} for n, f in schema["properties"].items()}
    return dict(sorted(fields.items(), key=lambda item: item[1].get("x-order", 99)))


def _flat(field: dict[str, Any]) -> dict[str, Any]:
    """A field that may be left out hides its words in one of two alternatives."""
    parts = [part for part in field.get("anyOf", []) if part.get("type") != "null"]
    return {**field, **parts[0]} if len(parts) == 1 else field


def _asks(field: Mapping[str, Any]) -> bool:
    """At a terminal, for everything but what has a good default of its own."""
    return _interactive() and (field["required"] or field.get("x-secret", False))


def _interactive() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _ask(name: str, field: Mapping[str, Any]) -> str:
    if field.get("description"):
        err.print(str(field["description"]), style="dim", markup=False)
    answer = typer.prompt(
        str(field.get("title", name)),
        default=None if field["required"] else "",
        hide_input=bool(field.get("x-secret")),
        show_default=False,
        err=True,
    )
    return str(answer)


def _need(manifest: Manifest, values: Mapping[str, str]) -> None:
    missing = [n for n, f in _fields(manifest).items() if f["required"] and n not in values]
    if not missing:
        return
    secrets = secret_fields(manifest.config)
    ways = [f"{n} by {'--secret-file' if n in secrets else f'--set {n}=…'}" for n in missing]
    raise Trouble(f"{manifest.title} also needs {', '.join(missing)}.", f"Give {', '.join(ways)}.")


def _typed(value: str, field: Mapping[str, Any]) -> Any:
    """What the form calls a number, a switch or a list, as one; whether it fits is the hub's to
    say. A list is written with commas, or as JSON."""
    kind = field.get("type")
    if kind == "integer" and value.lstrip("-").isdecimal():
        return int(value)
    if kind == "boolean" and value in ("true", "false"):
        return value == "true"
    if kind == "array" and not value.startswith("["):
        parts = [part.strip() for part in value.split(",")]
        return [_typed(part, field.get("items", {})) for part in parts if part]
    if kind in ("number", "array", "object"):
        try:
            return msgspec.json.decode(value)
        except msgspec.DecodeError:
            return value
    return value
