"""A blog with something of everything to put away, and how to look at all of it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from accounts.sessions import SessionStore
from polarisblog.background.tasks import task
from polarisblog.backups.engines.snapshots import left_out
from posts.search import keeping
from tests.factories import CommentFactory, PostFactory, UserFactory

WORDS = "Nobody asked me a question; “quotes”, tabs\tand\\n, a\r\nline, ✦ and \\. too"


@task
def wait() -> None:
    """Something for the queue to hold."""


@pytest.fixture
def blog(transactional_db: None, settings: Settings, tmp_path: Path) -> Path:
    """One of everything; gives its MEDIA_ROOT."""
    settings.DATA_DIR = tmp_path / "data"
    settings.MEDIA_ROOT = settings.DATA_DIR / "media"
    (settings.MEDIA_ROOT / "2026" / "ünder").mkdir(parents=True)
    (settings.MEDIA_ROOT / "2026" / "star.png").write_bytes(bytes(range(256)) * 2000)
    (settings.MEDIA_ROOT / "2026" / "ünder" / "empty.jpg").write_bytes(b"")
    call_command("createcachetable", verbosity=0)
    post = PostFactory(title="Polaris Project", body=f"<p>{WORDS}</p>")
    keeping.put(post)
    for number in range(7):
        CommentFactory(post=post, text=f"{WORDS} {number}")
    UserFactory(name="Ada \N{GREEK SMALL LETTER ALPHA}")
    session = SessionStore()
    session["secret"] = "whoever holds this is somebody"
    session.create()
    wait.enqueue()
    return Path(settings.MEDIA_ROOT)


def rows() -> dict[str, list[str]]:
    """Every row of every table, but for those that stay behind."""
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            if table not in left_out():
                cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 # our own tables
                found[table] = sorted(repr(row) for row in cursor.fetchall())
    return found


def files(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.fixture
def empty(settings: Settings) -> Callable[[], None]:
    """Makes the blog an empty one, as on a new machine that only migrated."""

    def empty() -> None:
        call_command("flush", interactive=False, verbosity=0)
        for path in Path(settings.MEDIA_ROOT).rglob("*.*"):
            path.unlink()

    return empty
