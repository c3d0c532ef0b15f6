"""What every test may lean on."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from posts.models import Post
from tests import prepared
from tests.factories import PostFactory

pytest_plugins = ["tests.browsing", "tests.signing_in"]


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        prepared.begin()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        prepared.end()


@pytest.fixture(autouse=True)
def _clean_cache(request: pytest.FixtureRequest) -> Iterator[None]:
    """What one test left in the cache is nothing to the next."""
    yield
    if request.node.get_closest_marker("django_db"):
        cache.clear()


@pytest.fixture
def browserlike() -> Client:
    """A client that is checked like a browser: CSRF enforced, same-origin headers sent."""
    return Client(
        enforce_csrf_checks=True,
        headers={"origin": "http://testserver", "sec-fetch-site": "same-origin"},
    )


@pytest.fixture
def post(db: None) -> Post:
    return PostFactory()
