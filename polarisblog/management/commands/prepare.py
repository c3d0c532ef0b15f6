"""Make everything ready to serve, in one process."""

import argparse
import json
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand

from polarisblog import preparing


class Command(BaseCommand):
    help = "Makes database, cache table, starter content, administrator and static files ready."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the outcome for a program")

    def handle(self, *, json: bool, verbosity: int, **options: object) -> None:
        say = self.stderr.write if verbosity else lambda text: None
        preparing.warn_of_open_doors(say)
        with preparing.alone():
            preparing.prepare_database(say)
            moderator = preparing.ensure_administrator()
            preparing.collect_static_files(say)
        if json:
            self.stdout.write(facts(moderator))
        else:
            self.stdout.write(f"Ready. Moderate {moderator}")


def facts(moderator: str) -> str:
    """What the process that starts the parts must know, as JSON."""
    return json.dumps(
        {
            "debug": settings.DEBUG,
            "host": urlsplit(settings.SITE_URL).netloc,
            "moderator": moderator,
            "sandbox": settings.SANDBOX_URL,
            "site_url": settings.SITE_URL,
        }
    )
