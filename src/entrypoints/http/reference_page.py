from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any

import msgspec

CSS = """\
:root{color-scheme:light dark;--line:color-mix(in srgb,currentColor 18%,transparent);
--soft:color-mix(in srgb,currentColor 6%,transparent);--accent:light-dark(#8a4b12,#f0b878)}
*{box-sizing:border-box}
body{margin:0 auto;max-width:64rem;padding:1.5rem 1rem 4rem;
font:16px/1.55 system-ui,sans-serif;overflow-wrap:anywhere}
h1{margin:.2rem 0;font-size:1.9rem}h2{margin:2.5rem 0 .6rem;border-bottom:1px solid var(--line)}
h3{margin:1.2rem 0 .3rem;font-size:1rem}
nav{display:flex;flex-wrap:wrap;gap:.4rem 1rem;margin:1rem 0}
a{color:var(--accent)}code,pre{font:13.5px/1.5 ui-monospace,monospace}
pre{background:var(--soft);padding:.7rem .9rem;border-radius:.5rem;overflow-x:auto}
details{border:1px solid var(--line);border-radius:.6rem;margin:.5rem 0}
summary{cursor:pointer;padding:.6rem .9rem}details>div{padding:0 .9rem .9rem}
.verb{display:inline-block;min-width:3.6rem;font-weight:700;color:var(--accent)}
.path{font-weight:600}.means{display:block;opacity:.8}
table{border-collapse:collapse;width:100%}
td,th{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-top:1px solid var(--line)}
.scroll{overflow-x:auto}
"""
_HEAD = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width,initial-scale=1">'
    '<title>{title}</title><link rel="stylesheet" href="/docs/reference.css"></head><body>'
)


def page(document: dict[str, Any], base: str) -> str:
    """*document* as one page. base: the address that the curl samples call."""
    info = document["info"]
    tags = [t["name"] for t in document["tags"]]
    links = "".join(f'<a href="#{_anchor(t)}">{escape(t)}</a>' for t in tags)
    parts = [
        _HEAD.format(title="Serai API reference"),
        f"<header><h1>{escape(info['title'])}</h1><p>Version {escape(info['version'])} · "
        '<a href="/v1/openapi.json">OpenAPI 3.1</a></p>',
        _prose(info["description"]),
        f'<nav aria-label="Sections">{links}<a href="#schemas">Schemas</a></nav></header><main>',
        *(_section(document, tag, base) for tag in tags),
        _schemas(document),
        "</main></body></html>",
    ]
    return "".join(parts)


def problem_page(code: str, title: str, remedy: str) -> str:
    head = _HEAD.format(title=escape(title))
    text = f"<h1>{escape(title)}</h1><p><code>{escape(code)}</code></p><p>{escape(remedy)}</p>"
    return f'{head}<main>{text}<p><a href="/docs">API reference</a></p></main></body></html>'


def _anchor(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower())


def _prose(text: str) -> str:
    """Paragraphs with `code` and **bold**, which is all our texts use."""
    paragraphs = []
    for paragraph in text.strip().split("\n\n"):
        safe = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(paragraph))
        safe = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", safe)
        safe = safe.replace("\n<strong>", "<br><strong>")
        paragraphs.append(f"<p>{safe}</p>")
    return "".join(paragraphs)


def _section(document: dict[str, Any], tag: str, base: str) -> str:
    made = [f'<section id="{_anchor(tag)}"><h2>{escape(tag)}</h2>']
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if operation["tags"] == [tag]:
                made.append(_operation(document, path, method, operation, base))
    return "".join(made) + "</section>"


def _operation(
    document: dict[str, Any], path: str, method: str, told: dict[str, Any], base: str
) -> str:
    return (
        f'<details id="{escape(told["operationId"])}"><summary>'
        f'<span class="verb">{method.upper()}</span> <code class="path">{escape(path)}</code>'
        f'<span class="means">{escape(told["summary"])}</span></summary><div>'
        f"{_prose(told['description'])}{_parameters(told)}{_body(told)}"
        f"<h3>Try it</h3><pre>{escape(_curl(path, method, told, base))}</pre>"
        f"{_answers(document, told)}</div></details>"
    )


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    head = "".join(f"<th>{escape(h)}</th>" for h in heads)
    body = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><tr>{head}</tr>{body}</table></div>'


def _parameters(told: dict[str, Any]) -> str:
    rows = [
        (
            f"<code>{escape(p['name'])}</code>",
            p["in"] + (", required" if p.get("required") else ""),
            _type(p["schema"]),
            escape(p.get("description", p["schema"].get("description", ""))),
        )
        for p in told.get("parameters", ())
    ]
    return "<h3>Parameters</h3>" + _table(("name", "where", "type", ""), rows) if rows else ""


def _body(told: dict[str, Any]) -> str:
    content = told.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return ""
    return f"<h3>Body</h3><p>{_type(content['schema'])}</p>{_example(content)}"


def _example(content: dict[str, Any]) -> str:
    return f"<pre>{escape(_json(content['example']))}</pre>" if "example" in content else ""


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _answers(document: dict[str, Any], told: dict[str, Any]) -> str:
    rows, examples = [], []
    shared = document["components"]["responses"]
    for status, given in told["responses"].items():
        answer = shared[given["$ref"].rpartition("/")[2]] if "$ref" in given else given
        kinds = " or ".join(
            f"{_type(c['schema'])} <code>{escape(media)}</code>"
            for media, c in answer.get("content", {}).items()
        )
        rows.append((f"<code>{status}</code>", escape(answer["description"]), kinds))
        examples += [_example(c) for c in answer.get("content", {}).values()]
    return "<h3>Answers</h3>" + _table(("status", "means", "body"), rows) + "".join(examples[:1])


def _curl(path: str, method: str, told: dict[str, Any], base: str) -> str:
    lines = [f"curl {base}{path}" if method == "get" else f"curl -X {method.upper()} {base}{path}"]
    if told.get("security") != []:
        lines.append("-H 'Authorization: Bearer serai_test_…'")
    if any(p["name"] == "Idempotency-Key" and p["required"] for p in told.get("parameters", ())):
        lines.append("-H 'Idempotency-Key: a-fresh-one-for-each-intent'")
    content = told.get("requestBody", {}).get("content", {}).get("application/json")
    if content is not None and "example" in content:
        lines.append("-H 'Content-Type: application/json'")
        quoted = msgspec.json.encode(content["example"]).decode().replace("'", "'\\''")
        lines.append(f"-d '{quoted}'")
    return " \\\n  ".join(lines)


def _schemas(document: dict[str, Any]) -> str:
    made = ['<section id="schemas"><h2>Schemas</h2>']
    for name, schema in document["components"]["schemas"].items():
        means = _prose(schema["description"]) if "description" in schema else ""
        made.append(
            f'<details id="schema-{escape(name)}"><summary><code>{escape(name)}</code></summary>'
            f"<div>{means}{_fields(schema)}</div></details>"
        )
    return "".join(made) + "</section>"


def _fields(schema: dict[str, Any]) -> str:
    if "properties" not in schema:
        return f"<p>{_type(schema)}</p>"
    required = schema.get("required", ())
    rows = [
        (
            f"<code>{escape(name)}</code>" + (" *" if name in required else ""),
            _type(field),
            escape(field.get("description", "")),
        )
        for name, field in schema["properties"].items()
    ]
    return _table(("field", "type", ""), rows)


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#schema-{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(s) for s in schema["anyOf"])
    if "enum" in schema:
        return " · ".join(f"<code>{escape(str(v))}</code>" for v in schema["enum"])
    if "const" in schema:
        return f"<code>{escape(str(schema['const']))}</code>"
    kind = escape(str(schema.get("format", schema.get("type", "any"))))
    if schema.get("items"):
        kind = f"{kind} of {_type(schema['items'])}"
    if schema.get("prefixItems"):
        kind = f"{kind} of " + ", ".join(_type(s) for s in schema["prefixItems"])
    limits = [f"{n} {schema[n]}" for n in ("minimum", "maximum", "maxLength") if n in schema]
    return kind + (f" <small>{escape(', '.join(limits))}</small>" if limits else "")
