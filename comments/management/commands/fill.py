"""`manage.py fill POST-SLUG N`: made-up comments, for measuring and for looking at long pages."""

import datetime
import random
from argparse import ArgumentParser
from functools import cache
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from comments.models import Comment, Conversation
from posts.html import comment_from_markdown
from posts.models import Post

NAMES = ["Ada", "Ben", "Chiara", "Dmitri", "Esi", "Farid", "Grace", "Hana", "Imani", "Jun"]
SENTENCES = [
    "Thank you for writing this down so plainly.",
    "I had not known that the hotline also answers by text message.",
    "We put the number up at our bus station last spring.",
    "Is there a list of local partners that one could call first?",
    "My class read this together and had many questions.",
    "The part about training matters *most* to me.",
    "A friend of mine works with survivors and says the same.",
    "Please keep these articles coming.",
]
BATCH = 250
REPLIES = 0.4  # of all comments


class Command(BaseCommand):
    help = "Add N made-up approved comments, in threads, to a post."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("count", type=int)

    @transaction.atomic
    def handle(self, *args: Any, slug: str, count: int, **options: Any) -> None:
        post = Post.objects.filter(slug=slug).first()
        if post is None:
            raise CommandError(f"There is no post with the slug {slug!r}.")
        if count < 1:
            raise CommandError("N is a number from 1 up.")
        rng = random.Random(count)  # noqa: S311 # the same page each time, not a secret
        start = timezone.now() - datetime.timedelta(minutes=count)
        answerable: list[int] = []
        for first in range(0, count, BATCH):
            rows = [
                self._comment(post, rng, start + datetime.timedelta(minutes=number), answerable)
                for number in range(first, min(first + BATCH, count))
            ]
            stored = Comment.objects.bulk_create(rows)
            answerable = [comment.pk for comment in stored]
        Conversation.recount(post.pk, Comment.objects.all())
        self.stdout.write(f"{count} comments on {post.get_absolute_url()}")

    def _comment(
        self, post: Post, rng: random.Random, at: datetime.datetime, answerable: list[int]
    ) -> Comment:
        """Two in five answer one of the batch before, so that threads grow a few levels deep."""
        sentences = rng.sample(SENTENCES, rng.randint(1, 3))
        return Comment(
            post=post,
            parent_id=rng.choice(answerable) if answerable and rng.random() < REPLIES else None,
            status=Comment.Status.APPROVED,
            reason="Made up by `fill`",
            name=rng.choice(NAMES),
            text="\n\n".join(sentences),
            html="".join(map(_paragraph, sentences)),
            created_at=at,
        )


@cache
def _paragraph(sentence: str) -> str:
    """What takes the time, done once for each sentence."""
    return comment_from_markdown(sentence)
