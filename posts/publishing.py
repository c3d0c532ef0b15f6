"""An author publishes: in the admin, from a file, or ahead of time.

Whatever changes a post goes through `store`, so that a revision is kept, an old address leads on,
and the apps above are told.
"""

from __future__ import annotations

from functools import partial
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import User
from posts.documents import BadDocument, Document
from posts.models import Category, OldAddress, Post, Revision, Tag
from posts.signals import post_published, post_withdrawn

Term = TypeVar("Term", Category, Tag)


@transaction.atomic
def store(post: Post, *, by: User | None = None, note: str = "") -> Post:
    """Save `post` as its next version, with all that follows from it.

    A date ahead makes a published post a scheduled one. Sets nothing but the post's own row: set
    categories, tags and co-authors in the same transaction.
    """
    before = Post.objects.select_for_update().filter(pk=post.pk).first() if post.pk else None
    post.settle_status()
    post.version = (before.version if before else 0) + 1
    post.save()
    Revision.objects.keep(post, by=by, note=note)
    was_published = before is not None and before.is_published
    if before is not None and was_published:
        _lead_on(before.get_absolute_url(), post)
    announce(post, was_published=was_published)
    return post


def _lead_on(old_path: str, post: Post) -> None:
    """Readers, other sites and search engines know the old path; it must go on working."""
    if old_path != post.get_absolute_url():
        OldAddress.objects.leave(old_path, post)


def announce(post: Post, *, was_published: bool = False) -> None:
    """Tell the apps above, after commit, that `post` is new, changed or gone; no draft is news."""
    if post.is_published:
        OldAddress.objects.free(post.get_absolute_url())
        transaction.on_commit(partial(post_published.send, sender=Post, post=post))
    elif was_published:
        transaction.on_commit(partial(post_withdrawn.send, sender=Post, post=post))


@transaction.atomic
def delete(post: Post) -> None:
    """Delete `post` for good; what was public is announced as gone."""
    pk, was_published = post.pk, post.is_published
    post.delete()
    post.pk = pk
    if was_published:
        transaction.on_commit(partial(post_withdrawn.send, sender=Post, post=post))


def publish_due() -> list[int]:
    """Publish every scheduled post whose hour has come; gives their ids.

    Each is published once, however many workers ask at the same moment: only one UPDATE finds it
    still scheduled. The announcement is a task queued with it.
    """
    return [pk for pk in Post.objects.due().values_list("pk", flat=True) if _publish_one_due(pk)]


@transaction.atomic
def _publish_one_due(pk: int) -> bool:
    from posts.tasks import announce_post  # noqa: PLC0415 # tasks call flows, and this one a task

    if not Post.objects.due().filter(pk=pk).update(status=Post.Status.PUBLISHED):
        return False
    post = Post.objects.select_for_update().get(pk=pk)
    post.version += 1
    post.save()
    Revision.objects.keep(post, by=None, note=_("Published on schedule"))
    # A row of the queue in the same transaction: no crash can come between the two.
    announce_post.enqueue(pk)
    return True


@transaction.atomic
def publish_document(document: Document) -> Post:
    """Store the post that `document` describes; the same slug again updates it.

    A new post without a date is published now, and a later file without a date leaves it as it is.
    Raises BadDocument where the author is unknown or another post has the address.
    """
    known = Post.objects.filter(slug=document.slug, kind=document.kind)
    post = known.first() or Post(slug=document.slug, kind=document.kind)
    _fill(post, document)
    _refuse_clashes(post)
    store(post, note=_("From a file"))
    post.categories.set(terms(Category, document.categories))
    post.tags.set(terms(Tag, document.tags))
    return post


def _fill(post: Post, document: Document) -> None:
    post.title, post.body, post.markup = document.title, document.body, document.markup
    post.status, post.excerpt = document.status, document.excerpt
    post.content_note = document.content_note
    post.is_dated = document.published_at is not None
    post.published_at = document.published_at or post.published_at or timezone.now()
    if document.author:
        post.author = _author(document.author)


def _refuse_clashes(post: Post) -> None:
    try:
        post.clean()
    except ValidationError as error:
        raise BadDocument(" ".join(error.messages)) from error


def _author(username: str) -> User:
    try:
        return User.objects.get(username=username)
    except User.DoesNotExist as error:
        raise BadDocument(f"There is no author with the user name {username!r}.") from error


def terms(model: type[Term], names: list[str]) -> list[Term]:
    """The categories or tags of these names, made where they are new."""
    slugs = {slugify(name, allow_unicode=True) or f"{name!r}": name for name in names}
    return [
        model.objects.get_or_create(slug=slug, defaults={"name": name})[0]
        for slug, name in slugs.items()
    ]
