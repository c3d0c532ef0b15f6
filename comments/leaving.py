"""A reader changes their name, takes everything along, or leaves: what becomes of comments."""

from typing import Any

from django.db.models import F, Q, QuerySet
from django.dispatch import receiver
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.signals import personal_data_requested, reader_leaving, reader_renamed
from comments import moderation_mail
from comments.models import (
    Ban,
    Comment,
    Conversation,
    Decision,
    DeskPreferences,
    Like,
    Notice,
    PrivateNote,
    Report,
    Revision,
    Sealed,
    Standing,
    Subscription,
)
from comments.visiting import Visitor

FIELDS = (
    *("id", "kind", "status", "created_at", "edited_at", "name", "email", "url", "text"),
    *("reason", "parent_id", "guest_key", "address_hash", "fingerprint", "taught"),
)


@receiver(reader_renamed)
def rename(reader: User, name: str, **kwargs: Any) -> None:
    """The new name stands on what was written before, too: whoever hides behind it needs that."""
    _by(reader).update(name=name)


@receiver(personal_data_requested)
def hand_over(reader: User, **kwargs: Any) -> dict[str, list[dict[str, Any]]]:
    return _said_by(reader) | _made_of(reader)


def _said_by(reader: User) -> dict[str, list[dict[str, Any]]]:
    rows = _by(reader).select_related("post").order_by("pk")
    return {
        "comments": [
            {
                **{field: getattr(comment, field) for field in FIELDS},
                "address": comment.get_absolute_url(),
                "on": comment.post.title,
            }
            for comment in rows
        ],
        "earlier_words": _listed(
            Revision.objects.filter(comment__reader=reader), "comment_id", "text", "replaced_at"
        ),
        "words_before_any_were_cut_out": _listed(
            Sealed.objects.filter(comment__reader=reader), "comment_id", "text", "made_at"
        ),
        "subscriptions": _listed(
            Subscription.objects.filter(reader=reader),
            *("email", "kind", "post_id", "comment_id", "made_at", "confirmed_at"),
        ),
        "notes_to_the_moderators": _listed(
            PrivateNote.objects.filter(reader=reader), "words", "email", "made_at", "closed_at"
        ),
        "reports": _listed(
            Report.objects.filter(reader=reader), "comment_id", "reason", "words", "made_at"
        ),
        "likes": _listed(
            Like.objects.filter(reader_key=Visitor(reader=reader).key), "comment_id", "made_at"
        ),
    }


def _made_of(reader: User) -> dict[str, list[dict[str, Any]]]:
    """What was decided and written to them, and no word of anybody else's.

    Left out are what others reported, whose words nobody but moderators reads, who decided, and why
    by the log: moderators write there for each other, about whoever asked them.
    Source: Regulation (EU) 2016/679, article 15, paragraphs 1 and 4.
    """
    mine, notes = _by(reader), PrivateNote.objects.filter(reader=reader)
    connections = mine.exclude(address_hash="").values("address_hash")
    meets = Q(reader=reader) | Q(address_hash__in=connections)
    mails = moderation_mail.to_writers(mine, notes) | Notice.objects.filter(
        Q(subscription__reader=reader) | Q(recipient=reader)
    )
    return {
        "decisions": _listed(
            Decision.objects.filter(Q(reader=reader) | Q(comment__reader=reader)),
            *("what", "comment_id", "old_status", "new_status", "made_at"),
        ),
        "standing": _listed(Standing.objects.filter(reader=reader), "level", "made_at"),
        "bans": _listed(Ban.objects.filter(meets), "reason", "address_hash", "made_at", "ends_at"),
        "mails": _listed(
            mails,
            *("kind", "email", "words", "comment_id", "post_id"),
            *("made_at", "sent_at", "given_up_at"),
        ),
        "desk_preferences": _listed(
            DeskPreferences.objects.filter(user=reader), "hides_words", "uses_keys", "mail"
        ),
    }


def _listed(rows: Any, *fields: str) -> list[dict[str, Any]]:
    return list(rows.order_by("pk").values(*fields))


@receiver(reader_leaving)
def part_with(reader: User, *, keeps_comments: bool, **kwargs: Any) -> None:
    """Take the name off what stays; what goes is deleted. Mail ends with the account.

    One that others answered cannot go without tearing their thread: its words go, its place stays
    (in the trash), so that every reply is still read where it was.
    """
    _take_back_likes(Visitor(reader=reader).key)
    Report.objects.filter(reader=reader).update(reader=None, reader_key="")
    mine = _by(reader)
    _end_mail(reader, mine)
    nameless = {"name": _("A former reader"), "email": "", "url": "", "guest_key": ""}
    nameless |= {"address_hash": "", "fingerprint": ""}
    if keeps_comments:
        mine.update(reader=None, **nameless)
        return
    posts = sorted(set(mine.order_by().values_list("post_id", flat=True)))
    # Held before anything changes, in one order, as by everybody who writes there.
    for post_id in posts:
        Conversation.locked(post_id)
    answered = _answered(mine, reader)
    Revision.objects.filter(comment__in=mine).delete()
    Sealed.objects.filter(comment__in=mine).delete()
    mine.exclude(pk__in=answered).delete()
    _log(mine, _("Its writer left"))
    mine.update(
        **nameless,
        text="",
        html="",
        status=Comment.Status.TRASH,
        reason=_("Its writer left"),
        reader=None,
    )
    for post_id in posts:
        Conversation.recount(post_id, Comment.objects.all())


def _end_mail(reader: User, mine: QuerySet[Comment]) -> None:
    """No row says any more where mail to them goes or went.

    What was asked for or written at an address they confirmed by somebody who had not signed in
    was theirs as well; another reader may share the mailbox, and keeps it.
    """
    notes = PrivateNote.objects.filter(reader=reader)
    moderation_mail.to_writers(mine, notes).delete()
    notes.delete()
    asked = Subscription.objects.filter(reader=reader)
    confirmed = {*asked.confirmed().values_list("email", flat=True), reader.confirmed_email}
    asked.delete()
    for email in confirmed - {""}:
        unsigned = {"email__iexact": email, "reader": None}
        Subscription.objects.filter(**unsigned).delete()
        told = Notice.objects.filter(kind=Notice.Kind.REFUSED, email__iexact=email)
        told.filter(comment__reader=None).delete()
        notes = PrivateNote.objects.filter(**unsigned)
        moderation_mail.to_writers(Comment.objects.none(), notes).delete()
        notes.update(email="")
        Comment.objects.filter(**unsigned).update(email="")


def _log(mine: QuerySet[Comment], why: str) -> None:
    """Every change of a status leaves a row, this one, too."""
    trash = Comment.Status.TRASH
    Decision.objects.bulk_create(
        Decision(
            comment_id=pk,
            post_id=post,
            subject=f"#{pk}",
            old_status=status,
            new_status=trash,
            why=why,
        )
        for pk, post, status in mine.exclude(status=trash).values_list("pk", "post_id", "status")
    )


def _answered(mine: QuerySet[Comment], reader: User) -> set[int]:
    """Those of `mine` under which something by somebody else stands, at whatever depth."""
    others = Comment.objects.filter(parent__in=mine).exclude(reader=reader)
    found = set(others.values_list("parent_id", flat=True))
    above = found
    while above:
        parents = mine.filter(replies__in=above).exclude(pk__in=found)
        above = set(parents.values_list("pk", flat=True))
        found |= above
    return found


def _take_back_likes(key: str) -> None:
    """One's own and those under others' comments: what stands for the reader goes with the reader.

    Rows are held as by whoever likes one, so that no count is off by a click at the same moment.
    """
    liked = Comment.objects.filter(likes__reader_key=key).order_by("pk")
    numbers = [comment.pk for comment in liked.select_for_update(of=("self",)).only("pk")]
    for start in range(0, len(numbers), 500):
        some = numbers[start : start + 500]
        Like.objects.filter(reader_key=key, comment__in=some).delete()
        Comment.objects.filter(pk__in=some).update(like_count=F("like_count") - 1)


def _by(reader: User) -> QuerySet[Comment]:
    return Comment.objects.filter(reader=reader)
