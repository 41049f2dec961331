"""Our own contracts, made from the code: `python -m entrypoints.contracts [--check]`.

contracts/hub/openapi.json from the routes, contracts/hub/asyncapi.json from the catalogue of
events, docs/capabilities.md from the adapters' manifests. --check writes nothing and exits 1,
naming what differs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from core.domain.event import EventBody
from core.domain.events.catalogue import CATALOGUE
from core.domain.events.catalogue.event_type import EventType
from entrypoints import capabilities
from entrypoints.bootstrap import manifests
from entrypoints.http.app import api_document
from entrypoints.http.faults import escaped

ROOT = Path(__file__).parents[2]
FOLDER, DOCS = ROOT / "contracts" / "hub", ROOT / "docs"
PAGE = "capabilities.md"
VERSION = "1.0.0"
_REF = "#/components/schemas/{name}"
_ABOUT = """What the hub tells partners' endpoints, by POST, signed as Standard Webhooks 1.0: verify
`webhook-signature` over `webhook-id.webhook-timestamp.body` with the endpoint's secret (v1) or
the agency's public keys (v1a), refuse
timestamps more than five minutes away, and deduplicate on `webhook-id`, which stays the same on
every retry and replay. `sequence` counts per subject: an older one that comes late is old news.
Answer 2xx within 15 seconds; 410 disables the endpoint."""


def asyncapi() -> dict[str, Any]:
    """The catalogue of events as AsyncAPI 3."""
    kinds = list(dict.fromkeys(type(t.example) for t in CATALOGUE.values()))
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    data = dict(zip(kinds, schemas, strict=True))
    names = {name: {"$ref": f"#/components/messages/{name}"} for name in CATALOGUE}
    channel = {"$ref": "#/channels/endpoint"}
    sent = [{"$ref": f"#/channels/endpoint/messages/{name}"} for name in CATALOGUE]
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Serai events", "version": VERSION, "description": _ABOUT},
        "defaultContentType": "application/json",
        "channels": {
            "endpoint": {
                "address": None,
                "title": "A partner's webhook endpoint",
                "messages": names,
            }
        },
        "operations": {"tell": {"action": "send", "channel": channel, "messages": sent}},
        "components": {
            "messages": {t.name: _message(t, data[type(t.example)]) for t in CATALOGUE.values()},
            "schemas": {**components, "WebhookHeaders": _HEADERS},
        },
    }


_HEADERS: dict[str, Any] = {
    "type": "object",
    "required": ["webhook-id", "webhook-timestamp", "webhook-signature"],
    "properties": {
        "webhook-id": {"type": "string", "description": "The event's id; deduplicate on it."},
        "webhook-timestamp": {
            "type": "string",
            "pattern": "^[0-9]+$",
            "description": "Unix seconds of this attempt.",
        },
        "webhook-signature": {
            "type": "string",
            "description": "`v1,` and base64 of HMAC-SHA256, or `v1a,` and base64 of ed25519, as"
            " the endpoint wants; several, by spaces, while a secret or a key is rotated.",
        },
    },
}


def _message(event: EventType, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": event.name,
        "title": event.name,
        "summary": event.means,
        "headers": {"$ref": _REF.format(name="WebhookHeaders")},
        "payload": {
            "type": "object",
            "required": ["id", "type", "timestamp", "schema", "subject", "sequence", "data"],
            "properties": {
                "id": {"type": "string", "description": "Equal to webhook-id."},
                "type": {"const": event.name},
                "timestamp": {"type": "string", "format": "date-time"},
                "schema": {"const": event.schema},
                "subject": {"type": "string", "description": "The id of what it is about."},
                "sequence": {"type": "integer", "minimum": 1},
                "data": data,
                "test": {
                    "const": True,
                    "description": "There only where somebody asked for the event to try a"
                    " receiver; nothing happened.",
                },
            },
        },
        "examples": [{"name": event.name, "payload": _example(event)}],
    }


def _example(event: EventType) -> Any:
    data = msgspec.to_builtins(event.example)
    body = EventBody(
        id="evt_06f3m9d4f6h8k1n3q5s7v9x2za",
        type=event.name,
        timestamp=datetime(2026, 12, 1, 8, 30, 5, tzinfo=UTC),
        schema=event.schema,
        subject=next(iter(data.values())),  # the first field of every payload names it
        sequence=1,
        data=data,
    )
    return msgspec.json.decode(msgspec.json.encode(body))


CONTRACTS: dict[str, Callable[[], dict[str, Any]]] = {
    "openapi.json": api_document,
    "asyncapi.json": asyncapi,
}


def written(contract: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(contract), indent=2) + b"\n"


def differences(old: Any, new: Any, at: str = "") -> list[str]:
    """Where two documents differ, as JSON Pointers, with what happened there."""
    if isinstance(old, dict) and isinstance(new, dict):
        here = {n: f"{at}/{escaped(n)}" for n in (*old, *new)}
        found = [f"{here[n]}: is no more" for n in old if n not in new]
        found += [f"{here[n]}: is new" for n in new if n not in old]
        both = [n for n in old if n in new]
        return found + [d for n in both for d in differences(old[n], new[n], here[n])]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [d for place, (a, b) in pairs for d in differences(a, b, f"{at}/{place}")]
    return [] if old == new else [f"{at or '/'}: has changed"]


def capabilities_page() -> bytes:
    return capabilities.page(manifests()).encode()


def check(folder: Path, docs: Path) -> list[str]:
    """What in the folders differs from what the code says."""
    page = docs / PAGE
    same = page.exists() and page.read_bytes() == capabilities_page()
    found = [] if same else [f"{PAGE} is not what the manifests say"]
    for name, make in CONTRACTS.items():
        file, wanted = folder / name, written(make())
        if not file.exists():
            found.append(f"{name} is missing")
        elif file.read_bytes() != wanted:
            old, new = msgspec.json.decode(file.read_bytes()), msgspec.json.decode(wanted)
            found += [f"{name} {d}" for d in differences(old, new)] or [f"{name}: its form"]
    return found


def main(arguments: list[str], folder: Path = FOLDER, docs: Path = DOCS) -> int:
    if arguments == ["--check"]:
        found = check(folder, docs)
        for line in found:
            sys.stderr.write(line + "\n")
        if found:
            sys.stderr.write("write them anew: python -m entrypoints.contracts\n")
        return 1 if found else 0
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in CONTRACTS.items():
        (folder / name).write_bytes(written(make()))
    (docs / PAGE).write_bytes(capabilities_page())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
