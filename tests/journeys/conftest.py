"""A running blog with one of everything, shared by all journeys that only read."""

from collections.abc import Iterator

import pytest

from tests.journeys.running import RunningSite, running_site
from tests.posts.blog import write_a_blog


@pytest.fixture(scope="session")
def full_blog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    data_dir = tmp_path_factory.mktemp("full-blog")
    with running_site(data_dir, RATE_LIMITS="off", DEBUG="off") as site:
        write_a_blog(site, data_dir)
        yield site
