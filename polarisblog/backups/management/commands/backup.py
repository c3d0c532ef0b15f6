"""`manage.py backup FILE`: the whole blog in one file."""

import argparse
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from polarisblog.backups import backing_up, encrypting, restoring
from polarisblog.backups.archive import BadArchive, Manifest
from polarisblog.backups.engines.snapshots import EngineFailed
from polarisblog.stores import FOLDER

PROBLEMS = (
    *(BadArchive, EngineFailed, encrypting.BadKey),
    *(backing_up.CannotBackUp, restoring.CannotRestore, DatabaseError, OSError),
)


class Command(BaseCommand):
    help = (
        "Writes database and pictures into one new file, while the blog goes on serving. "
        "A folder as FILE gets a file named for the time; - is the standard output."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--recipient",
            action="append",
            help="age1… (default: BACKUP_RECIPIENTS); may be repeated",
        )
        parser.add_argument(
            "--keep",
            type=int,
            default=0,
            help="FILE is a folder (made if need be): keep so many there",
        )
        parser.add_argument("--verify", action="store_true", help="check FILE and write nothing")
        parser.add_argument("--identity", type=Path, help="the key file that opens FILE")
        parser.add_argument(
            "--new-key", action="store_true", help="make a key to encrypt for in FILE"
        )

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            if options["new_key"]:
                self.stdout.write(encrypting.new_key(file))
            elif options["verify"]:
                keys = encrypting.identities(options["identity"]) if options["identity"] else []
                self.stdout.write(described(restoring.verify(file, keys)))
            else:
                self._back_up(file, options["recipient"], options["keep"])
        except PROBLEMS as problem:
            raise CommandError(str(problem)) from problem

    def _back_up(self, file: Path, named: list[str] | None, keep: int) -> None:
        recipients = [encrypting.recipient(text) for text in named or settings.BACKUP_RECIPIENTS]
        if settings.STORAGES["default"] != FOLDER:
            words = (
                "Pictures are kept in a bucket, and are not in this backup: copy the bucket too."
            )
            self.stderr.write(self.style.WARNING(words))
        if str(file) == "-":
            backing_up.write(sys.stdout.buffer, recipients)
            return
        if keep > 0:
            _make_folder(file)
        made = backing_up.back_up(file, recipients)
        self.stdout.write(str(made))
        if keep > 0 and made.parent == file:
            for old in backing_up.prune(file, keep):
                self.stdout.write(f"deleted {old}")


def _make_folder(file: Path) -> None:
    try:
        file.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        words = f"{file} is a file; --keep needs a folder."
        raise backing_up.CannotBackUp(words) from None


def described(manifest: Manifest) -> str:
    """What is in an archive, in a line."""
    return (
        f"Whole. Polaris Blog {manifest.polarisblog} on {manifest.engine} "
        f"{manifest.engine_version}, {manifest.made_at[:16]}: {sum(manifest.tables.values())} rows "
        f"in {len(manifest.tables)} tables, {len(manifest.media)} pictures."
    )
