"""A circuit breaker: after too many failures in a row nobody is kept waiting for one that is down.

Closed, every call passes. Open, every call is refused at once. After a rest one call at a time may try; when
it succeeds all may pass again. Knows nothing of what is called.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from knowledge.errors import EcomlmError


class CircuitOpen(EcomlmError):
    """The last calls failed; this one was not tried."""

    def __init__(self, failures: int, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"the last {failures} requests failed; it is tried again in {max(seconds, 0):.0f} s")


class Circuit:
    """Lets calls pass until `failures` in a row have failed, then none for `rest_seconds`."""

    def __init__(
        self, *, failures: int = 5, rest_seconds: float = 30.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._rest_seconds, self._clock = failures, rest_seconds, clock
        self._failed = 0
        self._opened: float | None = None
        self._is_probing = False

    @property
    def is_open(self) -> bool:
        """Whether calls are refused, but for the one that tries after the rest."""
        return self._opened is not None

    @contextmanager
    def call(self, *counts: type[Exception]) -> Iterator[None]:
        """Run one call. These errors count as failures; any other tells nothing, a normal end resets.

        Raises:
            CircuitOpen: without running it.
        """
        is_probe = self._admit()
        try:
            yield
        except counts:
            self._failed += 1
            if is_probe or self._failed >= self._most:
                self._opened = self._clock()
            raise
        else:
            self._failed, self._opened = 0, None
        finally:
            if is_probe:
                self._is_probing = False

    def _admit(self) -> bool:
        """Return whether this call is the one that tries after the rest."""
        if self._opened is None:
            return False
        left = self._opened + self._rest_seconds - self._clock()
        if left > 0 or self._is_probing:
            raise CircuitOpen(self._failed, left)
        self._is_probing = True
        return True
