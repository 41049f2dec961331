"""Logs: one line an event, to stderr, with nothing secret in it."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal

import structlog
from structlog.types import Processor

from core.domain.card import masked

HIDDEN = "•••"
# Field names whose value is never shown, whatever it looks like.
_NAMED = re.compile(
    r"secret|passw|authoriz|signature|credential|cookie|token"
    r"|(^|[_-])(api|private|encryption|access)[_-]?keys?($|[_-])",
    re.IGNORECASE,
)
# What gives itself away in any text: our keys, Stripe's, webhook secrets, bearers, userinfo.
_SHAPED = re.compile(
    r"serai_(?:test|live)_\w+|[sr]k_(?:test|live)_\w+|whsec_[\w+/=-]+"
    r"|(?<=[Bb]earer )\S+|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"
)


def configure(level: str = "info", form: Literal["console", "json"] = "console") -> None:
    """Send structlog's and the standard library's events through one redacting chain."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            redact,
            _renderer(form),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for chatty in ("arq", "alembic", "uvicorn", "aiosqlite", "asyncio"):
        logging.getLogger(chatty).setLevel(max(root.level, logging.WARNING))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _renderer(form: str) -> Processor:
    if form == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    plain = structlog.dev.plain_traceback  # the rich one prints local variables
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=plain, sort_keys=False
    )


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """The last step before rendering: what is named or shaped like a secret is hidden."""
    return {name: _safe(name, value) for name, value in event.items()}


def _safe(name: str, value: Any) -> Any:
    if _NAMED.search(name) and value not in (None, "", False, True):
        return HIDDEN
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, Mapping):
        return {str(k): _safe(str(k), v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_safe("", v) for v in value]
    return value if isinstance(value, int | float | None) else without_secrets(str(value))


def without_secrets(text: str) -> str:
    """*text* with everything shaped like a key, a signing secret or a card number hidden."""
    return masked(_SHAPED.sub(HIDDEN, text))
