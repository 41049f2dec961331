"""Why something was not done, and a move that there is not."""

from __future__ import annotations

import msgspec


class IllegalMove(ValueError):
    """What it is about cannot go there from where it is."""


class Refusal(msgspec.Struct, frozen=True):
    """Why something that was asked of a vendor did not happen, or is not known to have.

    code: ours, such as `sold_out`, `vendor_refused`, `absent` or `operator`. vendor_code: theirs.
    """

    code: str
    message: str
    vendor_code: str | None = None
