"""The rules that give a comment its first status, each with a reason that moderators can read."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from accounts import naming
from comments import learning
from comments.models import Ban, Comment, DiscussionSettings, Standing
from comments.wording import skeleton

HELD, APPROVED = Comment.Status.PENDING, Comment.Status.APPROVED
SPAM, TRASH = Comment.Status.SPAM, Comment.Status.TRASH


@dataclass(frozen=True)
class Verdict:
    status: Comment.Status
    reason: str


Rule = Callable[[Comment, DiscussionSettings], Verdict | None]


def screen(comment: Comment, settings: DiscussionSettings) -> Verdict:
    """The first status of a comment that is not stored yet; the first rule that speaks decides.

    Order after WordPress's discussion settings, but that disallowed words win over everything that
    holds. An unverified name never vouches for itself: only a signed-in reader's earlier approved
    comment does. A banned reader was refused before. `comment.html` must be there.
    """
    for rule in (_team, _banned_mention, *WORDS, _known_reader):
        verdict = rule(comment, settings)
        if verdict:
            return verdict
    if settings.holds_first_comment and comment.is_linkback:
        return Verdict(HELD, _("Another site’s mention waits for a moderator"))
    if settings.holds_first_comment:
        return Verdict(HELD, _("First comment of this reader"))
    return Verdict(APPROVED, _("No rule held it"))


def screen_again(comment: Comment, settings: DiscussionSettings) -> Verdict:
    """The status of an edited comment: what its words now call for, else as it was."""
    for rule in (_team, _banned, *WORDS):
        verdict = rule(comment, settings)
        if verdict:
            break
    else:
        return Verdict(Comment.Status(comment.status), comment.reason)
    if verdict.status == APPROVED:
        return Verdict(Comment.Status(comment.status), comment.reason)
    return Verdict(verdict.status, _("Edited: %s") % verdict.reason)


def is_trusted(comment: Comment) -> bool:
    """Whether its writer is one of the team, and is here with all that the team must prove."""
    reader = comment.reader
    if reader is None or reader.is_unproven:
        return False
    return reader.has_perm("comments.change_comment") or comment.is_by_post_author


def _team(comment: Comment, settings: DiscussionSettings) -> Verdict | None:
    return Verdict(APPROVED, _("Written by the team")) if is_trusted(comment) else None


def _banned(comment: Comment, settings: DiscussionSettings) -> Verdict | None:
    bans = Ban.objects.against(comment)
    return Verdict(TRASH, _("Banned: %s") % bans[0]) if bans else None


def _banned_mention(comment: Comment, settings: DiscussionSettings) -> Verdict | None:
    """Nobody is told that a mention was refused."""
    return _banned(comment, settings) if comment.is_linkback else None


def _disallowed(comment: Comment, settings: DiscussionSettings) -> Verdict | None:
    word = _word_of(settings.disallowed_words, comment)
    return Verdict(TRASH, _("Disallowed: “%s”") % word) if word else None


def _standing(comment: Comment, settings: DiscussionSettings) -> Verdict | None:
    """What moderators made of this reader."""
    if comment.reader_id is None:
        return None
    standing = Standing.objects.filter(reader_id=comment.reader_id).first()
    if standing is None:
        return None
    if standing.level == Standing.Level.WATCHED:
        return Verdict(HELD, _("Moderators watch this reader"))
    return Verdict(APPROVED, _("Moderators trust this reader"))


def _everything(comment: Comment, settings: DiscussionSettings) -> Verdict | None:
    return Verdict(HELD, _("Every comment is held")) if settings.holds_everything else None


def _links(comment: Comment, settings: DiscussionSettings) -> Verdict | None:
    links = comment.html.count("<a ")
    if settings.links_to_hold and links >= settings.links_to_hold:
        return Verdict(HELD, _("%d links") % links)
    return None


def _hold_words(comment: Comment, settings: DiscussionSettings) -> Verdict | None:
    word = _word_of(settings.hold_words, comment)
    return Verdict(HELD, _("Held word: “%s”") % word) if word else None


def _borrowed_name(comment: Comment, settings: DiscussionSettings) -> Verdict | None:
    """A form refuses such a name; other sites name whom they like, and suggestions go unread."""
    is_checked = comment.pk is None and comment.reader is None and not comment.is_linkback
    if not is_checked and naming.is_the_teams(comment.name, besides=comment.reader):
        return Verdict(HELD, _("Bears a name of the team"))
    return None


def _learned(comment: Comment, settings: DiscussionSettings) -> Verdict | None:
    opinion = learning.opinion(comment) if settings.learns_spam else None
    if opinion is None or opinion.chance < learning.SUSPECT:
        return None
    status = SPAM if opinion.chance >= learning.SURE else HELD
    return Verdict(status, (_("Like spam marked before, %s") % opinion.reason)[:200])


def _known_reader(comment: Comment, settings: DiscussionSettings) -> Verdict | None:
    if comment.reader_id is None:
        return None
    if Comment.objects.approved().filter(reader_id=comment.reader_id).exists():
        return Verdict(APPROVED, _("This reader was approved before"))
    return None


# Held words come before trust: what they are for never appears unread, whoever wrote it.
WORDS: tuple[Rule, ...] = (
    *(_disallowed, _hold_words, _borrowed_name, _standing),
    *(_everything, _links, _learned),
)


def _word_of(lines: str, comment: Comment) -> str:
    """The first line that is in what was typed or in what is read without the markup; else ''.

    Literal, part of a word too, whatever the case; as WordPress's, and also for the hold list what
    WordPress does only for the disallowed: `vi**ag**ra` reads as one word.
    """
    wanted = [line.strip() for line in lines.splitlines() if line.strip()]
    if not wanted:
        return ""
    typed = f"{comment.name}\n{comment.email}\n{comment.url}\n{comment.text}"
    said = skeleton(typed), skeleton(strip_tags(comment.html))
    found = (line for line in wanted if any(skeleton(line) in text for text in said))
    return next(found, "")[:100]
