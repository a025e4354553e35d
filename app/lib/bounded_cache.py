"""A cache with an upper limit on the length of everything in it, for many threads."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sized
from threading import Lock
from typing import Generic, TypeVar

from cachetools import Cache, LRUCache, TTLCache

Value = TypeVar("Value", bound=Sized)


class BoundedCache(Generic[Value]):
    """Values by key, whose lengths are at most `size_max` together.

    What was used longest ago makes room. With `seconds`, a value is forgotten after that time by
    `timer`.
    """

    def __init__(
        self, size_max: int, seconds: float | None = None, timer: Callable[[], float] | None = None
    ) -> None:
        self._values: Cache[Hashable, Value]
        if seconds is None:
            self._values = LRUCache(size_max, getsizeof=len)
        else:
            timing = {} if timer is None else {"timer": timer}
            self._values = TTLCache(size_max, seconds, getsizeof=len, **timing)
        self._lock = Lock()

    @property
    def size(self) -> int:
        """The length of everything in it."""
        return int(self._values.currsize)

    def get(self, key: Hashable) -> Value | None:
        with self._lock:
            return self._values.get(key)

    def put(self, key: Hashable, value: Value) -> None:
        """Keep `value`, unless it is longer than everything may be."""
        if len(value) <= self._values.maxsize:
            with self._lock:
                self._values[key] = value
