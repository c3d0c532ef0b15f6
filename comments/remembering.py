"""What is a pure function of what it shows, remembered by all its contents, and not for long."""

import functools
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

Made = TypeVar("Made")

# What a writer or a moderator erases is not to linger in a process's memory either.
FORGOTTEN_AFTER_SECONDS = 600


class Remembered(Generic[Made]):
    """`@remembered(most)` on a function: as `lru_cache`, and empty again after ten minutes."""

    def __init__(self, make: Callable[..., Made], most: int) -> None:
        self.__doc__ = make.__doc__
        self.kept = functools.lru_cache(most)(make)
        self._period = 0

    def __call__(self, *contents: Any) -> Made:
        period = int(time.time() // FORGOTTEN_AFTER_SECONDS)
        if period != self._period:
            self._period = period
            self.kept.cache_clear()
        return self.kept(*contents)


def remembered(most: int) -> Callable[[Callable[..., Made]], Remembered[Made]]:
    return lambda make: Remembered(make, most)
