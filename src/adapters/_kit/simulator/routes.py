"""Which operation a request asks for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

from adapters._kit.simulator.web import Request

T = TypeVar("T")


def routed(
    routes: Iterable[tuple[str, str, T]],
    request: Request,
    prefix: str = "",
    flags: re.RegexFlag = re.NOFLAG,
) -> tuple[T, str] | None:
    """What *routes* (method, pattern of a path below *prefix*, operation) have for *request*, and
    what its pattern's groups caught, as it was written; None: it asks for nothing there is."""
    path = request.path.removeprefix(prefix)
    for method, pattern, operation in routes:
        match = re.fullmatch(pattern, path, flags)
        if match and method == request.method:
            return operation, "".join(match.groups())
    return None
