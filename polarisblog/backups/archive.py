"""The bytes of a backup: a plain tar whose last member lists all others with their SHA-256.

    media/…               pictures, under the names they have below MEDIA_ROOT
    database.…            what the engine's own tool wrote
    manifest.json         format and versions, engine, rows of each table, and every file's sum

The list comes last because it is written while the blog goes on serving: what it says of a file is
what went into the archive. An archive that was cut short has no list and so is no archive.

Nothing here knows of Django, and everything that is read counts as hostile: the checks say that a
file is whole, not who made it.
"""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, Any, Self

FORMAT, VERSION = "polaris-blog-backup", 1
MANIFEST = "manifest.json"
MEDIA, DATABASE = "media", "database"
MAX_MANIFEST_BYTES = 64 * 1024 * 1024
CHUNK_BYTES = 1024 * 1024
OWNER_ONLY = 0o600
UNREADABLE = (tarfile.TarError, EOFError, ValueError, OverflowError, MemoryError, RecursionError)


class BadArchive(Exception):
    """Why this is no archive to restore from, in a sentence."""


@dataclass(frozen=True)
class Kept:
    """One file of the archive."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    made_at: str
    polarisblog: str
    django: str
    engine: str
    engine_version: str
    tables: dict[str, int]
    left_out: list[str]
    migrations: list[str]
    settings: dict[str, str]
    secret_key_check: str
    files: dict[str, Kept] = field(default_factory=dict)

    @property
    def database(self) -> str:
        """The name of the member that holds the database."""
        return next(name for name in self.files if name.startswith(f"{DATABASE}."))

    @property
    def media(self) -> list[str]:
        """The pictures, by their names below MEDIA_ROOT."""
        start = f"{MEDIA}/"
        return [name[len(start) :] for name in self.files if name.startswith(start)]


class Writer:
    """Puts files into a tar stream, and the manifest after them.

    Left by an exception, it is closed as it is: no archive, because it has no manifest.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._tar = tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115 # closed by `finish`
        self.files: dict[str, Kept] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: Any) -> None:
        if kind:
            # Nothing can be written any more, and tarfile would try again at some later time.
            with suppress(OSError, ValueError):
                self._tar.__exit__(kind, *rest)

    def add(self, name: str, path: Path) -> None:
        """The bytes of `path` now; one that has gone meanwhile is left out."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return
        with file:
            size = os.fstat(file.fileno()).st_size
            hashing = _Hashing(file)
            self._tar.addfile(_header(name, size), hashing)
        self.files[name] = Kept(size, hashing.digest.hexdigest())

    def finish(self, manifest: Manifest) -> None:
        whole = asdict(manifest) | {"format": FORMAT, "version": VERSION}
        text = json.dumps(whole, indent=1, sort_keys=True).encode()
        self._tar.addfile(_header(MANIFEST, len(text)), BytesIO(text))
        self._tar.close()


def _header(name: str, size: int) -> tarfile.TarInfo:
    """Neither owners nor modes of this machine."""
    header = tarfile.TarInfo(name)
    header.size, header.mode, header.mtime = size, OWNER_ONLY, int(time.time())
    return header


class _Hashing:
    """A file that is hashed while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self.digest.update(piece)
        return piece


def read(stream: IO[bytes], into: Path, *, with_media: bool = True) -> Manifest:
    """Check every sum, and put the files below `into`, which must be empty.

    Nothing is written anywhere else, whatever the archive says. Raises BadArchive.
    """
    files: dict[str, Kept] = {}
    manifest: Manifest | None = None
    try:
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                if manifest is not None:
                    raise BadArchive("The archive goes on after its list of contents.")
                content = _content(tar, member)
                if member.name == MANIFEST:
                    manifest = _manifest(content, member.size)
                    continue
                name = _safe(member.name)
                if name in files:
                    raise BadArchive(f"The archive holds “{name}” twice.")
                is_wanted = with_media or name.startswith(f"{DATABASE}.")
                files[name] = _keep(content, into / name if is_wanted else None)
    except UNREADABLE as problem:
        raise BadArchive(f"This is no whole archive of a blog ({problem}).") from problem
    if manifest is None:
        raise BadArchive("The archive ends before its list of contents: it was cut short.")
    _compare(manifest.files, files)
    return manifest


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    """Links, devices and sparse files (a few bytes that claim to be terabytes) are none of ours."""
    content = tar.extractfile(member) if member.isreg() else None
    if content is None or member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
        raise BadArchive(f"The archive holds something that is no file: “{_shown(member.name)}”.")
    return content


def _safe(name: str) -> str:
    path = PurePosixPath(name)
    is_ours = name.startswith(f"{MEDIA}/") or (
        name.startswith(f"{DATABASE}.") and len(path.parts) == 1
    )
    is_plain = str(path) == name and not path.is_absolute() and ".." not in path.parts
    if not (is_ours and is_plain and name.isprintable() and "\\" not in name):
        raise BadArchive(f"The archive names a file that no blog has: “{_shown(name)}”.")
    return name


def _shown(name: str) -> str:
    return ascii(name[:200])[1:-1]


def _keep(content: IO[bytes], path: Path | None) -> Kept:
    digest, size = hashlib.sha256(), 0
    if path is None:
        for piece in _pieces(content):
            digest.update(piece)
            size += len(piece)
        return Kept(size, digest.hexdigest())
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        for piece in _pieces(content):
            digest.update(piece)
            size += file.write(piece)
    return Kept(size, digest.hexdigest())


def _pieces(content: IO[bytes]) -> Iterator[bytes]:
    while piece := content.read(CHUNK_BYTES):
        yield piece


def _manifest(content: IO[bytes], size: int) -> Manifest:
    if size > MAX_MANIFEST_BYTES:
        raise BadArchive("The archive's list of contents is too long to be true.")
    told = json.loads(content.read())
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise BadArchive("This is a tar file, but no backup of Polaris Blog.")
    if told.get("version") != VERSION:
        raise BadArchive("The backup was made by a newer Polaris Blog; install that first.")
    try:
        return _typed(told)
    except (KeyError, TypeError, AttributeError) as problem:
        raise BadArchive(f"The archive's list of contents is incomplete: {problem}.") from problem


def _typed(told: dict[str, Any]) -> Manifest:
    names = ("made_at", "polarisblog", "django", "engine", "engine_version", "secret_key_check")
    return Manifest(
        **{name: str(told[name]) for name in names},
        tables={str(name): int(count) for name, count in told["tables"].items()},
        left_out=[str(name) for name in told["left_out"]],
        migrations=[str(name) for name in told["migrations"]],
        settings={str(name): str(value) for name, value in told["settings"].items()},
        files={
            str(name): Kept(int(each["bytes"]), str(each["sha256"]))
            for name, each in told["files"].items()
        },
    )


def _compare(listed: dict[str, Kept], found: dict[str, Kept]) -> None:
    for name in sorted(listed.keys() | found.keys()):
        if name not in found:
            raise BadArchive(f"The archive lacks “{_shown(name)}”, which it lists.")
        if listed.get(name) != found[name]:
            raise BadArchive(f"“{_shown(name)}” is not what it was when it was put away.")
    if sum(name.startswith(f"{DATABASE}.") for name in found) != 1:
        raise BadArchive("The archive holds no database.")
