"""Does the source link to the target, and what does it say? Asks the other site, writes nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.utils.text import Truncator

from comments.linkbacks import microformats, pages, targets
from comments.linkbacks.discovery import HTML_TYPES
from comments.linkbacks.models import MAX_URL_LENGTH, Protocol, ReceivedLinkback
from comments.linkbacks.problems import NotTaken, Problem
from comments.models import Comment
from polarisblog.network.fetching import FetchError, Refused, TooSlow, fetch
from posts.models import Post

MAX_SOURCE_BYTES = 1 << 20  # Webmention, section 4, names the first megabyte as an example
MAX_REPLY_CHARACTERS = 500
_ANCHOR = frozenset({"a"})
# Webmention, section 3.2.2: an `a`, an `img`, a `video` and others whose address is the target.
_ANY_LINK = frozenset(pages.LINK_ATTRIBUTES)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a verified source says, as plain text in the lengths that are stored."""

    title: str
    excerpt: str
    author_name: str
    author_url: str
    mention: Comment.Mention


def find(
    source_url: str, post: Post, protocol: str, *, deadline_seconds: float, asked_from: str | None
) -> Finding:
    """Read the source and find its link to `post`.

    Our own posts are read from the database: we need not ask ourselves, and could wait for
    ourselves in vain. Raises NotTaken.
    """
    if targets.is_own(source_url):
        page = _own_page(source_url)
    else:
        page = _foreign_page(source_url, deadline_seconds, asked_from)
    leads = partial(targets.names, post=post)
    tags = _ANY_LINK if protocol == Protocol.WEBMENTION else _ANCHOR
    link = page.first_link(leads, tags)
    if link is None:
        raise NotTaken(Problem.NO_LINK)
    return _finding(page, link, leads)


def find_for(linkback: ReceivedLinkback, *, deadline_seconds: float) -> Finding:
    return find(
        linkback.source_url,
        linkback.post,
        linkback.protocol,
        deadline_seconds=deadline_seconds,
        asked_from=linkback.asked_from,
    )


def _own_page(source_url: str) -> pages.Page:
    try:
        post = targets.post_at(source_url)
    except targets.Nowhere:
        post = None
    if post is None or not post.is_published or post.is_protected:
        raise NotTaken(Problem.NO_SOURCE)
    page = pages.read(post.html, targets.canonical_url(post))
    page.title = post.title
    return page


def _foreign_page(source_url: str, deadline_seconds: float, asked_from: str | None) -> pages.Page:
    by = f" from {asked_from}" if asked_from else ""
    try:
        response = fetch(
            source_url,
            deadline_seconds=deadline_seconds,
            max_bytes=MAX_SOURCE_BYTES,
            # Whoever is flooded through us can see in their log who made us ask.
            user_agent_suffix=f"verifying a linkback{by}",
        )
    except Refused:
        raise NotTaken(Problem.NO_SOURCE) from None
    except FetchError as error:
        raise NotTaken(
            Problem.UPSTREAM, is_temporary=error.is_temporary, is_late=isinstance(error, TooSlow)
        ) from None
    if response.may_recover:
        raise NotTaken(Problem.UPSTREAM, is_temporary=True)
    is_html = response.content_type in ("", *HTML_TYPES)
    if not response.is_success or not is_html or not response.body.strip():
        raise NotTaken(Problem.NO_SOURCE)
    page = pages.read(response.text, response.url)
    if page.is_gone:
        raise NotTaken(Problem.NO_SOURCE)
    return page


def _finding(page: pages.Page, link: pages.Link, leads: Callable[[str], bool]) -> Finding:
    entry = microformats.entry(page, leads)
    title = entry.name or page.heading or page.url
    excerpt = page.words_around(link)
    if entry.mention == Comment.Mention.REPLY and entry.content:
        excerpt = cut(entry.content, MAX_REPLY_CHARACTERS)
    return Finding(
        title=cut(title, 245),
        excerpt=excerpt or cut(page.description or " ".join(page.blocks[:3]) or title, 240),
        author_name=cut(entry.author_name, 245),
        author_url=entry.author_url if len(entry.author_url) <= MAX_URL_LENGTH else "",
        mention=entry.mention,
    )


def cut(text: str, characters: int) -> str:
    """At most so many characters of `text`, cut between words where there are any."""
    text = " ".join(text.split()).replace("\0", "")
    if len(text) <= characters:
        return text
    head = text[: characters - 1].rpartition(" ")[0]
    return f"{head}…" if head else Truncator(text).chars(characters, truncate="…")
