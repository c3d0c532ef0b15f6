"""`manage.py starter`: the article an empty blog opens with."""

import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from accounts.models import User
from comments.linkbacks.sending import remember
from comments.models import Comment
from posts.documents import read
from posts.models import HelpLine, Post, Site
from posts.publishing import publish_document

ARTICLE = Path(__file__).resolve().parents[2] / "starter" / "polaris-project.html"

# One line, said in both languages. No operator is named: it changes.
HELP_LINE = (
    ("en", "National Human Trafficking Hotline", "Day and night"),
    ("es", "Línea Nacional contra la Trata de Personas", "Día y noche, también en español"),
)


class Command(BaseCommand):
    help = "Load the starter article into an empty blog; a blog with any post is left alone."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if Post.objects.exists() or Comment.objects.exists():
            return
        if not Site.objects.exists():
            Site().save()
        User.objects.get_or_create(
            username="editors", defaults={"name": "The editors", "password": "!"}
        )
        post = publish_document(read(ARTICLE))
        remember(post)
        Comment.objects.create(
            post=post,
            kind=Comment.Kind.PINGBACK,
            status=Comment.Status.APPROVED,
            reason="Starter content",
            name="Truck Stop Prostitution « Putting an End to Injustice Today",
            url="https://injustice-today.example/2011/01/12/truck-stop-prostitution/",
            text=(
                "…the people at Polaris Project answer their hotline day and night; I have saved"
                " the number…"
            ),
            created_at=post.published_at + datetime.timedelta(days=1),
        )
        if not HelpLine.objects.exists():
            for language, name, hours in HELP_LINE:
                HelpLine.objects.create(
                    language=language,
                    name=name,
                    hours=hours,
                    phone="1-888-373-7888",
                    text_number="233733",
                    text_word="BEFREE",
                    tty="711",
                    chat_url="https://humantraffickinghotline.org/chat",
                    reviewed_on=datetime.date(2026, 11, 24),
                )
        if options["verbosity"] > 0:
            self.stdout.write("Loaded the starter article.")
