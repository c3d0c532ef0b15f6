"""`manage.py publish FILE`: a post from an HTML or Markdown file with front matter."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from posts.documents import BadDocument, read
from posts.publishing import publish_document


class Command(BaseCommand):
    help = "Publish a post from an HTML or Markdown file; the same slug again updates it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            post = publish_document(read(file))
        except (BadDocument, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(settings.SITE_URL + post.get_absolute_url())
