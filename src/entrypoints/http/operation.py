"""What one route promises: its guard, its reference page and its OpenAPI are made from this."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from typing import Any

from litestar.connection import ASGIConnection

from core.domain.tenancy import Permission


class Key(enum.Enum):
    """Whether a route takes an Idempotency-Key."""

    NONE = "none"
    HONOURED = "honoured"
    REQUIRED = "required"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Operation:
    """needs: checked before the body is read; the use case checks it again.

    takes: the Struct of the JSON body; bodyless: it may be left out. raw: any bytes.
    asks: the Struct of the query parameters. answers: status → Struct, None for no JSON.
    problems: statuses beyond those that every such route may give.
    streams: the Struct of each server-sent event, by name.
    public: it takes no API key.
    """

    summary: str
    answers: Mapping[int, Any]
    needs: Permission | None = None
    takes: type[Any] | None = None
    bodyless: bool = False
    raw: bool = False
    asks: type[Any] | None = None
    key: Key = Key.NONE
    problems: tuple[int, ...] = ()
    streams: Mapping[str, Any] | None = None
    example: Mapping[str, Any] | None = None
    media_type: str = "application/json"
    public: bool = False


def operation(**promises: Any) -> dict[str, Any]:
    """For a handler's `opt`."""
    return {"operation": Operation(**promises)}


def operation_of(handler: Any) -> Operation | None:
    """None: one of the framework's own routes (OPTIONS)."""
    found = handler.opt.get("operation")
    return found if isinstance(found, Operation) else None


Connection = ASGIConnection[Any, Any, Any, Any]
