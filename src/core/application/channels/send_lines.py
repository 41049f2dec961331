"""Send messages one after the other, and read each answer for what it is, line by line."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from core.application.hub import Hub
from core.domain.channels.push import Sent
from core.domain.channels.refusal import Night, held_back, nights_of_prices
from core.domain.stock.ari import AriLine, PushAnswer, RefusedLine
from ports.ari_channel import AriChannel
from ports.errors import Skipped, VendorError

WARNINGS_KEPT = 20


class Sending(msgspec.Struct, frozen=True):
    """sent: what was sent, and what came of it. left: what was not, or has to be said again.
    error: why it stopped, if it did. reference: the channel's number of the last message."""

    sent: tuple[Sent, ...]
    left: tuple[AriLine, ...]
    error: VendorError | None
    warnings: tuple[str, ...] = ()
    reference: str = ""


async def send_lines(
    hub: Hub,
    channel: AriChannel,
    property_code: str,
    messages: Sequence[Sequence[AriLine]],
    by: float,
) -> Sending:
    """Never raises a VendorError. by: of the monotonic clock; no message is begun after it.

    A message of which nothing was taken is sent again without the lines that were refused. Where
    the channel does not say which, it is cut in halves until the wrong line stands alone. What
    would open a night whose price was refused is left for the next turn, which closes that first.
    """
    waiting = [tuple(message) for message in messages]
    sent: list[Sent] = []
    left: list[AriLine] = []
    unpriced: set[Night] = set()
    warnings: list[str] = []
    reference = ""
    error: VendorError | None = None
    while waiting and error is None and (not sent or hub.clock.monotonic() < by):
        lines, late = held_back(waiting.pop(0), unpriced)
        left += late
        if not lines:
            continue
        try:
            answer = _named(lines, await channel.push(property_code, lines))
        except Skipped as e:
            error, waiting = e, [lines, *waiting]
        except VendorError as e:
            # Whatever it says, it was on its way; lines are absolute, so it is told again.
            error, waiting = e, [lines, *waiting]
            sent.append(Sent(lines, known=False))
        else:
            reference = answer.reference or reference
            refused = {no.line: (no.line, no.code, no.message) for no in answer.refused}
            unpriced |= nights_of_prices(lines[n] for n in refused)
            rest = [n for n in range(len(lines)) if n not in refused]
            if answer.taken:
                warnings += answer.warnings
            else:
                waiting = [*_again(lines, rest, answer), *waiting]
                rest = []
            sent.append(Sent(lines, True, tuple(rest), tuple(refused.values())))
    left += [line for lines in waiting for line in lines]
    return Sending(tuple(sent), tuple(left), error, tuple(warnings[-WARNINGS_KEPT:]), reference)


def _named(lines: tuple[AriLine, ...], answer: PushAnswer) -> PushAnswer:
    """Of one line alone the channel need not say which it refused."""
    if answer.taken or answer.refused or len(lines) > 1:
        return answer
    why = "; ".join(answer.warnings) or "the channel refused it and did not say why"
    return msgspec.structs.replace(answer, refused=(RefusedLine(0, "refused", why),))


def _again(
    lines: tuple[AriLine, ...], rest: list[int], answer: PushAnswer
) -> list[tuple[AriLine, ...]]:
    """What is sent in place of a message of which nothing was taken."""
    if answer.refused:
        return [tuple(lines[n] for n in rest)] if rest else []
    middle = len(lines) // 2
    return [lines[:middle], lines[middle:]]
