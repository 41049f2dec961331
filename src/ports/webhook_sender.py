from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from core.domain.webhooks.delivery import Sent


class WebhookSender(Protocol):
    def refusal(self, url: str) -> str | None:
        """Why nothing would ever be sent to *url*, as far as its text shows; else None."""
        ...

    async def send(
        self, url: str, headers: Mapping[str, str], raw: bytes, *, deadline_s: float
    ) -> Sent:
        """POST *raw* once, following no redirect; one deadline over DNS to last byte.

        Never raises for what the other side did: every fault is in the answer.
        Addresses that are not public are refused where the socket is made.
        """
        ...
