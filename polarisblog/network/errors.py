"""What may go wrong when we ask another site, sorted by what a caller can do about it.

Messages are safe to log: they hold no address, no byte the other side chose, and nothing about our
own network. None of this is for the stranger who made us ask; telling *why* would make us a port
scanner.
"""

from typing import ClassVar


class FetchError(Exception):
    """The other side gave no usable answer."""

    # Whether asking again later may end differently.
    is_temporary: ClassVar[bool] = True


class Refused(FetchError):
    """We will not go there: the URL, its port, its address or the redirect is not allowed."""

    is_temporary = False


class Unreachable(FetchError):
    """The name, the connection or TLS failed, or the other side hung up before the end."""


class Garbled(FetchError):
    """What came back is not proper HTTP, or is encoded in a way we did not ask for."""


class TooSlow(FetchError):
    """The whole exchange did not end before its deadline."""


class TooLarge(FetchError):
    """The headers or the decoded body pass their cap."""

    is_temporary = False


class TooManyRedirects(FetchError):
    """The redirects go on for too long, or round in a circle."""

    is_temporary = False
