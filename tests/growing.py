"""Whether work grows with its input as it should: by ratio, so that no machine is too slow."""

import time
from collections.abc import Callable

# Below this nothing can be said, and nothing need be.
CHEAP_SECONDS = 0.02
MOST = 200_000


def growth(
    work: Callable[[str], object],
    piece: str,
    end: str = "",
    most: int = MOST,
    made: Callable[[str], str] = str,
) -> float:
    """How many times longer twice as much of `piece` takes; 0 where even `most` letters are cheap.

    2 is linear, 4 quadratic: the lesser of two doublings, each the best of three in this thread's
    own processor time, so that a moment's disturbance shows in neither. `made` is not counted.
    """

    def seconds(size: int) -> float:
        text = made(piece * (size // len(piece)) + end)
        begun = time.thread_time()
        work(text)
        return time.thread_time() - begun

    size = 1000
    while size < most:
        if seconds(size) >= CHEAP_SECONDS:
            once, twice, again = (
                min(seconds(size * factor) for _ in range(3)) for factor in (1, 2, 4)
            )
            return min(twice / once, again / twice)
        size *= 2
    return 0.0
