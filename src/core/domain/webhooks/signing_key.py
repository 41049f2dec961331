"""The key pairs an agency signs with by v1a, and how one follows another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from core.domain.secret import Secret
from core.domain.webhooks.signature import MOST, OVERLAP, TooManySign

SHOWN = timedelta(hours=24)  # after it ends: a receiver may verify late what it took in early


class SigningKey(msgspec.Struct, frozen=True):
    """An ed25519 key pair of one tenant in one environment. id: the `kid` of its key set.

    public: `whpk_…`. private: `whsk_…`, None where it does not open. signs_until: None for the
    newest. shown_until: until then it is in the key set.
    """

    id: str
    public: str
    private: Secret | None
    created_at: datetime
    signs_until: datetime | None = None
    shown_until: datetime | None = None

    def signs(self, now: datetime) -> bool:
        return self.signs_until is None or now < self.signs_until

    def shown(self, now: datetime) -> bool:
        return self.shown_until is None or now < self.shown_until


def rotated(
    keys: Sequence[SigningKey], fresh: SigningKey, now: datetime
) -> tuple[SigningKey, ...] | TooManySign:
    """What changes when *fresh* follows *keys*: those that now end, and *fresh* last."""
    ends = [k.signs_until for k in keys if k.signs_until is not None and k.signs(now)]
    if len(ends) >= MOST - 1:
        return TooManySign(min(ends))
    last = now + OVERLAP
    ending = (
        msgspec.structs.replace(k, signs_until=last, shown_until=last + SHOWN)
        for k in keys
        if k.signs_until is None
    )
    return (*ending, fresh)


def signing(keys: Sequence[SigningKey], now: datetime) -> tuple[Secret, ...]:
    """The private halves that sign at *now*, in the order of *keys*."""
    return tuple(k.private for k in keys if k.private is not None and k.signs(now))
