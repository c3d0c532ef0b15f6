"""A cache in Redis or Valkey that may go away: the database's own table stands in meanwhile.

A miss alone would not do. The cache knows which one-time codes and providers' identity tokens were
used; they must be refused whether Redis is there or not. Limits are not in it (`network.limits`).
"""

from collections.abc import Callable
from typing import Any

from django.core.cache import caches
from django.core.cache.backends import redis as django_redis
from redis import exceptions

from polarisblog.network.breaker import Breaker

AWAY = (
    exceptions.ConnectionError,
    exceptions.TimeoutError,
    exceptions.ReadOnlyError,
    exceptions.OutOfMemoryError,
)
STAND_IN = "table"


def _guarded(name: str) -> Callable[..., Any]:
    """The method `name` of Redis, or of the stand-in where Redis does not answer."""
    ask_redis: Callable[..., Any] = getattr(django_redis.RedisCache, name)

    def ask(self: "RedisCache", *args: Any, **kwargs: Any) -> Any:
        if self.breaker.may_try():
            try:
                answer = ask_redis(self, *args, **kwargs)
            except AWAY as problem:
                self.breaker.failed(problem)
            else:
                self.breaker.worked()
                return answer
        return getattr(caches[STAND_IN], name)(*args, **kwargs)

    ask.__name__ = name
    return ask


class RedisCache(django_redis.RedisCache):
    """Django's; while Redis is away, slower, and never an error.

    What changes in the meantime is not carried over when it is back, so nothing may lean on a
    `delete` to take something old away: give entries a name that changes, or a short life.
    """

    # One for all threads, each of which has a cache object of its own.
    breaker = Breaker("Redis")

    add = _guarded("add")
    get = _guarded("get")
    set = _guarded("set")
    touch = _guarded("touch")
    delete = _guarded("delete")
    get_many = _guarded("get_many")
    has_key = _guarded("has_key")
    incr = _guarded("incr")
    set_many = _guarded("set_many")
    delete_many = _guarded("delete_many")
    clear = _guarded("clear")
