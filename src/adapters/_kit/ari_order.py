"""The order in which a channel is told, where rooms do not share a message with rates."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple

from core.domain.stock.ari import AriLine, AvailabilityLine


class Ordered(NamedTuple):
    """closing: rooms that lead, because there are fewer of them. plans: rates and restrictions.
    opening: all other rooms, told last: a night opens only once its price and its rules were
    told, also where a message between the two does not get through."""

    closing: list[AriLine]
    plans: list[AriLine]
    opening: list[AriLine]


def ordered(lines: Sequence[AriLine]) -> Ordered:
    closing = list(takewhile(_is_of_rooms, lines))
    rest = lines[len(closing) :]
    return Ordered(
        closing,
        [line for line in rest if not _is_of_rooms(line)],
        [line for line in rest if _is_of_rooms(line)],
    )


def _is_of_rooms(line: AriLine) -> bool:
    return isinstance(line, AvailabilityLine)
