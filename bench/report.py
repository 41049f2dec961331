"""What every benchmark shares: figures beside their baseline, a table, a result file."""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"
LIBRARIES = (
    *("litestar", "msgspec", "sqlalchemy", "asyncpg", "httptools", "httpx", "aiohttp", "arq"),
    *("uvicorn", "uvloop"),
)


async def timed(call: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds of one *call*."""
    began = time.perf_counter()
    await call()
    return (time.perf_counter() - began) * 1000


def summary(times: Sequence[float]) -> dict[str, float]:
    """Of milliseconds: median, p99, and how many there were."""
    ordered = sorted(times)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return {"p50": round(statistics.median(ordered), 2), "p99": round(p99, 2), "n": len(ordered)}


class Part(NamedTuple):
    """Some figures of a measurement. facts: beside the rows, for the file."""

    title: str
    rows: dict[str, dict[str, Any]]
    facts: dict[str, Any]


def publish(name: str, title: str, rows: Mapping[str, Mapping[str, Any]], **more: Any) -> None:
    """Print *rows* as a table and write bench/results/<name>.json, *more* at its top level."""
    show(title, rows)
    RESULTS.mkdir(exist_ok=True)
    result = {**more, "figures": rows, "made_with": _made_with()}
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(result, indent=2) + "\n")
    Console().print(f"written to {path.relative_to(RESULTS.parents[1])}")


def show(title: str, rows: Mapping[str, Mapping[str, Any]]) -> None:
    """Print *rows* as a table."""
    table = Table(title=title)
    columns = list(dict.fromkeys(c for row in rows.values() for c in row))
    for column in ("", *columns):
        table.add_column(column, justify="left" if not column else "right")
    for label, row in rows.items():
        table.add_row(label, *(str(row.get(c, "")) for c in columns))
    Console().print(table)


def _made_with() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        **{name: version(name) for name in LIBRARIES},
    }
