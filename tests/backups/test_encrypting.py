"""Backups that only the holder of a key reads."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError
from pytest_django import Settings

from polarisblog.backups.models import Backup
from tests.backups.conftest import files, rows
from tests.backups.test_round_trip import said


@pytest.fixture
def key(tmp_path: Path, settings: Settings) -> Path:
    """A key file; the blog encrypts for it."""
    path = tmp_path / "key.txt"
    settings.BACKUP_RECIPIENTS = [said("backup", "--new-key", path).strip()]
    return path


@pytest.fixture
def archive(blog: Path, key: Path, tmp_path: Path) -> Path:
    said("backup", tmp_path / "blog.tar.age")
    return tmp_path / "blog.tar.age"


def test_a_key_is_its_owners_and_is_not_overwritten(key: Path) -> None:
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert "AGE-SECRET-KEY-1" in key.read_text()
    with pytest.raises(CommandError, match="exists"):
        said("backup", "--new-key", key)


def test_an_encrypted_backup_comes_back_with_its_key(
    blog: Path, archive: Path, key: Path, empty: Callable[[], None]
) -> None:
    Backup.objects.all().delete()
    before, pictures = rows(), files(blog)
    assert b"Polaris" not in archive.read_bytes()
    empty()
    said("restore", archive, "--identity", key)
    assert rows() == before
    assert files(blog) == pictures


def test_it_is_noted_that_it_was_encrypted(archive: Path) -> None:
    assert Backup.objects.get().is_encrypted


def test_without_the_key_nothing_is_read(archive: Path, key: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="--identity FILE"):
        said("backup", "--verify", archive)
    said("backup", "--new-key", tmp_path / "other.txt")
    with pytest.raises(CommandError, match="for another key"):
        said("backup", "--verify", archive, "--identity", tmp_path / "other.txt")
    (tmp_path / "empty.txt").write_text("# nothing\n")
    for wrong in (archive, tmp_path / "none.txt", tmp_path / "empty.txt"):
        with pytest.raises(CommandError, match="The key file"):
            said("backup", "--verify", archive, "--identity", wrong)


def test_an_altered_or_cut_one_is_refused(archive: Path, key: Path) -> None:
    text = archive.read_bytes()
    altered_last, altered_within = bytearray(text), bytearray(text)
    altered_last[-9] ^= 1
    altered_within[5000] ^= 1
    cut = (text[:-1], text[: len(text) // 2], text[:30])
    for altered in (*cut, altered_last, altered_within):
        archive.write_bytes(altered)
        with pytest.raises(CommandError, match=r"altered|cannot be read"):
            said("backup", "--verify", archive, "--identity", key)


def test_a_recipient_that_is_none_is_named(blog: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="“age1nobody” is no age recipient"):
        said("backup", tmp_path / "b.tar", "--recipient", "age1nobody")
    assert not (tmp_path / "b.tar").exists()
