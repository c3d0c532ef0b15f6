"""What was put away comes back, every row and every file, and nothing else does."""

import io
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Session
from comments.models import Comment
from polarisblog.background.models import Heartbeat
from polarisblog.backups.engines import postgresql, sqlite
from polarisblog.backups.models import KEPT_ROWS, Backup
from posts.models import Post
from posts.search.finding import find
from tests.backups.conftest import files, rows
from tests.factories import CommentFactory, PostFactory

Empty = Callable[[], None]


def said(*command: object) -> str:
    out = io.StringIO()
    call_command(*map(str, command), stdout=out, stderr=out)
    return out.getvalue()


@pytest.fixture
def archive(blog: Path, tmp_path: Path) -> Path:
    path = tmp_path / "blog.tar"
    said("backup", path)
    # The archive was whole before its own row was written.
    Backup.objects.all().delete()
    return path


def test_every_row_and_every_file_comes_back(blog: Path, archive: Path, empty: Empty) -> None:
    before, pictures = rows(), files(blog)
    empty()
    assert not Post.objects.exists()
    assert "Restored" in said("restore", archive)
    assert rows() == before
    assert files(blog) == pictures
    assert [hit.url for hit in find("question").hits]


def test_what_comes_after_a_restore_gets_numbers_of_its_own(archive: Path, empty: Empty) -> None:
    empty()
    said("restore", archive)
    newest = Comment.objects.order_by("-pk").first()
    assert newest
    assert CommentFactory(post=Post.objects.get()).pk > newest.pk


def test_nobodys_session_is_in_a_backup(archive: Path, empty: Empty) -> None:
    assert Session.objects.exists()
    empty()
    said("restore", archive)
    assert not Session.objects.exists()


def test_a_blog_that_has_something_is_not_overwritten(blog: Path, archive: Path) -> None:
    before = rows()
    with pytest.raises(CommandError, match=r"not empty \(.*1 posts, 7 comments\).*--replace"):
        said("restore", archive)
    assert rows() == before


def test_saying_replace_gives_up_what_is_there(blog: Path, archive: Path) -> None:
    before, pictures = rows(), files(blog)
    CommentFactory(post=PostFactory(title="Later"))
    (blog / "later.png").write_bytes(b"later")
    said("restore", archive, "--replace")
    assert rows() == before
    assert files(blog) == pictures


def test_a_blog_that_runs_is_left_alone(archive: Path) -> None:
    Heartbeat.objects.beat("a worker")
    with pytest.raises(CommandError, match="The blog is running: stop it first"):
        said("restore", archive, "--replace")


def test_a_failure_in_the_last_step_leaves_everything(
    blog: Path, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for engine in (postgresql, sqlite):
        monkeypatch.setattr(engine, "LOCK_SECONDS", 0.2)
    (blog / "2026" / "star.png").unlink()
    before, pictures = rows(), files(blog)
    with pytest.raises(CommandError, match=r"(SQLite|PostgreSQL) says: .*lock"), locked():
        said("restore", archive, "--replace")
    assert rows() == before
    assert files(blog) == pictures


@contextmanager
def locked() -> Iterator[None]:
    """Somebody else writes and does not end."""
    is_held, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Post.objects.update(title="Held")
            is_held.set()
            may_end.wait(30)
            transaction.set_rollback(True)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    is_held.wait(30)
    try:
        yield
    finally:
        may_end.set()
        thread.join()


def test_a_backup_says_what_is_in_it(archive: Path) -> None:
    assert "2 pictures" in said("backup", "--verify", archive)


def test_a_backup_is_its_owners_and_overwrites_nothing(archive: Path) -> None:
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    with pytest.raises(CommandError, match="exists already"):
        said("backup", archive)
    with pytest.raises(CommandError, match="could not be written"):
        said("backup", archive.parent / "no" / "such" / "folder")
    assert [path.name for path in archive.parent.iterdir() if path.is_file()] == [archive.name]


def test_the_standard_output_takes_a_backup_too(
    blog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tmp_path / "piped.tar").open("wb") as file:
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(file))
        call_command("backup", "-")
        sys.stdout.flush()
        monkeypatch.undo()
        assert "Whole" in said("backup", "--verify", tmp_path / "piped.tar")


def test_a_folder_keeps_the_newest(blog: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "polaris-mine.txt").touch()
    for day in range(1, 4):
        (folder / f"polaris-2026010{day}T000000Z.tar").touch()
    answer = said("backup", folder, "--keep", 2)
    assert answer.count("deleted") == 2
    kept = sorted(path.name for path in folder.iterdir())
    assert kept[0] == "polaris-20260103T000000Z.tar"
    assert kept[1].startswith(f"polaris-{timezone.now():%Y%m%d}")
    assert kept[2] == "polaris-mine.txt"


def test_a_folder_that_is_not_there_yet_is_made(blog: Path, tmp_path: Path) -> None:
    folder = tmp_path / "on" / "the-first-night"
    assert str(folder / "polaris-") in said("backup", folder, "--keep", 2)
    assert folder.stat().st_mode & 0o077 == 0
    file = tmp_path / "a-file"
    file.touch()
    with pytest.raises(CommandError, match="--keep needs a folder"):
        said("backup", file, "--keep", 2)
    assert file.read_bytes() == b""


def test_the_last_backup_is_noted_and_old_notes_go(blog: Path, tmp_path: Path) -> None:
    for _ in range(KEPT_ROWS + 3):
        Backup.objects.note(size=1, is_encrypted=False)
    said("backup", tmp_path / "blog.tar")
    assert Backup.objects.count() == KEPT_ROWS
    last = Backup.objects.last_made_at()
    assert last
    assert (timezone.now() - last).total_seconds() < 60
    assert Backup.objects.latest("pk").size == (tmp_path / "blog.tar").stat().st_size


def test_another_secret_key_and_address_are_pointed_out(
    archive: Path, empty: Empty, settings: Settings
) -> None:
    empty()
    settings.SECRET_KEY = "another"
    settings.SITE_URL = "https://elsewhere.example"
    answer = said("restore", archive)
    assert "SECRET_KEY is another one than the backup's" in answer
    assert "SITE_URL was http://testserver; here it is https://elsewhere.example." in answer


def test_no_secret_is_in_a_backup(blog: Path, tmp_path: Path, settings: Settings) -> None:
    settings.SECRET_KEY = "the-secret-of-this-blog"
    settings.EMAIL_HOST_PASSWORD = "the-mail-password"
    said("backup", tmp_path / "blog.tar")
    bytes_ = (tmp_path / "blog.tar").read_bytes()
    assert b"the-secret" not in bytes_
    assert b"the-mail" not in bytes_


def test_pictures_in_a_bucket_are_missed_aloud(
    blog: Path, tmp_path: Path, settings: Settings
) -> None:
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "posts.bucket.Bucket"}}
    assert "not in this backup: copy the bucket too" in said("backup", tmp_path / "b.tar")
