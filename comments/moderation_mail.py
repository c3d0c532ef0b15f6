"""Mail to the team about what waits, and to a reader about what became of their words.

All of it goes through the outbox of `notices`: a row first, then a mail.
"""

import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from comments import mails
from comments.models import (
    Comment,
    DeskPreferences,
    DiscussionSettings,
    MailKey,
    Notice,
    PrivateNote,
    Subscription,
)
from posts.html import isolated, plain_paragraphs
from posts.models import Site

Kind = Notice.Kind
Mail = DeskPreferences.Mail

# More in an hour than this to one moderator, and the rest comes as one mail.
FLOOD = 10
MOST_WORDS = 2000
MOST_COUNTED = 1000
PERMISSION_BACKEND = "django.contrib.auth.backends.ModelBackend"


def team() -> list[User]:
    """Whoever decides about comments and has an address."""
    able = User.objects.with_perm("comments.change_comment", backend=PERMISSION_BACKEND)
    found = able.filter(is_staff=True, is_active=True).exclude(email="")
    return list(found.select_related("desk_preferences").order_by("pk"))


def announce(*comments: Comment) -> None:
    """Queue a mail about each comment that waits to each moderator who wants one for each."""
    for user in team() if comments else []:
        if _mail_of(user) == Mail.EACH:
            _announce_to(user, [one for one in comments if one.may_be_moderated_by(user)])


def _announce_to(user: User, comments: list[Comment]) -> None:
    for comment in comments:
        if _is_flooded(user):
            return
        occasion = comment.decisions.count()
        _queue(
            f"held {comment.pk} {occasion} {user.pk}",
            kind=Kind.HELD,
            recipient=user,
            comment=comment,
        )


def digest() -> None:
    """Queue one mail for all that waits to those who want it so, or who had too many."""
    now = timezone.now()
    for user in team():
        wish = _mail_of(user)
        period = DeskPreferences.PERIODS.get(Mail(wish), datetime.timedelta(hours=1))
        if wish == Mail.NONE or (wish == Mail.EACH and not _is_flooded(user)):
            continue
        with transaction.atomic():
            mine, _made = DeskPreferences.objects.select_for_update().get_or_create(user=user)
            is_early = mine.digested_at and now - mine.digested_at < period
            waiting = Comment.objects.moderated_by(user).awaiting_moderation()
            if mine.digested_at:
                waiting = waiting.filter(created_at__gt=mine.digested_at)
            if is_early or not waiting.exists():
                continue
            _queue(f"digest {user.pk} {now:%Y%m%d%H%M}", kind=Kind.DIGEST, recipient=user)
            mine.digested_at = now
            mine.save(update_fields=["digested_at"])


def ways_to_tell(comment: Comment) -> str:
    """The address where its writer can be told something; empty where they left none."""
    if comment.email:
        return comment.email
    asked = Subscription.objects.confirmed().filter(comment=comment).first()
    if asked is None and comment.reader_id:
        asked = Subscription.objects.confirmed().filter(reader=comment.reader_id).first()
    return asked.email if asked else ""


def tell_why(comment: Comment, words: str) -> bool:
    """Queue the kind words about a decision to its writer; False where there is no way."""
    address = ways_to_tell(comment)
    if not (address and words):
        return False
    occasion = comment.decisions.count()
    _queue(
        f"refused {comment.pk} {occasion}",
        kind=Kind.REFUSED,
        comment=comment,
        email=address,
        words=words,
    )
    return True


def answer(note: PrivateNote, words: str) -> None:
    """Queue an answer to a note whose writer said where one may go."""
    if note.may_be_answered:
        key = f"answer {note.pk} {timezone.now():%Y%m%d%H%M%S%f}"
        _queue(key, kind=Kind.ANSWER, email=note.email, words=words)


def to_writers(comments: QuerySet[Comment], notes: QuerySet[PrivateNote]) -> QuerySet[Notice]:
    """What was told, or will be, to those who wrote these."""
    numbers = {str(number) for number in notes.values_list("pk", flat=True)}
    answers = Notice.objects.filter(kind=Kind.ANSWER).values_list("pk", "key")
    theirs = [pk for pk, key in answers if key.split()[1] in numbers]
    return Notice.objects.filter(Q(kind=Kind.REFUSED, comment__in=comments) | Q(pk__in=theirs))


def compose(notice: Notice) -> EmailMultiAlternatives | None:
    """The mail as things are now; None where there is nothing to tell any more."""
    user, comment = notice.recipient, notice.comment
    context: dict[str, Any] = {
        "blog": Site.current(),
        "comment": comment,
        "is_discreet": DiscussionSettings.current().mails_are_discreet,
        "note_url": settings.SITE_URL + reverse("comments:note"),
        "preferences_url": settings.SITE_URL + reverse("admin:comments_comment_preferences"),
        "queue_url": settings.SITE_URL + reverse("admin:comments_comment_changelist"),
        "style": format_html("<style>{}</style>", render_to_string("comments/mail/look.css")),
        "words": notice.words,
        "name": isolated(comment.name) if comment else "",
        "title": isolated(comment.post.title) if comment else "",
    }
    if user is not None:
        found = _for_the_team(notice, user)
        if found is None:
            return None
        context |= found
    context["subject"] = _subject(notice, context)
    message = EmailMultiAlternatives(
        subject=context["subject"],
        body=render_to_string(f"comments/mail/{notice.kind}.txt", context),
        to=[user.email if user else notice.email],
        headers={"Message-ID": notice.message_id, "Auto-Submitted": "auto-generated"},
    )
    html = render_to_string(f"comments/mail/{notice.kind}.html", context)
    message.attach_alternative(html, "text/html")
    return message


def _for_the_team(notice: Notice, user: User) -> dict[str, Any] | None:
    comment = notice.comment
    if comment is None:
        waiting = Comment.objects.moderated_by(user).awaiting_moderation()
        count = waiting[:MOST_COUNTED].count()
        oldest = waiting.oldest_first().values_list("created_at", flat=True).first()
        return {"count": count, "oldest": oldest} if count and user.email else None
    if not (comment.is_pending and user.email and comment.may_be_moderated_by(user)):
        return None
    token = MailKey.objects.issue(comment, user)
    links = {
        name: settings.SITE_URL + reverse("comments:decide_by_mail", args=[token, name])
        for name in ("approve", "trash", "spam")
    }
    return {"links": links, "quote": plain_paragraphs(comment.html)[:MOST_WORDS]}


def _subject(notice: Notice, context: dict[str, Any]) -> str:
    """One line; a discreet one could be from any site about anything."""
    if notice.kind in (Kind.REFUSED, Kind.ANSWER):
        said = _("A word from us") if context["is_discreet"] else _("About what you wrote to us")
    elif notice.kind == Kind.DIGEST:
        said = ngettext("%d comment waits", "%d comments wait", context["count"]) % context["count"]
    else:
        said = _("A comment waits: “%s”") % context["comment"].post.title
    if context["is_discreet"]:
        is_team = notice.kind in (Kind.HELD, Kind.DIGEST)
        return _("Something waits for you") if is_team else said
    return " ".join(f"[{context['blog'].name}] {said}".split())[:200]


def _mail_of(user: User) -> str:
    chosen = getattr(user, "desk_preferences", None)
    return chosen.mail if chosen else Mail.EACH


def _is_flooded(user: User) -> bool:
    lately = timezone.now() - datetime.timedelta(hours=1)
    held = Notice.objects.filter(recipient=user, kind=Kind.HELD, made_at__gt=lately)
    return held[:FLOOD].count() >= FLOOD


def _queue(key: str, **fields: Any) -> None:
    """Once for each key, whatever is repeated."""
    notice = Notice(key=key, message_id=mails.message_id(key), **fields)
    Notice.objects.bulk_create([notice], ignore_conflicts=True)
