"""Why a linkback was not taken, for each protocol to say in its own words."""

from enum import Enum


class Problem(Enum):
    """The numbers are Pingback 1.0's fault codes (section 3)."""

    GENERIC = 0
    NO_SOURCE = 16
    NO_LINK = 17
    NO_TARGET = 32
    NOT_A_TARGET = 33
    REGISTERED = 48
    DENIED = 49
    UPSTREAM = 50

    @property
    def words(self) -> str:
        return _WORDS[self]


# These go to machines of strangers, in English as the specifications write them, and they never say
# more than the number: nothing about a status, a time, or a post that is not public.
_WORDS = {
    Problem.GENERIC: "The source and the target are not two different web pages.",
    Problem.NO_SOURCE: "The source does not exist.",
    Problem.NO_LINK: "The source does not contain a link to the target.",
    Problem.NO_TARGET: "The target does not exist.",
    Problem.NOT_A_TARGET: "The target is not a page that can be told of links.",
    Problem.REGISTERED: "This link has been registered already.",
    Problem.DENIED: "Access denied.",
    Problem.UPSTREAM: "The source could not be read.",
}


class NotTaken(Exception):
    """The claim is refused because of `problem`.

    `is_temporary`: the same claim may be true later. `retry_after_seconds` is set when it came too
    fast. `is_late`: the source did not answer before the deadline.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        is_temporary: bool = False,
        is_late: bool = False,
        retry_after_seconds: int = 0,
    ) -> None:
        super().__init__(problem.words)
        self.problem = problem
        self.is_temporary = is_temporary
        self.is_late = is_late
        self.retry_after_seconds = retry_after_seconds
