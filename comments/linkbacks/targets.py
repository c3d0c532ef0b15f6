"""Which of our posts an address names, in every form that we publish."""

from urllib.parse import unquote, urljoin, urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve

from comments.models import MAX_ID, DiscussionSettings
from posts.models import Post

DEFAULT_PORTS = {"http": 80, "https": 443}


class Nowhere(Exception):
    """No address of this site looks like that: nothing can be there, published or not."""


def canonical_url(post: Post) -> str:
    return f"{settings.SITE_URL}{post.get_absolute_url()}"


def accepts_linkbacks(post: Post, discussion: DiscussionSettings) -> bool:
    """Whether `post` can be a new target now."""
    return discussion.takes_linkbacks and post.is_published and post.pings_open


def is_own(url: str) -> bool:
    """Whether `url` leads to this site, with http or https."""
    return _place(url) is not None


def names(url: str, post: Post) -> bool:
    """Whether `url` is one of the addresses of `post`: never a prefix of one, and no redirect.

    Scheme, trailing slash, fragment and percent-encoding may differ, and `/?p=ID` is published too.
    """
    return _place(url) in (
        (unquote(post.get_absolute_url()).removesuffix("/"), ""),
        ("", f"p={post.pk}"),
    )


def post_at(url: str) -> Post | None:
    """The post that `url` names, whatever its status; None where another page is or could be.

    Raises Nowhere for addresses that no post, however hidden, could have.
    """
    place = _place(url)
    if place is None:
        return None
    path, query = place
    if path == "":
        number = query.removeprefix("p=")
        is_number = query.startswith("p=") and number.isascii() and number.isdigit()
        if not is_number or str(int(number[:20])) != number or int(number) > MAX_ID:
            return None
        return Post.objects.filter(pk=int(number)).first()
    try:
        found = resolve(f"{path}/")
    except Resolver404:
        raise Nowhere from None
    if found.view_name == "pages:part":
        # What belongs to a page is no post, and is 404 whether or not the page is public.
        raise Nowhere
    if query:
        return None
    if found.view_name == "pages:page":
        return Post.objects.pages().filter(**found.kwargs).first()
    return Post.objects.at(**found.kwargs).first() if found.view_name == "posts:post" else None


def _place(url: str) -> tuple[str, str] | None:
    """The decoded path without its last slash, and the query, of an address on this site."""
    try:
        parts, ours = urlsplit(url), urlsplit(settings.SITE_URL)
        port, our_port = parts.port, ours.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or "@" in parts.netloc:
        return None
    if (parts.hostname or "").removesuffix(".") != (ours.hostname or ""):
        return None
    # Where we are reached at a port of its own, http and https share it; else each has its usual.
    if our_port in (None, *DEFAULT_PORTS.values()):
        our_port = DEFAULT_PORTS[parts.scheme]
    if (port or DEFAULT_PORTS[parts.scheme]) != our_port:
        return None
    if "%2f" in parts.path.lower():
        return None
    path = parts.path
    if "/." in path and "//" not in path:
        # Dot segments mean what RFC 3986, 5.2.4, says.
        path = urlsplit(urljoin("http://x/", path)).path
    return unquote(path).removesuffix("/"), parts.query
