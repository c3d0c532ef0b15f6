"""The last click can be taken back: kept in the session for a while."""

from __future__ import annotations

import time
from typing import Any

from django.http import HttpRequest

from comments.moderating import UNDO_LASTS

KEY = "desk_undo"


def offer(request: HttpRequest, batch: str, said: str, count: int) -> None:
    if count:
        request.session[KEY] = {"batch": batch, "said": said, "count": count, "at": time.time()}


def offered(request: HttpRequest) -> dict[str, Any] | None:
    """The last click, while it can be taken back."""
    kept: dict[str, Any] | None = request.session.get(KEY)
    if kept is None or time.time() - kept["at"] > UNDO_LASTS.total_seconds():
        return None
    return kept


def taken(request: HttpRequest) -> None:
    request.session.pop(KEY, None)
