"""Archives that are cut, altered, or made to do harm: a sentence, and nothing is touched."""

import gzip
import hashlib
import io
import json
import os
import random
import re
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from polarisblog.backups.engines import current
from tests.backups.conftest import files, rows
from tests.backups.test_round_trip import said


@pytest.fixture(scope="module")
def whole() -> dict[str, bytes]:
    """The members of the first archive that was made; the same for all tests here."""
    return {}


@pytest.fixture
def members(blog: Path, tmp_path: Path, whole: dict[str, bytes]) -> dict[str, bytes]:
    if not whole:
        said("backup", tmp_path / "blog.tar")
        with tarfile.open(tmp_path / "blog.tar") as tar:
            whole.update({m.name: getattr(tar.extractfile(m), "read", bytes)() for m in tar})
    return dict(whole)


Change = Callable[[dict[str, Any]], object]


def packed(members: dict[str, bytes], change: Change = lambda told: None, *extra: Any) -> bytes:
    """A tar of `members`, whose list of contents is true but for `change`."""
    told = json.loads(members["manifest.json"])
    told["files"] = {
        name: {"bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}
        for name, text in members.items()
        if name != "manifest.json"
    }
    change(told)
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for header in extra:
            tar.addfile(header, io.BytesIO(b"x" * header.size))
        for name, text in {**members, "manifest.json": json.dumps(told).encode()}.items():
            header = tarfile.TarInfo(name)
            header.size = len(text)
            tar.addfile(header, io.BytesIO(text))
    return stream.getvalue()


def refused(text: bytes, tmp_path: Path, match: str | None = None) -> str:
    """The sentence; fails where the archive is taken, or a file changed."""
    path = tmp_path / "hostile.tar"
    path.write_bytes(text)
    before = files(tmp_path)
    with pytest.raises(CommandError, match=match) as refusal:
        call_command("restore", str(path), "--replace")
    assert files(tmp_path) == before
    return str(refusal.value)


def test_a_true_archive_is_taken(members: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "true.tar").write_bytes(packed(members))
    assert "Restored" in said("restore", tmp_path / "true.tar", "--replace")
    with pytest.raises(pytest.fail.Exception):
        refused(packed(members), tmp_path)


NAMES = [
    *("../evil", "/evil", "media/../../evil", "media/..", "media/./evil", "media//evil"),
    *("media/a\\..\\evil", "media/\x1b[2Jevil", "secret-key.txt", "blog.sqlite3", "media"),
    *("database.x/../../evil", "database.", "Media/evil", "media/\u202eevil"),
]
KINDS = [
    *((tarfile.SYMTYPE, None), (tarfile.LNKTYPE, None), (tarfile.CHRTYPE, None)),
    *((tarfile.FIFOTYPE, None), (tarfile.DIRTYPE, None), (tarfile.GNUTYPE_SPARSE, [(0, 1)])),
]


def test_names_that_lead_elsewhere_and_what_is_no_file_are_refused(
    members: dict[str, bytes], tmp_path: Path
) -> None:
    for name in NAMES:
        said_so = refused(packed({name: b"evil", **members}), tmp_path)
        assert re.search("names a file that no|holds no", said_so), name
    for kind, sparse in KINDS:
        header: Any = tarfile.TarInfo("media/evil")
        header.type, header.linkname, header.sparse = kind, "/etc/passwd", sparse
        assert refused(packed(members, lambda told: None, header), tmp_path).endswith("."), kind
    twice = tarfile.TarInfo("media/2026/star.png")
    assert "twice" in refused(packed(members, lambda told: None, twice), tmp_path)


def counted(told: dict[str, Any]) -> None:
    told["tables"]["posts_post"] += 1


LISTS: list[tuple[Change, str]] = [
    (lambda told: told.update(format="other"), "no backup of Polaris Blog"),
    (lambda told: told.update(version=2), "newer Polaris Blog"),
    (lambda told: told.pop("tables"), "incomplete"),
    (lambda told: told.update(tables=[1]), "incomplete"),
    (lambda told: told.update(files={}), "not what it was"),
    (lambda told: told["files"].update({"media/x": {"bytes": 1, "sha256": ""}}), "lacks"),
    (lambda told: told.update(engine="oracle"), "is of a blog on oracle"),
    (lambda told: told["migrations"].append("posts.9999_later"), "newer than this"),
    (counted, "rows of posts_post"),
]


def test_a_list_of_contents_that_is_not_true_is_refused(
    members: dict[str, bytes], tmp_path: Path
) -> None:
    for change, sentence in LISTS:
        assert sentence in refused(packed(members, change), tmp_path)
    for text in (b"", b"{", b"[1]", b"\xff", b"[" * 100_000, b"0" * 5000):
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as tar:
            header = tarfile.TarInfo("manifest.json")
            header.size = len(text)
            tar.addfile(header, io.BytesIO(text))
        refused(stream.getvalue(), tmp_path)


def test_what_is_no_archive_is_refused(blog: Path, tmp_path: Path) -> None:
    for text in (b"", b"hello", b"\0" * 20_000, os.urandom(3000), gzip.compress(b"x" * 5000)):
        refused(text, tmp_path)
    with pytest.raises(CommandError, match="cannot be read"):
        said("restore", tmp_path / "none.tar", "--replace")
    with pytest.raises(CommandError, match="cannot be read"):
        said("restore", tmp_path, "--replace")


def test_a_database_that_is_none_is_refused(members: dict[str, bytes], tmp_path: Path) -> None:
    name = current().MEMBER
    for text in (b"", b"hello", gzip.compress(b"hello" * 1000), members[name][:-100]):
        assert re.search(
            "The database in|rows of", refused(packed({**members, name: text}), tmp_path)
        )


def test_a_database_that_grows_without_end_is_refused(
    members: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if current().MEMBER != "database.sqlite3.gz":
        pytest.skip("pg_dump's files are unpacked by pg_restore, a piece at a time")
    monkeypatch.setattr(current(), "LEAST_ROOM_BYTES", 1024)
    bomb = gzip.compress(bytes(4_000_000))
    assert "more than any blog" in refused(packed({**members, current().MEMBER: bomb}), tmp_path)


def test_an_archive_cut_anywhere_is_refused(members: dict[str, bytes], tmp_path: Path) -> None:
    text = packed(members)
    last = text.index(b"manifest.json")
    cuts = [*range(0, last, last // 12), *range(0, 4096, 511), last - 1, last + 600, last + 5000]
    before = rows()
    for cut in cuts:
        refused(text[:cut], tmp_path)
    assert rows() == before


def test_an_archive_altered_anywhere_is_refused_or_the_same(
    members: dict[str, bytes], tmp_path: Path, settings: Settings
) -> None:
    text = bytearray(packed(members))
    path = tmp_path / "altered.tar"
    chance, said_instead = random.Random(7), []
    for _ in range(40):
        place, bit = chance.randrange(len(text)), 1 << chance.randrange(8)
        text[place] ^= bit
        path.write_bytes(text)
        try:
            assert "Whole" in said("backup", "--verify", path)
        except CommandError as problem:
            said_instead.append(str(problem))
        text[place] ^= bit
    assert len(said_instead) > 20
    assert all(sentence.endswith(".") for sentence in said_instead)
    assert not list(Path(settings.DATA_DIR).glob(".backup-*"))
