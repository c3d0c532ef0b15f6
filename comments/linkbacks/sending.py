"""An author publishes: which sites are to be told, and telling each of them."""

import datetime
import hashlib
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from comments.linkbacks import discovery, pages, pingback, receiving, targets, trackback, webmention
from comments.linkbacks.models import (
    MAX_URL_LENGTH,
    LinkbackSettings,
    Protocol,
    SentLinkback,
    Telling,
)
from comments.linkbacks.problems import NotTaken
from comments.linkbacks.telling import Told
from comments.models import DiscussionSettings
from polarisblog.network.fetching import FetchError, fetch
from posts.models import Post, Site

Outcome = SentLinkback.Outcome
DISCOVERY_SECONDS = 10.0
MAX_TARGET_BYTES = 1 << 20
MAX_LINKS = 500
RECENT = datetime.timedelta(days=1)


# --- Which sites are to be told -----------------------------------------------


@transaction.atomic
def plan(post_id: int) -> list[int]:
    """Make what should be told about a post due; gives the rows, none when nothing changed.

    Every site that the post links to, and every one that was told of a link that is gone.
    """
    post = Post.objects.select_for_update().filter(pk=post_id).first()
    if post is None or not LinkbackSettings.current().sends:
        return []
    if not post.is_published or post.is_protected:
        # Nobody could read the source and see the link.
        Telling.objects.filter(post=post).delete()
        return _take_back(SentLinkback.objects.filter(post=post))
    digest = _digest(post)
    telling, is_new = Telling.objects.get_or_create(post=post, defaults={"digest": digest})
    if not is_new and telling.digest == digest:
        return []
    telling.digest = digest
    telling.save()
    return _plan_changed(post)


def remember(post: Post) -> None:
    """Treat the post as told as it is now: nobody hears of articles that came with the blog."""
    Telling.objects.update_or_create(post=post, defaults={"digest": _digest(post)})


def plan_withdrawn(post_id: int, source_url: str) -> list[int]:
    """The post at `source_url` was deleted: whoever was told of it is told that, too."""
    if Post.objects.filter(pk=post_id).exists():
        return []
    return _take_back(SentLinkback.objects.filter(source_url=source_url))


def plan_orphans() -> list[int]:
    """Rows whose post was deleted without anybody saying so."""
    return _take_back(SentLinkback.objects.filter(post=None, is_linked=True))


def untold_posts() -> list[int]:
    """Posts that became public lately, as a scheduled one does without anybody saving it."""
    lately = timezone.now() - RECENT
    published = Post.objects.published().open().filter(published_at__gte=lately, telling=None)
    return list(published.values_list("pk", flat=True))


def _plan_changed(post: Post) -> list[int]:
    source_url = targets.canonical_url(post)
    links = _links(post, source_url)
    rows = SentLinkback.objects.filter(post=post)
    # By hand means once: an author who wants it sent again presses a button.
    by_hand = list(rows.filter(protocol=Protocol.TRACKBACK, sent_at=None))
    gone = rows.exclude(protocol=Protocol.TRACKBACK).exclude(
        source_url=source_url, target_url__in=links
    )
    due = _take_back(gone)
    known = {row.target_url: row for row in rows.filter(source_url=source_url)}
    for url in links:
        row = known.get(url) or SentLinkback(post=post, source_url=source_url, target_url=url)
        if not row.is_by_hand:
            by_hand.append(row)
    for row in by_hand:
        row.is_linked = True
        row.ask_again()
        row.save()
        due.append(row.pk)
    return due


def _links(post: Post, source_url: str) -> list[str]:
    """The pages that `post` links to, each once, letter for letter as the post has them."""
    found: dict[str, str] = {}
    for link in pages.read(post.html, source_url).links:
        is_page = link.tag == "a" and link.url.lower().startswith(("http://", "https://"))
        if not is_page or len(link.url) > MAX_URL_LENGTH or targets.names(link.url, post):
            continue
        if not targets.is_own(link.url) or _own_target(link.url):
            found.setdefault(link.url.partition("#")[0], link.url)
    return list(found.values())[:MAX_LINKS]


def _own_target(url: str) -> Post | None:
    try:
        post = targets.post_at(url)
    except targets.Nowhere:
        return None
    return post if post and post.is_published else None


def _take_back(rows: Iterable[SentLinkback]) -> list[int]:
    """Those of the rows that were told of a link are due to be told that it is gone."""
    due = []
    for row in rows:
        if not row.is_linked or row.is_by_hand:
            continue
        row.is_linked, row.due_at = False, None
        if row.was_told:
            row.ask_again()
            due.append(row.pk)
        elif row.outcome == Outcome.WAITING:
            row.outcome, row.detail = Outcome.SILENT, _("The link was gone before it was told")
        row.save()
    return due


def _digest(post: Post) -> str:
    told = "\0".join((targets.canonical_url(post), post.title, post.html))
    return hashlib.sha256(told.encode()).hexdigest()


# --- Telling one of them ------------------------------------------------------


def deliver(row: SentLinkback) -> None:
    """Find out anew where the target wants to be told, and tell it; write down what came of it.

    One request for the page and one to its endpoint. A row that is not due, or that another process
    has in hand, is left alone.
    """
    if not row.take():
        return
    try:
        if row.due_at is None:
            return
        outcome, detail = _tell(row)
        if outcome == Outcome.ACCEPTED:
            row.was_told = row.is_linked and not row.is_by_hand
        row.settle(outcome, detail)
    finally:
        row.release()


def _tell(row: SentLinkback) -> tuple[SentLinkback.Outcome, str]:
    try:
        if row.is_by_hand:
            row.endpoint_url = row.target_url
            return _judged(trackback.send(row.target_url, _trackback(row)))
        if targets.is_own(row.target_url):
            return _tell_ourselves(row)
        return _tell_page(row)
    except FetchError as error:
        may_pass = error.is_temporary
        return (Outcome.FAILED if may_pass else Outcome.REFUSED), str(error).capitalize()


def _tell_page(row: SentLinkback) -> tuple[SentLinkback.Outcome, str]:
    """Webmention before Pingback: it knows updates. Source: Webmention, section 3.1.2."""
    response = fetch(row.target_url, deadline_seconds=DISCOVERY_SECONDS, max_bytes=MAX_TARGET_BYTES)
    if not response.is_success:
        return (
            Outcome.FAILED if response.may_recover else Outcome.SILENT,
            _("The page answered HTTP %d") % response.status,
        )
    endpoint_url = discovery.webmention_endpoint(response)
    if endpoint_url:
        row.protocol, row.endpoint_url = Protocol.WEBMENTION, endpoint_url[:MAX_URL_LENGTH]
        return _judged(webmention.mention(endpoint_url, row.source_url, row.target_url))
    endpoint_url = discovery.pingback_endpoint(response)
    if endpoint_url is None:
        return Outcome.SILENT, ""
    row.protocol, row.endpoint_url = Protocol.PINGBACK, endpoint_url[:MAX_URL_LENGTH]
    if not row.is_linked:
        return Outcome.SILENT, _("A pingback cannot be taken back")
    return _judged(pingback.ping(endpoint_url, row.source_url, row.target_url))


def _tell_ourselves(row: SentLinkback) -> tuple[SentLinkback.Outcome, str]:
    post = _own_target(row.target_url)
    if post is None:
        return Outcome.SILENT, ""
    if row.is_linked and not targets.accepts_linkbacks(post, DiscussionSettings.current()):
        return Outcome.REFUSED, _("This article takes no linkbacks")
    row.protocol = Protocol.PINGBACK
    linkback = receiving.claim_own(row.source_url, post)
    try:
        receiving.check(linkback, deadline_seconds=receiving.WORKER_DEADLINE_SECONDS)
    except NotTaken as refusal:
        if row.is_linked:
            return Outcome.REFUSED, refusal.problem.words
    return Outcome.ACCEPTED, ""


def _judged(told: Told) -> tuple[SentLinkback.Outcome, str]:
    if told.is_taken:
        return Outcome.ACCEPTED, told.detail
    return (Outcome.FAILED if told.may_pass else Outcome.REFUSED), told.detail


def _trackback(row: SentLinkback) -> trackback.Trackback:
    post = row.post
    return trackback.Trackback(
        url=row.source_url or settings.SITE_URL,
        title=post.title if post else "",
        excerpt=post.summary[:255] if post else "",
        blog_name=Site.current().name,
    )
