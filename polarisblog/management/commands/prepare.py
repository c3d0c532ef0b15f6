"""Make everything ready to serve, in one process."""

from django.core.management.base import BaseCommand

from polarisblog import preparing


class Command(BaseCommand):
    help = "Makes database, cache table, starter content, administrator and static files ready."

    def handle(self, *, verbosity: int, **options: object) -> str:
        say = self.stderr.write if verbosity else lambda text: None
        return f"Ready. Moderate {preparing.prepare(say)}"
