"""What a notice says, as plain text and in the site's look."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.html import format_html
from django.utils.translation import gettext as _

from comments.models import DiscussionSettings, Notice
from posts.html import isolated, plain_paragraphs
from posts.models import Site

MOST_WORDS = 2000  # characters of a comment that a mail quotes


def compose(notice: Notice) -> EmailMultiAlternatives | None:
    """The mail as things are now; None where what it tells of was taken back meanwhile."""
    if not _is_true(notice):
        return None
    is_discreet = DiscussionSettings.current().mails_are_discreet
    blog = Site.current()
    unsubscribe_url = _url("comments:unsubscribe", notice)
    comment = notice.comment
    context: dict[str, Any] = {
        "notice": notice,
        "comment": comment,
        "post": notice.post or notice.follower.post,
        "words": plain_paragraphs(comment.html)[:MOST_WORDS] if comment else "",
        "name": isolated(comment.name) if comment else "",
        "title": isolated(comment.post.title) if comment else "",
        "is_discreet": is_discreet,
        "blog": blog,
        "link": settings.SITE_URL + _link(notice),
        "manage_url": _url("comments:subscription", notice),
        "style": format_html("<style>{}</style>", render_to_string("comments/mail/look.css")),
    }
    subject = context["subject"] = _subject(notice, context)
    message = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string(f"comments/mail/{notice.kind}.txt", context),
        to=[notice.follower.email],
        headers={
            "Message-ID": notice.message_id,
            "Auto-Submitted": "auto-generated",
            # RFC 2369 and RFC 8058: the mail program offers a button that needs no page.
            "List-Unsubscribe": f"<{unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    message.attach_alternative(
        render_to_string(f"comments/mail/{notice.kind}.html", context), "text/html"
    )
    return message


def _is_true(notice: Notice) -> bool:
    if notice.kind == Notice.Kind.CONFIRM:
        return notice.follower.confirmed_at is None
    if notice.comment:
        return notice.comment.is_counted and notice.comment.post.is_published
    return notice.post is not None and notice.post.is_published


def _link(notice: Notice) -> str:
    if notice.kind == Notice.Kind.CONFIRM:
        return reverse("comments:subscription", args=[notice.follower.token])
    target = notice.comment or notice.post
    return target.get_absolute_url() if target else "/"


def _subject(notice: Notice, context: dict[str, Any]) -> str:
    """One line. A discreet one could be from any site about anything."""
    if context["is_discreet"]:
        is_asking = notice.kind == Notice.Kind.CONFIRM
        return (
            _("Please confirm your address") if is_asking else _("There is something new for you")
        )
    blog, comment = context["blog"].name, notice.comment
    title = context["post"].title if context["post"] else ""
    if notice.kind == Notice.Kind.CONFIRM:
        subject = _("[%(blog)s] Please confirm your address") % {"blog": blog}
    elif comment:
        words = {"blog": blog, "name": comment.name, "title": title or comment.post.title}
        subject = _("[%(blog)s] %(name)s commented on “%(title)s”") % words
    else:
        subject = _("[%(blog)s] New: “%(title)s”") % {"blog": blog, "title": title}
    return " ".join(subject.split())[:200]


def _url(name: str, notice: Notice) -> str:
    return settings.SITE_URL + reverse(name, args=[notice.follower.token])


def message_id(key: str) -> str:
    """Says nothing about its occasion, and is the same at every attempt."""
    name = salted_hmac("comments.notice", key, algorithm="sha256").hexdigest()[:32]
    return f"<{name}@{urlsplit(settings.SITE_URL).hostname}>"
