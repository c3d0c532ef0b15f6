"""A cache in a real Redis that is killed and comes back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from environs import Env

from polarisblog import stores
from polarisblog.caching import RedisCache
from polarisblog.network.breaker import Breaker
from tests.cluster.servers import Redis, needs_servers
from tests.factories import AdministratorFactory, PostFactory

pytestmark = [pytest.mark.django_db(transaction=True), needs_servers]


@pytest.fixture
def redis_server(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Redis]:
    server = Redis(tmp_path)
    monkeypatch.setenv("CACHE_URL", server.url)
    monkeypatch.setattr(RedisCache, "breaker", Breaker("Redis"))
    settings.CACHES = stores.caches(Env())
    yield server
    server.kill()


def try_again() -> None:
    """Some seconds later."""
    RedisCache.breaker.rest(0)


def test_what_is_kept_in_redis_is_missing_while_it_is_away_and_nothing_fails(
    redis_server: Redis,
) -> None:
    cache.set("name", "in Redis")
    assert cache.get("name") == "in Redis"
    redis_server.kill()
    assert cache.get("name") is None
    assert cache.get_many(["name", "other"]) == {}
    assert cache.add("name", "in the table")
    assert not cache.add("name", "twice")
    cache.set_many({"count": 1, "other": 2})
    assert cache.incr("count") == 2
    assert cache.touch("count")
    assert "count" in cache
    assert cache.delete("count")
    cache.delete_many(["other"])
    assert cache.get("name") == "in the table"


def test_redis_is_used_again_when_it_is_back(
    redis_server: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    redis_server.kill()
    for _ in range(20):
        cache.get("name")
    redis_server.start()
    cache.set("name", "not there yet")
    assert RedisCache.breaker.is_away, "asked once in a while, not by everybody"
    try_again()
    cache.set("name", "in Redis")
    assert not RedisCache.breaker.is_away
    redis_server.kill()
    assert cache.get("name") == "not there yet", "the table's own"
    assert [record.message.partition(",")[0] for record in caplog.records] == [
        "Redis is away",
        "Redis is back",
        "Redis is away",
    ]


def test_guesses_at_a_password_are_counted_while_redis_is_away(redis_server: Redis) -> None:
    AdministratorFactory(username="editor")
    redis_server.kill()
    guess = {"login": "editor", "password": "a wild guess"}
    answers = [Client().post("/accounts/login/", guess) for _ in range(7)]
    assert {answer.status_code for answer in answers[:-1]} <= {200, 422, 429}
    assert answers[-1].status_code == 429
    assert int(answers[-1]["Retry-After"]) > 0


def test_pages_are_answered_while_redis_is_away(redis_server: Redis) -> None:
    post = PostFactory()
    redis_server.kill()
    for path in ("/", post.get_absolute_url(), "/search/?q=words", "/accounts/login/"):
        assert Client().get(path).status_code == 200, path
