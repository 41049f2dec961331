"""The wire messages kept for Stripe, and the contracts they are held against."""

from __future__ import annotations

import functools
import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jsonschema

ROOT = Path(__file__).parents[3]
FIXTURES = ROOT / "fixtures" / "stripe"
CALLS = sorted(p.parent for p in FIXTURES.glob("*/*/meta.toml") if p.parts[-3] != "webhook")
WEBHOOKS = sorted(p.parent for p in FIXTURES.glob("webhook/*/meta.toml"))
VENDOR_CONTRACTS = "SERAI_VENDOR_CONTRACTS"
# A form is flat texts: what Stripe's types allow each text to be.
PLAIN = {"int": r"-?[0-9]+", "bool": r"true|false", "str": r"(?s:.+)"}


def name(case: Path) -> str:
    return f"{case.parent.name}/{case.name}"


def meta(case: Path) -> dict[str, Any]:
    return tomllib.loads((case / "meta.toml").read_text())


def load(case: Path, file: str) -> Any:
    return json.loads((case / file).read_text())


@functools.cache
def contract() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "contracts/stripe/contract.json").read_text())
    jsonschema.Draft202012Validator.check_schema(found)
    return found


def faults(definition: str, thing: object) -> list[str]:
    """What in *thing* is against our own contract."""
    schema = {"$ref": f"#/$defs/{definition}", "$defs": contract()["$defs"]}
    validator = jsonschema.Draft202012Validator(schema)
    return [f"{e.json_path}: {e.message}" for e in validator.iter_errors(thing)]


def tree(form: bytes) -> dict[str, Any]:
    """A bracketed form as a tree of texts; lists where all names are numbers."""
    root: dict[str, Any] = {}
    for name, value in parse_qsl(form.decode("ascii"), strict_parsing=True):
        *branches, leaf = re.findall(r"[^\[\]]+", name)
        at = root
        for branch in branches:
            at = at.setdefault(branch, {})
        assert leaf not in at, f"{name} twice"
        at[leaf] = value
    return {k: _lists(v) for k, v in root.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {k: _lists(v) for k, v in value.items()}
    return [*inner.values()] if all(k.isdigit() for k in inner) else inner


def vendor_folder() -> Path | None:
    """Where the vendors' own contracts are, if this machine has them."""
    found = os.environ.get(VENDOR_CONTRACTS)
    folder = Path(found) / "stripe" if found else None
    return folder if folder and folder.is_dir() else None


def vendor_faults(folder: Path, operation: str, params: object) -> list[str]:
    """What in *params* the official SDK's parameter types do not allow."""
    listed = json.loads((folder / "stripe_python_16.1.0_params.json").read_text())
    types: dict[str, dict[str, dict[str, str]]] = listed["operations"][operation]
    return list(_typed(types, next(iter(types)), "", params))


def _typed(types: dict[str, Any], type_: str, path: str, params: Any) -> Any:
    if not isinstance(params, dict):
        yield f"{path} is not an object"
        return
    fields = types[type_]
    for key, value in params.items():
        where = f"{path}.{key}"
        if key not in fields:
            yield f"{where} is unknown"
            continue
        yield from _fits(types, fields[key]["type"], where, value)
    needed = {k for k, v in fields.items() if not v["type"].startswith("NotRequired")}
    yield from (f"{path}.{k} is missing" for k in sorted(needed - params.keys()))


def _fits(types: dict[str, Any], said: str, where: str, value: Any) -> Any:
    inner = [t for t in re.findall(r"[A-Za-z]+Params\w+", said) if t in types]
    if inner:
        many = isinstance(value, list)
        if many != ("List[" in said):
            yield f"{where} is {'' if many else 'not '}a list"
        for item in value if many else [value]:
            yield from _typed(types, inner[0], where, item)
    elif "Dict[str, str]" in said:
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            yield f"{where} is not a map of texts"
    else:
        allowed = [pattern for plain, pattern in PLAIN.items() if re.search(rf"\b{plain}\b", said)]
        words = re.findall(r"'(\w+)'", said)
        if not isinstance(value, str) or not (
            value in words or any(re.fullmatch(p, value) for p in allowed)
        ):
            yield f"{where} is none of {said}"
