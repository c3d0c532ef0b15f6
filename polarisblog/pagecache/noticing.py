"""This host forgets what its own commits changed, before whoever wrote is answered."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, transaction

from polarisblog.pagecache import hearing, watching

log = logging.getLogger(__name__)

_WRITE = re.compile(r'\s*(?:INSERT|UPDATE|DELETE|REPLACE)\b[^"]{0,40}"(\w+)"', re.IGNORECASE)

_watched = cache(watching.tables)


def attach(connection: Any, **_: Any) -> None:
    """Listen to what this connection writes (a receiver of `connection_created`)."""
    is_ours = settings.PAGE_CACHE and connection.alias == DEFAULT_DB_ALIAS
    if is_ours and _note not in connection.execute_wrappers:
        connection.writes_unseen = False
        connection.execute_wrappers.append(_note)


@contextmanager
def unseen() -> Iterator[None]:
    """What is written within is on no page, so this host need not ask what it changed.

    Were it on one all the same, that page would be as old as on other hosts: the triggers know.
    """
    ours: Any = connection
    ours.writes_unseen = True
    try:
        yield
    finally:
        ours.writes_unseen = False


def _note(
    execute: Callable[..., Any],
    sql: str,
    params: Any,
    many: bool,  # noqa: FBT001 # Django's signature
    context: dict[str, Any],
) -> Any:
    result = execute(sql, params, many, context)
    connection = context["connection"]
    found = _WRITE.match(sql)
    if found and found[1] in _watched() and not connection.writes_unseen:
        connection.has_changed_pages = True
        transaction.on_commit(partial(_forget, connection), connection.alias, robust=True)
    return result


def _forget(connection: Any) -> None:
    """Once per commit, however many statements it had. Whatever happens, the write succeeded."""
    if not connection.has_changed_pages:
        return
    connection.has_changed_pages = False
    if hearing.shelf().position() is None:
        # Nothing is kept yet; perhaps the tables are only being made.
        return
    try:
        hearing.catch_up()
    except Exception:
        log.exception("kept pages could not be forgotten; none is served until they are")
        hearing.shelf().withdraw()
