"""Which requests may be read from a replica, and which rows."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.http import HttpRequest, HttpResponseBase

from polarisblog.replicas.freshness import breaker, fresh_alias

# What readers read. Counters, sessions, queues and locks are for the primary alone.
READ_BY_STRANGERS = {"posts", "comments", "linkbacks", "accounts"}
UNDECIDED = ""

# The alias that the request of this thread reads from; None outside of requests that have a choice.
_alias: ContextVar[str | None] = ContextVar("alias", default=None)


class ReplicaMiddleware:
    """Lets a stranger's GET be read from a replica.

    Whoever carries any cookie may have written, and reads from the primary. So do the worker and
    every command, which come by no request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.DATABASE_REPLICAS:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD") or request.COOKIES:
            return self.get_response(request)
        token = _alias.set(UNDECIDED)
        try:
            return self.get_response(request)
        finally:
            _alias.reset(token)


class ReplicaRouter:
    """Decides at the first row that a request reads; after a write it stays with the primary."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str:
        alias = _alias.get()
        if alias is None or not _is_read_by_strangers(model):
            return DEFAULT_DB_ALIAS
        if connections[DEFAULT_DB_ALIAS].in_atomic_block:
            return DEFAULT_DB_ALIAS
        if alias == UNDECIDED:
            alias = fresh_alias()
            _alias.set(alias)
        elif alias != DEFAULT_DB_ALIAS and breaker(alias).is_away:
            alias = DEFAULT_DB_ALIAS
            _alias.set(alias)
        return alias

    def db_for_write(self, model: type[models.Model], **hints: Any) -> str:
        if _alias.get() is not None and _is_read_by_strangers(model):
            _alias.set(DEFAULT_DB_ALIAS)
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: models.Model, other: models.Model, **hints: Any) -> bool:
        """Rows of the primary and its copies are the same rows."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == DEFAULT_DB_ALIAS


def _is_read_by_strangers(model: type[models.Model]) -> bool:
    return model._meta.app_label in READ_BY_STRANGERS  # noqa: SLF001 # Django's documented API
