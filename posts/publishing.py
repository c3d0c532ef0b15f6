"""An author publishes: in the admin, or from a file."""

from functools import partial
from typing import TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from accounts.models import User
from posts.documents import BadDocument, Document
from posts.models import Category, Post, Tag
from posts.signals import post_published

Term = TypeVar("Term", Category, Tag)


def announce(post: Post) -> None:
    """Tell the apps above, after commit, that `post` is new or changed; drafts are no news."""
    if post.is_published:
        transaction.on_commit(partial(post_published.send, sender=Post, post=post))


@transaction.atomic
def publish_document(document: Document) -> Post:
    """Store the post that `document` describes; the same slug again updates it.

    A new post without a date is published now, and a later file without a date leaves it as it is.
    Raises BadDocument where the author is unknown or another post has the address.
    """
    post = Post.objects.filter(slug=document.slug).first() or Post(slug=document.slug)
    post.title, post.body, post.markup = document.title, document.body, document.markup
    post.status, post.excerpt = document.status, document.excerpt
    post.published_at = document.published_at or post.published_at or timezone.now()
    if document.author:
        post.author = _author(document.author)
    post.save()
    post.categories.set(_terms(Category, document.categories))
    post.tags.set(_terms(Tag, document.tags))
    announce(post)
    return post


def _author(username: str) -> User:
    try:
        return User.objects.get(username=username)
    except User.DoesNotExist as error:
        raise BadDocument(f"There is no author with the user name {username!r}.") from error


def _terms(model: type[Term], names: list[str]) -> list[Term]:
    """The categories or tags of these names, made where they are new."""
    slugs = {slugify(name, allow_unicode=True) or f"{name!r}": name for name in names}
    return [
        model.objects.get_or_create(slug=slug, defaults={"name": name})[0]
        for slug, name in slugs.items()
    ]
