"""Rate budgets as a strict sliding one-second window, per key, shared by everyone who uses the key.

Assumed: a refused call does not count against the window; the vendors document only the rate.
"""

from __future__ import annotations

import collections
import threading
import time
from collections.abc import Callable


class Window:
    """At most `limit` accepted calls per `seconds` and key, counted from each call backwards."""

    def __init__(self, limit: int, seconds: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self.seconds = seconds
        self._clock = clock
        self._accepted: dict[str, collections.deque[float]] = {}
        self._lock = threading.Lock()

    def accepts(self, key: str) -> bool:
        """Whether this call fits; if it does it is counted."""
        with self._lock:
            now = self._clock()
            recent = self._accepted.setdefault(key, collections.deque())
            while recent and recent[0] <= now - self.seconds:
                recent.popleft()
            if len(recent) >= self.limit:
                return False
            recent.append(now)
            return True

    def clear(self) -> None:
        """Forget every call."""
        with self._lock:
            self._accepted.clear()
