"""Exchanges against OCTO's own OpenAPI description, strictly."""

from __future__ import annotations

import copy
import re
from typing import Any

import jsonschema

PARAMETERS = re.compile(r"\{[^}]*\}")


def keep_their_contract(
    official: dict[str, Any], request: dict[str, Any], response: dict[str, Any]
) -> None:
    """One exchange against the operation it is, request and answer."""
    operation = _operation(official, request["method"], request["path"])
    if request["body"] is not None:
        _validate(official, _schema(operation["requestBody"]), request["body"])
    named = {p["name"] for p in _parameters(official, operation)}
    assert set(request["query"]) <= named
    if response["status"] == 200:
        assert "octo-capabilities" in response["headers"]
        _validate(official, _schema(operation["responses"]["200"]), response["body"])
    else:
        _validate(
            official, {"$ref": "#/components/schemas/BaseError"}, response["body"], open_=True
        )


def _operation(official: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    """A path written out goes before one with a parameter in it."""
    for template in sorted(official["paths"], key=lambda p: p.count("{")):
        if re.fullmatch(PARAMETERS.sub("[^/]+", template), path):
            found: dict[str, Any] = official["paths"][template][method.lower()]
            return found
    raise AssertionError(f"they have no {method} {path}")


def _schema(message: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = message["content"]["application/json"]["schema"]
    return found


def _parameters(official: dict[str, Any], operation: dict[str, Any]) -> list[dict[str, Any]]:
    known = official["components"]["parameters"]
    return [known[p["$ref"].rpartition("/")[2]] for p in operation["parameters"]]


def _validate(
    official: dict[str, Any], schema: dict[str, Any], body: Any, *, open_: bool = False
) -> None:
    schemas = copy.deepcopy(official["components"]["schemas"])
    for name in schemas:
        _tighten(schemas, name, open_=open_)
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(
        {**schema, "components": {"schemas": schemas}}, format_checker=checker
    ).validate(body)


def _tighten(schemas: dict[str, Any], name: str, *, open_: bool) -> None:
    """OpenAPI 3.0's `nullable` in JSON Schema's words, and nothing unknown allowed."""
    schema = schemas[name]
    properties = schema.get("properties", {})
    for field, property_ in properties.items():
        if property_.pop("nullable", False):
            properties[field] = {"anyOf": [property_, {"type": "null"}]}
    if "properties" in schema and not open_:
        schema["unevaluatedProperties"] = False
    # Where one is made of another, only the whole is closed.
    for part in schema.get("allOf", ()):
        schemas[part["$ref"].rpartition("/")[2]].pop("unevaluatedProperties", None)
