"""What the worker does for posts. Each is safe to repeat."""

from typing import Any

from django.db import transaction
from django.dispatch import receiver

from posts import dressing, publishing, reviewing, uploading
from posts.models import Post
from posts.search import keeping
from posts.signals import post_published

try:
    from django.tasks import task
except ImportError:
    from django_tasks import task  # type: ignore[no-redef] # the same before Django 6.0


@task
def publish_due() -> None:
    """Every few seconds, see settings.PERIODIC_TASKS."""
    publishing.publish_due()


@task
def announce_post(post_pk: int) -> None:
    post = Post.objects.filter(pk=post_pk).first()
    if post is not None and post.is_published:
        post_published.send(sender=Post, post=post)


@task
def dress_post(post_pk: int) -> None:
    dressing.dress(post_pk)


@task
def catch_up() -> None:
    """Every hour, see settings.PERIODIC_TASKS."""
    for post_pk in dressing.catch_up():
        dress_post.enqueue(post_pk)


@task
def remind_of_reviews() -> None:
    """Every day, see settings.PERIODIC_TASKS."""
    reviewing.remind()


@receiver(post_published)
def dress_when_published(post: Post, **kwargs: Any) -> None:
    """Found at once; what takes longer is made by the worker."""
    keeping.put(post)
    dress_post.enqueue(post.pk)


@task
def render_picture(file_name: str) -> None:
    uploading.render(file_name)


@task
def remove_picture(file_name: str) -> None:
    uploading.remove(file_name)


def picture_changed(*, file_name: str, old: list[Any], **kwargs: Any) -> None:
    """What django-pictures calls when a file was stored or deleted (settings.PICTURES)."""
    task = remove_picture if old else render_picture
    transaction.on_commit(lambda: task.enqueue(file_name))
