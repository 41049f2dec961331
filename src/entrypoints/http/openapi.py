"""The OpenAPI 3.1 document, made from the routes and what each promises."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Litestar
from litestar.routes import HTTPRoute

from entrypoints.http.idempotency import HEADER
from entrypoints.http.operation import Key, Operation, operation_of
from entrypoints.http.problems import MEDIA_TYPE, ProblemBody
from entrypoints.http.schema_names import public_names
from entrypoints.http.wire.examples import EXAMPLES, example_of

VERSION = "1.0.0"
TAGS = (
    "Search and quote",
    "Bookings",
    "Flights",
    "Channels",
    "Payments",
    "Agreements",
    "Stock",
    "Pilgrims",
    "Events",
    "Partners",
    "Connections",
    "Agency",
    "Inbound",
    "Health",
    "Reference",
)
REF = "#/components/schemas/{name}"
_REFERRED = re.compile('"#/components/schemas/([^"/]+)"')
PROBLEM = {"$ref": "#/components/schemas/Problem"}
_ABOUT = """One API for suppliers, payments and partners, that never books twice.

**Keys.** `Authorization: Bearer serai_test_…` or `serai_live_…`; the two never mix.
**Once.** Calls that book, pay or refund take an `Idempotency-Key`: the same key has one effect
and one answer, marked `Idempotency-Replayed: true` when it is given again.
**Problems.** Every error is `application/problem+json` (RFC 9457) with a stable `code`, all
faults in `errors`, and the `request_id` to quote to support.
**Money.** `minor` counts the minor unit of an ISO 4217 currency: 412500 SAR is SAR 4,125.00.
**Lists.** Newest first; give `next` as `after` for the next page.
"""
_ERRORS = {
    400: "It cannot be read, or a header is missing.",
    401: "No key, or one that opens nothing.",
    403: "The key lacks the permission that detail names.",
    404: "There is no such thing for this key.",
    409: "It cannot be done from the present state.",
    413: "The body is larger than 1 MiB.",
    415: "The body is not JSON.",
    422: "Fields are wrong; errors names each.",
    429: "The key has used up its requests; wait for Retry-After.",
    502: "The vendor could not be used: settings or contract. Nothing was done.",
    503: "The vendor or the store is not available. Nothing was done.",
}


def document(app: Litestar) -> dict[str, Any]:
    found = sorted(_operations(app), key=lambda o: (o[0], o[1]))
    named, components = _schemas([promised for _, _, _, promised in found])
    paths: dict[str, dict[str, Any]] = {}
    for path, method, handler, promised in found:
        paths.setdefault(path, {})[method] = _operation(path, method, handler, promised, named)
    made = {
        "openapi": "3.1.0",
        "info": {"title": "Serai", "version": VERSION, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "tags": [{"name": tag} for tag in sorted({_tag(h) for _, _, h, _ in found}, key=_place)],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {
                f"Problem{status}": {
                    "description": means,
                    "content": {MEDIA_TYPE: {"schema": PROBLEM}},
                }
                for status, means in _ERRORS.items()
            },
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }
    return _renamed(made)


def _operations(app: Litestar) -> Iterator[tuple[str, str, Any, Operation]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                promised = operation_of(handler)
                if promised is not None:
                    for method in handler.http_methods:
                        yield route.path_format, method.lower(), handler, promised


def _schemas(promises: list[Operation]) -> tuple[dict[Any, Any], dict[str, Any]]:
    """Struct → its schema, and every schema by its name."""
    kinds: dict[Any, None] = {ProblemBody: None}
    queries: dict[Any, None] = {}
    for promised in promises:
        streams = (promised.streams or {}).values()
        wanted = (promised.takes, *promised.answers.values(), *streams)
        kinds |= dict.fromkeys(kind for kind in wanted if kind is not None)
        queries |= dict.fromkeys([promised.asks] if promised.asks is not None else [])
    every = [*kinds, *queries]
    schemas, components = msgspec.json.schema_components(every, ref_template=REF)
    for query in queries:  # they are told as parameters
        del components[query.__name__]
    return dict(zip(every, schemas, strict=True)), components


def _renamed(made: dict[str, Any]) -> dict[str, Any]:
    """The document as its readers get it, with public names for its schemas."""
    schemas = made["components"]["schemas"]
    told = public_names(schemas)
    for name, schema in schemas.items():
        if "title" in schema:
            schema["title"] = told[name]
    text = msgspec.json.encode(made).decode()
    text = _REFERRED.sub(lambda ref: f'"{REF.format(name=told.get(ref[1], ref[1]))}"', text)
    document: dict[str, Any] = msgspec.json.decode(text)
    named = document["components"]["schemas"]
    document["components"]["schemas"] = {
        told[n]: named[n] for n in sorted(named, key=told.__getitem__)
    }
    return document


def _place(tag: str) -> int:
    """In the order a developer needs them. ValueError: a tag that has no place yet."""
    return TAGS.index(tag)


def _tag(handler: Any) -> str:
    return str(next(iter(handler.tags or handler.owner.tags)))


def _operation(
    path: str, method: str, handler: Any, promised: Operation, named: dict[Any, Any]
) -> dict[str, Any]:
    described = inspect.cleandoc(handler.fn.__doc__ or "")
    needs = f"Needs the permission `{promised.needs}`." if promised.needs else ""
    made: dict[str, Any] = {
        "operationId": _id(path, method),
        "summary": promised.summary,
        "description": "\n\n".join(text for text in (described, needs) if text),
        "tags": [_tag(handler)],
        "parameters": [*_path_parameters(path), *_query(promised), *_key(promised)],
        "responses": _responses(path, promised, named),
    }
    if promised.needs:
        made["x-permission"] = str(promised.needs)
    if promised.public:
        made["security"] = []
    if promised.takes is not None or promised.raw:
        made["requestBody"] = _body(promised, named)
    return {name: value for name, value in made.items() if value != [] or name == "security"}


def _id(path: str, method: str) -> str:
    words = [w.strip("{}") for w in path.strip("/").split("/") if w != "v1"]
    return "_".join([method, *(w.replace("-", "_").replace(".", "_") for w in words)])


def _path_parameters(path: str) -> list[dict[str, Any]]:
    names = [w[1:-1] for w in path.split("/") if w.startswith("{")]
    return [
        {"name": n, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for n in names
    ]


def _query(promised: Operation) -> list[dict[str, Any]]:
    if promised.asks is None:
        return []
    _, components = msgspec.json.schema_components([promised.asks], ref_template=REF)
    schema = components[promised.asks.__name__]
    required = schema.get("required", ())
    return [
        {"name": n, "in": "query", "required": n in required, "schema": _without_null(s)}
        for n, s in schema["properties"].items()
    ]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A query cannot say null: leaving it out is how it is left out."""
    if "anyOf" not in schema:
        return schema
    kept = [s for s in schema["anyOf"] if s != {"type": "null"}]
    return dict(kept[0]) if len(kept) == 1 else {"anyOf": kept}


def _key(promised: Operation) -> list[dict[str, Any]]:
    if promised.key is Key.NONE:
        return []
    required = promised.key is Key.REQUIRED
    about = "A fresh one for each intent, the same for each repeat of it."
    schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[A-Za-z0-9_.:-]+$"}
    return [
        {
            "name": HEADER,
            "in": "header",
            "required": required,
            "description": about,
            "schema": schema,
        }
    ]


def _body(promised: Operation, named: dict[Any, Any]) -> dict[str, Any]:
    if promised.raw or promised.takes is None:
        content: dict[str, Any] = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
        return {"required": True, "content": content}
    media: dict[str, Any] = {"schema": named[promised.takes]}
    if promised.takes in EXAMPLES:
        media["example"] = example_of(promised.takes)
    return {"required": not promised.bodyless, "content": {"application/json": media}}


def _responses(path: str, promised: Operation, named: dict[Any, Any]) -> dict[str, Any]:
    answers = {str(s): _answer(s, kind, promised, named) for s, kind in promised.answers.items()}
    problems = sorted(_problems(path, promised))
    return answers | {str(s): {"$ref": f"#/components/responses/Problem{s}"} for s in problems}


def _problems(path: str, promised: Operation) -> set[int]:
    statuses = set(promised.problems)
    if promised.raw:
        statuses |= {413}
    if not promised.public:
        statuses |= {400, 401, 403, 429}
        if "{" in path:
            statuses |= {404}
        if promised.takes is not None:
            statuses |= {400, 409, 413, 415, 422}
        if promised.key is not Key.NONE:
            statuses |= {409, 413, 422}
    return statuses


def _answer(status: int, kind: Any, promised: Operation, named: dict[Any, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if kind is not None:
        media: dict[str, Any] = {"schema": named[kind]}
        if kind in EXAMPLES:
            media["example"] = example_of(kind)
        answer["content"] = {promised.media_type: media}
    elif status != HTTPStatus.NO_CONTENT:
        answer["content"] = {promised.media_type: {"schema": {"type": "string"}}}
    if promised.streams:
        kinds = ", ".join(f"`{n}`" for n in promised.streams)
        answer["content"]["text/event-stream"] = {
            "schema": {"type": "string", "description": f"Events {kinds}; comments are pings."},
            "x-events": {n: named[k] for n, k in promised.streams.items()},
        }
    return answer
