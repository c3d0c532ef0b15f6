"""Put the whole blog away in one file, while it goes on serving."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import django
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone
from django.utils.crypto import salted_hmac

from polarisblog.backups import engines
from polarisblog.backups.archive import DATABASE, MEDIA, Manifest, Writer
from polarisblog.backups.encrypting import encrypted
from polarisblog.backups.engines.snapshots import left_out
from polarisblog.backups.models import Backup
from posts.folder import PART

log = logging.getLogger(__name__)

# What tells one blog from another; none of these is a secret.
NAMED_SETTINGS = (
    *("SITE_URL", "LANGUAGE_CODE", "TIME_ZONE", "DEFAULT_FROM_EMAIL", "STAFF_NEEDS_MFA"),
    *("TRUSTED_PROXY_COUNT", "SIGN_IN_PROVIDERS"),
)
PREFIX = "polaris-"
SCRATCH = ".backup-"
DAY_SECONDS = 24 * 3600
SUFFIXES = (".tar", ".tar.age")


class CannotBackUp(Exception):
    """Why there is no backup, in a sentence."""


def back_up(target: Path, recipients: Sequence[object] = ()) -> Path:
    """Write a new archive and note it. Gives its path: below `target` where that is a folder.

    Nothing is ever overwritten, and the name appears only when all of the archive is on the disk.
    """
    if target.is_dir():
        target /= f"{PREFIX}{timezone.now():%Y%m%dT%H%M%S}Z{SUFFIXES[bool(recipients)]}"
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            write(file, recipients)
            file.flush()
            os.fsync(file.fileno())
        _put_in_place(part, target)
    except FileExistsError:
        raise CannotBackUp(f"{target} exists already; a backup overwrites nothing.") from None
    except OSError as problem:
        raise CannotBackUp(f"The backup could not be written: {problem}.") from problem
    finally:
        part.unlink(missing_ok=True)
    try:
        Backup.objects.note(size=target.stat().st_size, is_encrypted=bool(recipients))
    except DatabaseError as problem:
        # As when the blog's own disk is full, and the archive is on another: it is whole.
        log.warning("the backup is whole, but it could not be noted: %s", problem)
    return target


def _put_in_place(part: Path, target: Path) -> None:
    try:
        target.hardlink_to(part)
    except FileExistsError:
        raise
    except OSError:
        # A file system without links, as on many memory sticks.
        if target.exists():
            raise FileExistsError(target) from None
        part.rename(target)


def write(stream: IO[bytes], recipients: Sequence[object] = ()) -> Manifest:
    """Pictures first, then the database, then the pictures that came meanwhile.

    So whatever the database names is there: a picture's file is older than its row, and its bytes
    never change.
    """
    with encrypted(stream, recipients) as clear, scratch() as folder, Writer(clear) as archive:
        _add_media(archive)
        taken = engines.current().snapshot(folder)
        archive.add(taken.path.name, taken.path)
        _add_media(archive)
        manifest = Manifest(
            made_at=timezone.now().isoformat(),
            polarisblog=settings.VERSION,
            django=django.__version__,
            engine=connection.vendor,
            engine_version=taken.engine_version,
            tables=taken.tables,
            left_out=left_out(),
            migrations=taken.migrations,
            settings=named_settings(),
            secret_key_check=secret_key_check(),
            files=archive.files,
        )
        archive.finish(manifest)
    return manifest


def prune(folder: Path, keep: int) -> list[Path]:
    """Delete all but the newest `keep` archives that were named by `back_up`; which went."""
    named = [
        path
        for path in sorted(folder.glob(f"{PREFIX}*Z.tar*"))
        if path.name.endswith(SUFFIXES) and path.is_file()
    ]
    old = named[:-keep]
    for path in old:
        path.unlink(missing_ok=True)
    return old


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder beside the blog's own files, gone afterwards; nobody else looks in.

    What somebody's kill left behind goes after a day.
    """
    for left in Path(settings.DATA_DIR).glob(f"{SCRATCH}*"):
        if left.stat().st_mtime < time.time() - DAY_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=settings.DATA_DIR) as name:
        yield Path(name)


def named_settings() -> dict[str, str]:
    return {name: str(getattr(settings, name)) for name in NAMED_SETTINGS}


def secret_key_check() -> str:
    """Tells whether a key is the same, and nothing else about it."""
    return salted_hmac("polarisblog.backups", DATABASE, algorithm="sha256").hexdigest()[:32]


def _add_media(archive: Writer) -> None:
    root = Path(settings.MEDIA_ROOT)
    for path in sorted(root.rglob("*")):
        name = f"{MEDIA}/{path.relative_to(root).as_posix()}"
        if path.suffix == PART:
            continue
        if path.is_file() and not path.is_symlink() and name not in archive.files:
            archive.add(name, path)
