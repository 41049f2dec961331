"""Stock and channels under load: holds taken, changes told, messages read.

make bench NAME=distribution ARGS="--only xml --seconds 3"
"""

from __future__ import annotations

import argparse
import asyncio
from typing import Any

from bench.parts import channels, holds, xml
from bench.report import Part, publish, show

PARTS = ("holds", "channels", "xml")
CALM = 10  # so many times the seconds of a round


async def main() -> None:
    options = _options()
    found = {name: await _part(name, options.seconds) for name in options.only or PARTS}
    for part in found.values():
        show(part.title, part.rows)
    rows = {f"{name}: {row}": of for name, part in found.items() for row, of in part.rows.items()}
    facts: dict[str, Any] = {name: part.facts for name, part in found.items()}
    if set(found) == set(PARTS):  # a file of some parts would say that the others are not there
        publish("distribution", "All of it", rows, **facts)


async def _part(name: str, seconds: float) -> Part:
    match name:
        case "holds":
            return await holds.measure(seconds)
        case "channels":
            return await channels.measure(seconds * CALM)
        case _:
            return await xml.measure()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=3.0, help="of each round")
    parser.add_argument("--only", action="append", choices=PARTS)
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main())
