"""A reader opens a post: at its address, with its password, or from where it used to be."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from polarisblog.network import limits
from polarisblog.network.addresses import address_key, client_address
from polarisblog.pagecache.until_changed import UntilChanged
from polarisblog.sql.prepared import Prepared, Slot
from posts.models import OldAddress, Post
from posts.models.posts import day_span


def post_at(year: int, month: int, day: int, slug: str, *, is_shown: bool = True) -> Post | None:
    """The post or page of that day; with all that its page shows, or `is_shown` False its row."""
    span = day_span(year, month, day)
    if span is None:
        return None
    slots = {"start": span[0], "end": span[1], "slug": slug}
    found = _shown_at(**slots) if is_shown else _published_at(**slots) or _row_at(**slots)
    return found[0] if found else None


@UntilChanged
def _published_at() -> Any:
    """Nobody hears of changes to a draft. The text is asked for where it is needed after all."""
    published = Post.objects.filter(status=Post.Status.PUBLISHED).defer("body", "html")
    return published.within(Slot("start"), Slot("end"), Slot("slug")).newest_first()[:1]


@Prepared
def _row_at() -> Any:
    return Post.objects.within(Slot("start"), Slot("end"), Slot("slug")).newest_first()[:1]


@Prepared
def _shown_at() -> Any:
    posts = Post.objects.within(Slot("start"), Slot("end"), Slot("slug")).newest_first()
    return posts.for_reading()[:1]


def is_open_to(request: HttpRequest, post: Post) -> bool:
    """Whether this reader may see the words of `post` (which may be read at all)."""
    if not post.is_protected:
        return True
    shown = request.COOKIES.get(_cookie_name(post), "")
    return constant_time_compare(shown, _proof(post)) or post.may_be_edited_by(request.user)


def try_password(request: HttpRequest, post: Post, password: str) -> bool:
    """Whether `password` opens `post`. Raises TooFast for whoever guesses."""
    limits.check(limits.POST_PASSWORD, address_key(client_address(request)), post.pk)
    return post.opens_with(password)


def remember(response: HttpResponse, post: Post) -> None:
    """Keep `post` open in this browser until it is closed or the password changes."""
    response.set_cookie(
        _cookie_name(post),
        _proof(post),
        secure=settings.IS_HTTPS,
        httponly=True,
        samesite="Lax",
    )


def moved_to(path: str) -> str | None:
    """Where what once was at `path` is now, if strangers may read it."""
    old = OldAddress.objects.filter(path=path).select_related("post").first()
    return old.post.get_absolute_url() if old and old.post.is_published else None


def _cookie_name(post: Post) -> str:
    return f"{'__Host-' if settings.IS_HTTPS else ''}open-{post.pk}"


def _proof(post: Post) -> str:
    """Proves that its bearer knew the password in force; says nothing about it."""
    value = f"{post.pk}:{post.password}"
    return salted_hmac("posts.opening", value, algorithm="sha256").hexdigest()
