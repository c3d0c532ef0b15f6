"""Whoever tests kept pages needs real commits: what a rolled-back test writes is never seen."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.factories import CommentFactory, PostFactory
from tests.pagecache.door import Door, open_door


@pytest.fixture
def door(transactional_db: None, tmp_path: Path, settings: Any) -> Iterator[Door]:
    with open_door(tmp_path / "pages", settings) as found:
        yield found


@pytest.fixture
def path(door: Door) -> str:
    post = PostFactory(body="<p>Words of a post.</p>" * 40)
    CommentFactory(post=post)
    address: str = post.get_absolute_url()
    door.ask(address)
    return address
