"""From what happened to the mails about it, through an outbox.

A mail is a row before it is a mail. The task that writes the rows is queued in the transaction that
approves a comment, and each row's key names the occasion and the address, so nothing is missed and
nothing is queued twice, whatever dies when. Sending claims a row first: two workers never hold the
same one, and a dead worker's claim lapses. SMTP itself has no transaction: who dies after the other
server took the mail and before that was written down cannot know, so it is handed over again with
the same Message-ID, by which the receiving side knows it (RFC 5322, 3.6.4).
"""

import datetime
import enum
import hashlib
import logging
import smtplib
from collections.abc import Iterable

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from comments import mails, moderation_mail
from comments.models import Comment, Conversation, Notice, Subscription
from posts.models import Post

log = logging.getLogger(__name__)

BATCH = 500
DAY_SECONDS = 24 * 3600
# After each attempt that failed; after one more the mail is given up. Mail servers themselves go on
# for four or five days (RFC 5321, 4.5.4.1).
RETRY_AFTER_SECONDS = (60, 300, 1800, 7200, 28800, DAY_SECONDS, DAY_SECONDS, DAY_SECONDS)
# Longer than a server takes to look through a mail before it says that it has it: whoever hangs up
# earlier sends it twice. A claim lasts longer than that.
TIMEOUT_SECONDS = 30
# One mail may be what a server chokes on. Two in a row, and it is the server: the others wait.
MOST_TROUBLES = 2
NEWS_DAYS = 3
# From here on a server's no is its last word.
PERMANENT = 500


def ask_to_confirm(subscription: Subscription) -> None:
    """Queue the mail that asks an address whether it wants what was asked for in its name."""
    _queue(Notice.Kind.CONFIRM, [subscription], f"confirm {subscription.asked_with}")


def tell_followers(comment: Comment) -> None:
    """Queue a mail about an approved comment to whoever follows it, one to an address."""
    if comment.is_counted and not comment.is_linkback:
        followers = Subscription.objects.about(comment).order_by("pk")
        _queue(Notice.Kind.COMMENT, followers, f"comment {comment.pk}", comment=comment)


def announce_posts() -> None:
    """Queue a mail about each post that appeared lately to those who followed the blog before."""
    lately = timezone.now() - datetime.timedelta(days=NEWS_DAYS)
    news = Post.objects.published().filter(
        Q(conversation=None) | Q(conversation__announced_at=None), published_at__gte=lately
    )
    for post in news:
        with transaction.atomic():
            conversation = Conversation.locked(post.pk)
            if conversation.announced_at:
                continue
            followers = Subscription.objects.confirmed().filter(
                kind=Subscription.Kind.BLOG, confirmed_at__lte=post.published_at
            )
            _queue(Notice.Kind.POST, followers, f"post {post.pk}", post=post)
            conversation.announced_at = timezone.now()
            conversation.save(update_fields=["announced_at"])


def _queue(
    kind: str,
    followers: Iterable[Subscription],
    occasion: str,
    comment: Comment | None = None,
    post: Post | None = None,
) -> None:
    rows: dict[str, Notice] = {}
    for follower in followers:
        key = f"{occasion} {_address_key(follower.email)}"
        rows.setdefault(
            key,
            Notice(
                key=key,
                kind=kind,
                subscription=follower,
                comment=comment,
                post=post,
                message_id=mails.message_id(key),
            ),
        )
    Notice.objects.bulk_create(rows.values(), ignore_conflicts=True, batch_size=BATCH)


def _address_key(email: str) -> str:
    return hashlib.sha256(email.casefold().encode()).hexdigest()[:32]


# --- Sending ------------------------------------------------------------------


def deliver() -> int:
    """Send what is due, over one connection; how many mails went out.

    Safe to run any number of times at once. A mail that fails holds up no other; a server that is
    away is not asked for every one of them.
    """
    count = troubles = 0
    connection = get_connection(timeout=TIMEOUT_SECONDS)
    try:
        for notice in Notice.objects.due().select_related(
            "subscription__post", "comment__post", "comment__parent", "post"
        )[:BATCH]:
            if troubles == MOST_TROUBLES:
                break
            if Notice.objects.claim(notice):
                outcome = _send(notice, connection)
                count += outcome is Outcome.SENT
                troubles = troubles + 1 if outcome is Outcome.UNHEARD else 0
    finally:
        connection.close()
    return count


class Outcome(enum.Enum):
    """What became of an attempt: UNHEARD is the server's trouble, TROUBLE may be the mail's own."""

    SENT, GIVEN_UP, TROUBLE, UNHEARD = range(4)


def _send(notice: Notice, connection: BaseEmailBackend) -> Outcome:
    """One claimed mail; SENT when the other server has taken it."""
    try:
        is_subscribed = notice.subscription is not None
        message = mails.compose(notice) if is_subscribed else moderation_mail.compose(notice)
        if message is None:
            return _give_up(notice, "there is nothing to tell now")
        connection.open()
        connection.send_messages([message])
    except smtplib.SMTPRecipientsRefused as refusal:
        if _is_for_now(refusal):
            return _try_again(notice, refusal)
        return _give_up(notice, str(refusal))
    except (OSError, smtplib.SMTPException) as problem:
        connection.close()
        _try_again(notice, problem)
        is_reply = isinstance(problem, smtplib.SMTPDataError | smtplib.SMTPSenderRefused)
        return Outcome.TROUBLE if is_reply else Outcome.UNHEARD
    except Exception as problem:
        log.exception("notice %s could not be made into a mail", notice.pk)
        return _try_again(notice, problem)
    _write_down(notice, sent_at=timezone.now(), problem="")
    return Outcome.SENT


def _is_for_now(refusal: smtplib.SMTPRecipientsRefused) -> bool:
    """A full mailbox, or a server that lets strangers wait at first (RFC 5321, 4.2.1)."""
    return all(code < PERMANENT for code, _ in refusal.recipients.values())


def _give_up(notice: Notice, problem: str) -> Outcome:
    _write_down(notice, given_up_at=timezone.now(), problem=problem[:200])
    return Outcome.GIVEN_UP


def _try_again(notice: Notice, problem: Exception) -> Outcome:
    now, attempt = timezone.now(), notice.attempts
    log.warning("notice %s was not sent (attempt %d): %r", notice.pk, attempt + 1, problem)
    if attempt >= len(RETRY_AFTER_SECONDS):
        return _give_up(notice, repr(problem))
    later = now + datetime.timedelta(seconds=RETRY_AFTER_SECONDS[attempt])
    _write_down(notice, due_at=later, problem=repr(problem)[:200])
    return Outcome.TROUBLE


def _write_down(notice: Notice, **outcome: object) -> None:
    Notice.objects.filter(pk=notice.pk).update(**outcome)
