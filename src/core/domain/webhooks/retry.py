"""When a delivery that failed is tried again, as data."""

from __future__ import annotations

import msgspec

DELAYS_AT_MOST = 30
DAY_S = 86400


class RetrySchedule(msgspec.Struct, frozen=True):
    """delays_s: the wait after the first, second … failure. jitter: ± share of the wait.

    retry_after_max_s: what a receiver's Retry-After is believed up to. give_up_after_s: a
    delivery is not tried when it is older, however few its attempts.
    """

    delays_s: tuple[int, ...] = (5, 30, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
    jitter: float = 0.2
    retry_after_max_s: int = 3600
    give_up_after_s: int = 7 * DAY_S

    def __post_init__(self) -> None:
        if len(self.delays_s) > DELAYS_AT_MOST:
            raise ValueError(f"a retry schedule has at most {DELAYS_AT_MOST} delays")
        if not all(1 <= wait <= 7 * DAY_S for wait in self.delays_s):
            raise ValueError("a retry waits between one second and seven days")
        if not 0 <= self.jitter <= 0.5:
            raise ValueError("jitter is a share between 0 and 0.5")
        if not 1 <= self.retry_after_max_s <= DAY_S:
            raise ValueError("Retry-After is believed up to between one second and one day")
        if not 1 <= self.give_up_after_s <= 30 * DAY_S:
            raise ValueError("a delivery is given up after between one second and thirty days")
        if self.delays_s and self.give_up_after_s < self.delays_s[0]:
            raise ValueError("give_up_after_s ends before the first retry")

    def wait_s(self, failures: int, *, chance: float) -> float | None:
        """After the *failures*-th failure (from 1); None: that was the last attempt.

        chance: 0 ≤ x < 1, the draw that jitter uses.
        """
        if failures > len(self.delays_s):
            return None
        return self.delays_s[failures - 1] * self.spread(chance)

    def spread(self, chance: float) -> float:
        """What a wait is multiplied by, so that those who failed together come back apart."""
        return 1 + self.jitter * (2 * chance - 1)
