"""How often someone may ask: a token bucket per visitor or address. Knows nothing of HTTP."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from knowledge.errors import EcomlmError

_REMEMBERED = 20_000


class TooManyRequests(EcomlmError):
    """Asked too often; `retry_after_seconds` tells when it works again."""

    def __init__(self, retry_after_seconds: int) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(f"too many requests; try again in {retry_after_seconds} seconds")


class RateLimit:
    """Lets each key through `per_minute` times a minute, half of them at once.

    Remembers a bounded number of keys: the one unseen for the longest is forgotten first.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_minute / 60
        self._capacity = max(1.0, per_minute / 2)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, count: int = 1) -> None:
        """Count one request of `key`, or `count` at once; more than half a minute's worth needs it all.

        Raises:
            TooManyRequests: when the key has used up its share.
        """
        now = self._clock()
        left, seen = self._buckets.pop(key, (self._capacity, now))
        left = min(self._capacity, left + (now - seen) * self._rate)
        needed = min(float(count), self._capacity)
        allowed = left >= needed
        self._buckets[key] = (left - count if allowed else left, now)
        if len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
        if not allowed:
            raise TooManyRequests(max(1, math.ceil((needed - left) / self._rate)))
