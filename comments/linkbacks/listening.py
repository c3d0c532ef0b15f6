"""Posts tell what happens to them; it is told on by the worker, so that saving never waits."""

from typing import Any

from django.dispatch import receiver

from comments.linkbacks import targets, tasks
from posts.models import Post
from posts.signals import post_published, post_withdrawn


@receiver(post_published)
def tell_links(post: Post, **kwargs: Any) -> None:
    tasks.send.enqueue(post.pk)


@receiver(post_withdrawn)
def take_links_back(post: Post, **kwargs: Any) -> None:
    tasks.withdraw.enqueue(post.pk, targets.canonical_url(post))
