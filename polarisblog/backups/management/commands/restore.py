"""`manage.py restore FILE`: the blog as it was in a backup."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from polarisblog.backups import encrypting, restoring
from polarisblog.backups.management.commands.backup import PROBLEMS, described


class Command(BaseCommand):
    help = "Brings the blog back from a backup, all of it or nothing. Stop the blog first."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--identity", type=Path, help="the key file that opens FILE")
        parser.add_argument("--replace", action="store_true", help="give up the blog that is here")

    def handle(self, *args: Any, file: Path, replace: bool, **options: Any) -> None:
        try:
            keys = encrypting.identities(options["identity"]) if options["identity"] else []
            restored = restoring.restore(file, keys, replace=replace)
        except PROBLEMS as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(described(restored.manifest))
        for warning in restored.warnings:
            self.stderr.write(self.style.WARNING(warning))
        self.stdout.write("Restored. Everybody signs in anew.")
