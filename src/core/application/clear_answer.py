"""Only an explicit yes is a yes, and only an explicit no is a no."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from core.application.vendor_problem import refusal_of
from core.domain.refusal import Refusal
from core.domain.submission import Submission
from ports.errors import BrokenContract, OutcomeUnknown, Refused, VendorError

F = TypeVar("F")


class Withheld(Refused):
    """We ourselves did not send it: a no, unless it was sent before, of which it says nothing."""


async def clear_answer(ask: Awaitable[F], submission: Submission | None) -> F | Refusal | None:
    """What came of an unsafe call: the vendor's yes, or why certainly nothing was done.

    None: it is not known; what was sent is left as it stands, and the reconciler asks.
    submission: of the call; of a sending before it only the vendor's own no says anything.
    """
    try:
        return await ask
    except (OutcomeUnknown, BrokenContract, TimeoutError):
        return None
    except VendorError as e:
        again = submission is not None and submission.again
        theirs = isinstance(e, Refused) and not isinstance(e, Withheld)
        return None if again and not theirs else refusal_of(e)
