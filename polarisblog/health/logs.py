"""What a line of the log looks like, and what is never in one.

Nobody's address, e-mail or search words, wherever they come from: an exception of the database or
of the mail server quotes them. Loaded before the apps, so nothing of them is imported here.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpRequest

# What the line is about: the request (or task) that runs now.
request_id: ContextVar[str] = ContextVar("request_id", default="")
task_id: ContextVar[str] = ContextVar("task_id", default="")

EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])")
IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f:]{2,39}(?:%\w{1,20})?(?![\w:])")
QUERY = re.compile(r"(?<=[\w/])\?[\w%.~+-]{1,100}=[^\s\"'<>)]{0,4000}")
# PostgreSQL: Key (username)=(ada) already exists.
KEY = re.compile(r"\)=\([^)\n]{0,1000}\)")


def scrubbed(text: str) -> str:
    """`text` without what may tell who somebody is."""
    text = QUERY.sub("?…", text)
    text = KEY.sub(")=(…)", text)
    text = EMAIL.sub("[e-mail]", text)
    text = IPV4.sub("[address]", text)
    return IPV6.sub(_without_address, text)


def _without_address(found: re.Match[str]) -> str:
    # Times of day and hexadecimal numbers have the same letters.
    try:
        ipaddress.IPv6Address(found[0].partition("%")[0])
    except ValueError:
        return found[0]
    return "[address]"


def route_of(request: HttpRequest) -> str:
    """The pattern that answered; of addresses that none knows only that they were unknown."""
    if request.resolver_match:
        return str(request.resolver_match.route) or "/"
    return "static" if request.path_info.startswith(settings.STATIC_URL) else "unknown"


def said(record: logging.LogRecord) -> str:
    """What a record says. Django quotes addresses in its own, which may hold a name or a token."""
    text = record.getMessage()
    request = getattr(record, "request", None)
    if isinstance(request, HttpRequest):
        text = text.replace(request.path, f"/{route_of(request).lstrip('/')}")
    return scrubbed(text)


class LineFormatter(logging.Formatter):
    """One line for people (LOG_FORMAT=line)."""

    def format(self, record: logging.LogRecord) -> str:
        plain = logging.makeLogRecord({**record.__dict__, "msg": said(record), "args": None})
        return scrubbed(super().format(plain))


class JsonFormatter(logging.Formatter):
    """One JSON object a line (LOG_FORMAT=json)."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": said(record),
        }
        told |= {
            name: value
            for name, value in (("request", request_id.get()), ("task", task_id.get()))
            if value
        }
        told |= getattr(record, "facts", {})
        if record.exc_info and record.exc_info[0]:
            told["exception"] = record.exc_info[0].__qualname__
            told["trace"] = scrubbed(self.formatException(record.exc_info))
        return json.dumps(told, ensure_ascii=False, default=str)
