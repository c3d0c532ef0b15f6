"""Print a configuration for nginx."""

from django.core.management.base import BaseCommand, CommandError

from polarisblog import edge


class Command(BaseCommand):
    help = "Prints an nginx configuration that hands out kept pages from disk (docs/page-cache.md)."

    def handle(self, **options: object) -> str:
        try:
            return edge.configuration()
        except edge.NoProxy as problem:
            raise CommandError(str(problem)) from problem
