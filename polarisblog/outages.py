"""What we lean on is away or full: said in words, and what was typed is given back."""

import errno
import logging
import sqlite3
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template import loader

log = logging.getLogger(__name__)

UNAVAILABLE = 503
# Also a quota, a limit of the process's own, and a disk that was mounted anew for reading only.
FULL_FILES = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})
# SQLite calls a disk full that let it write nothing, and an error of reading and writing where it
# was stopped half-way. Source: sqlite.org/rescode.html.
FULL_SQLITE = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY})
# These are faults of ours, under the same name of an exception as all others.
OURS_SQLITE = frozenset({sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISUSE})
FULL_POSTGRES = "53100"
RETRY_AFTER_SECONDS = {"away": 5, "full": 60}
# A line of a form is typed again in a moment; more than that is worth keeping.
WORTH_KEEPING = 60


class OutageMiddleware:
    """Answers 503 where a view met a database that is away, or a disk that is full."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        kind = kind_of(exception)
        if kind:
            log.error("a request met an outage: %s", exception)
            return page(request, kind, is_ours=True)
        return None


def kind_of(problem: BaseException | None) -> str:
    """`away` or `full`; "" where it is a fault of ours."""
    if isinstance(problem, OperationalError | InterfaceError):
        return _kind_of_database(problem)
    if isinstance(problem, OSError) and problem.errno in FULL_FILES:
        return "full"
    return ""


def _kind_of_database(problem: Exception) -> str:
    cause = problem.__cause__
    if isinstance(cause, sqlite3.Error):
        # The lower byte; what is above says where exactly.
        code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in FULL_SQLITE:
            return "full"
        return "" if code in OURS_SQLITE else "away"
    return "full" if getattr(cause, "sqlstate", None) == FULL_POSTGRES else "away"


def page(request: HttpRequest, kind: str, *, is_ours: bool) -> HttpResponse:
    """Needs no database. Who commented can send it again with one button.

    `is_ours`: whether it is known that one of our own pages sent this. If not, there is no button,
    so that nobody sends another site's words by it.
    """
    posted = [] if request.method != "POST" else _posted(request)
    comment = next((value for name, value in posted if name == "comment" and is_ours), "")
    context = {
        "kind": kind,
        "is_writing": request.method not in ("GET", "HEAD"),
        "action": request.get_full_path(),
        "comment": comment,
        "others": [pair for pair in posted if pair[0] != "comment" and "password" not in pair[0]],
        "texts": [value for name, value in posted if _is_worth_keeping(name, value)],
    }
    response = HttpResponse(loader.render_to_string("503.html", context), status=UNAVAILABLE)
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS[kind])
    response.headers["Cache-Control"] = "no-store"
    return response


def _posted(request: HttpRequest) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if isinstance(value, str)
    ]


def _is_worth_keeping(name: str, value: str) -> bool:
    """What took somebody more than a moment to write, and is no secret."""
    is_long = len(value) > WORTH_KEEPING or name == "comment"
    return is_long and "password" not in name and "token" not in name
