"""Bring a blog back from an archive: all of it, or nothing.

Whatever is wrong with an archive is found before anything of ours is touched. Then the pictures go
beside those that are there, the database changes in one transaction, and only after that do other
pictures go: killed at any moment, the blog is the one from before or the one from the archive.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from accounts.models import User
from comments.models import Comment
from polarisblog.background.keeping import LEASE_SECONDS
from polarisblog.background.models import Heartbeat
from polarisblog.backups import archive, encrypting, engines
from polarisblog.backups.archive import BadArchive, Manifest
from polarisblog.backups.backing_up import named_settings, scratch, secret_key_check
from polarisblog.pagecache import hearing
from posts.models import Image, Post

# A blog without any of these has nothing to lose.
CONTENTS: dict[Any, str] = {User: "users", Post: "posts", Comment: "comments", Image: "pictures"}


class CannotRestore(Exception):
    """Why nothing was changed, in a sentence."""


@dataclass(frozen=True)
class Restored:
    manifest: Manifest
    warnings: list[str]


def verify(path: Path, keys: Sequence[object] = ()) -> Manifest:
    """Read all of an archive and its database as a restore would; change nothing."""
    with scratch() as folder:
        manifest = _unpack(path, keys, folder, with_media=False)
        _check(manifest, folder)
    return manifest


def restore(path: Path, keys: Sequence[object] = (), *, replace: bool = False) -> Restored:
    """Bring the archive's blog here; `replace` gives up what is here. The blog must not run.

    Raises BadArchive, CannotRestore or EngineFailed, and then nothing has changed.
    """
    _refuse_to_overwrite(replace=replace)
    with scratch() as folder:
        manifest = _unpack(path, keys, folder, with_media=True)
        _check(manifest, folder)
        unknown = _unknown_migrations(manifest)
        if unknown:
            raise CannotRestore(
                f"The backup is of Polaris Blog {manifest.polarisblog}, which is newer than this "
                f"one ({settings.VERSION}): it knows {unknown[0]}. Install that version first."
            )
        added = _add_media(folder / archive.MEDIA, Path(settings.MEDIA_ROOT))
        try:
            engines.current().load(folder / manifest.database, folder, manifest.tables)
        except BaseException:
            for each in added:
                each.unlink(missing_ok=True)
            raise
    _drop_media_but(set(manifest.media), Path(settings.MEDIA_ROOT))
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    cache.clear()
    # Where this host had come to in another database's list of changes means nothing now.
    hearing.shelf().reset()
    return Restored(manifest, _differences(manifest))


def _refuse_to_overwrite(*, replace: bool) -> None:
    there = set(connection.introspection.table_names())
    is_there = {model: model._meta.db_table in there for model in (Heartbeat, *CONTENTS)}  # noqa: SLF001 # Django's documented Options
    if is_there[Heartbeat] and Heartbeat.objects.alive(LEASE_SECONDS).exists():
        raise CannotRestore(
            f"The blog is running: stop it first. (Its worker was alive in the last "
            f"{LEASE_SECONDS:.0f} seconds; one that was killed counts for as long.)"
        )
    if replace:
        return
    counted = [
        f"{count} {name}"
        for model, name in CONTENTS.items()
        if is_there[model] and (count := model.objects.count())
    ]
    if counted:
        raise CannotRestore(
            f"This blog is not empty ({', '.join(counted)}). Restore into a new database and "
            "DATA_DIR, or give up what is here with --replace."
        )


def _unpack(path: Path, keys: Sequence[object], folder: Path, *, with_media: bool) -> Manifest:
    try:
        size, room = path.stat().st_size, shutil.disk_usage(folder).free
        if size > room:
            raise CannotRestore(f"The archive needs {size} bytes in DATA_DIR; {room} are free.")
        with _opened(path, keys) as stream:
            return archive.read(stream, folder, with_media=with_media)
    except OSError as problem:
        raise BadArchive(f"The archive cannot be read: {problem}.") from problem


@contextmanager
def _opened(path: Path, keys: Sequence[object]) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        if not encrypting.is_encrypted(path):
            yield file
            return
        if not keys:
            raise CannotRestore("The backup is encrypted: name its key with --identity FILE.")
        with encrypting.decrypted(file, keys) as clear:
            yield clear


def _check(manifest: Manifest, folder: Path) -> None:
    if manifest.engine != connection.vendor:
        raise CannotRestore(
            f"The backup is of a blog on {manifest.engine}, and this one is on "
            f"{connection.vendor}. Set DATABASE_URL to one of the former kind."
        )
    engine = engines.current()
    if manifest.database != engine.MEMBER:
        raise BadArchive(f"The archive's database is called “{manifest.database}”.")
    found = engine.check(folder / manifest.database, folder)
    for table, count in manifest.tables.items():
        if found.get(table, 0) != count:
            raise BadArchive(f"The archive lists {count} rows of {table} and has others.")


def _unknown_migrations(manifest: Manifest) -> list[str]:
    """What the archive's database went through that this code has never heard of."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    known = {f"{app}.{name}" for app, name in loader.disk_migrations}
    known |= {
        f"{app}.{name}"
        for migration in loader.disk_migrations.values()
        for app, name in migration.replaces
    }
    return [name for name in manifest.migrations if name not in known]


def _add_media(source: Path, root: Path) -> list[Path]:
    """Move the archive's pictures in; which were not there before."""
    added = []
    for path in sorted(source.rglob("*")):
        if path.is_file():
            target = root / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                added.append(target)
            path.chmod(0o644)
            path.replace(target)
    return added


def _drop_media_but(names: set[str], root: Path) -> None:
    for path in root.rglob("*"):
        if path.is_file() and path.relative_to(root).as_posix() not in names:
            path.unlink()


def _differences(manifest: Manifest) -> list[str]:
    """What the keeper should look at, because the environment is not in the archive."""
    told = []
    if manifest.secret_key_check != secret_key_check():
        told.append(
            "SECRET_KEY is another one than the backup's. Put that one first in "
            "SECRET_KEY_FALLBACKS, or nobody's second factor opens and links in mails have ended."
        )
    ours = named_settings()
    told += [
        f"{name} was {value}; here it is {ours.get(name)}."
        for name, value in sorted(manifest.settings.items())
        if name in ours and ours[name] != value
    ]
    return told
