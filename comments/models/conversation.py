"""The counts of one post's conversation, kept exact in the transaction that changes them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Self

from django.db import models, router, transaction
from django.db.models import Count, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat, Left, LPad
from django.utils.translation import gettext_lazy as _

from polarisblog.pagecache import noticing
from polarisblog.sql.inserting import NextKeys, insert, next_keys
from polarisblog.sql.prepared import Prepared, Slot
from posts.models import Post

if TYPE_CHECKING:
    from comments.models.comment import Comment

# A path is the ids from the thread's first comment down, each this wide. Ten levels are kept apart;
# what is deeper stands at the tenth in the order it was written, so no path outgrows an index.
ID_WIDTH = 12
MAX_LEVELS = 10

COUNTS = ("response_count", "thread_count", "listed_count")


class Conversation(models.Model):
    """What is said about one post, in numbers. Its row is the turnstile of all who write there.

    `response_count` is what the heading says: every approved response, on whichever page.
    `listed_count` is the number of comments listed, `thread_count` that of first ones; tombstones
    are among both.
    """

    post = models.OneToOneField(Post, models.CASCADE, primary_key=True, related_name="conversation")
    response_count = models.PositiveIntegerField(default=0)
    thread_count = models.PositiveIntegerField(default=0)
    listed_count = models.PositiveIntegerField(default=0, db_default=0)
    announced_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When those who follow new articles were told of it.")
    )
    # The worker is asked to tell of what is new here, once for all of it: `announcing`.
    has_untold = models.BooleanField(default=False, db_default=False, editable=False)

    # The numbers of the next comments, where they were asked for.
    next_keys: Sequence[int] = ()

    def __str__(self) -> str:
        return f"{self.post_id}: {self.response_count}"

    @classmethod
    def locked(cls, post_id: int, *, expects: int = 0) -> Self:
        """The row of that post, held until the transaction ends: writers on one post queue here.

        `expects`: so many new comments will be added.
        """
        found = _locked(expects, post=post_id)
        if not found:
            cls.objects.bulk_create([cls(post_id=post_id)], ignore_conflicts=True)
            found = _locked(expects, post=post_id)
        row: Self = found[0]
        return row

    def settle(self, comment: Comment, *, was_counted: bool) -> None:
        """After `comment` changed: count it or no longer, and list it and what it answers.

        Call with the row locked. A comment is listed while it can be read itself or something
        below it can; then it is there as a tombstone at least.
        """
        before = self._counts
        self.response_count += int(comment.is_counted) - int(was_counted)
        self._list(comment)
        self._keep(before)

    def add(self, *comments: Comment) -> None:
        """Store new `comments` in one statement, each in its place, and count them.

        Call with the row locked.
        """
        before = self._counts
        using = router.db_for_write(type(self), instance=self)
        for comment, key in zip(comments, self._keys(comments, using), strict=True):
            comment.pk = key
            comment.is_listed = comment.is_counted
            comment.take_place(self)
            if comment.is_listed:
                self.response_count += 1
                self.listed_count += 1
                self._list(self._pass_up(comment, 1))
        is_seen = any(comment.is_on_pages for comment in comments)
        with nullcontext() if is_seen else noticing.unseen():
            insert(comments, using=using)
        self._keep(before)

    def _keys(self, comments: Sequence[Comment], using: str) -> list[int]:
        """Those they bring, or new ones: a path is made of them, so they come before the rows."""
        missing = sum(comment.pk is None for comment in comments)
        if missing > len(self.next_keys):
            self.next_keys = next_keys("comments.Comment", missing, using=using)
        fresh = iter(self.next_keys[:missing])
        # SQLite counts on from the last row: once some are stored, what is left is theirs.
        self.next_keys = ()
        return [next(fresh) if comment.pk is None else comment.pk for comment in comments]

    @property
    def _counts(self) -> tuple[int, ...]:
        return tuple(getattr(self, name) for name in COUNTS)

    def _keep(self, before: tuple[int, ...]) -> None:
        if self._counts != before:
            self.save(update_fields=COUNTS)

    def _list(self, node: Comment | None) -> None:
        """List `node` or no longer, and what it answers, up to where nothing changes."""
        while node is not None:
            is_listed = node.is_counted or node.shown_replies > 0
            if is_listed == node.is_listed:
                break
            node.is_listed = is_listed
            self.listed_count += 1 if is_listed else -1
            self._rows(node).filter(pk=node.pk).update(is_listed=is_listed)
            node = self._pass_up(node, 1 if is_listed else -1)

    def _pass_up(self, node: Comment, change: int) -> Comment | None:
        """One listed reply more or less for what `node` answers, which is given back."""
        if node.parent_id is None:
            self.thread_count += change
            return None
        parent = self._rows(node).get(pk=node.parent_id)
        parent.shown_replies += change
        self._rows(node).filter(pk=parent.pk).update(shown_replies=parent.shown_replies)
        return parent

    @staticmethod
    def _rows(comment: Comment) -> models.QuerySet[Comment]:
        return type(comment).objects.all()

    @classmethod
    @transaction.atomic
    def recount(cls, post_id: int, comments: Any) -> Self:
        """Place and count anew all of a post's `comments` (a QuerySet), in a few statements.

        For rows that were stored in bulk; it also repairs whatever went round `Comment.save`.
        """
        found = cls.locked(post_id)
        rows = comments.filter(post_id=post_id)
        place(rows, comments)
        counted = Q(status="approved", is_grouped=False)
        rows.update(is_listed=False, shown_replies=0)
        rows.filter(counted).update(is_listed=True)
        listed = comments.filter(post_id=post_id, is_listed=True)
        above = rows.filter(is_listed=False, pk__in=listed.values("parent_id"))
        while above.update(is_listed=True):
            pass
        replies = (
            comments.filter(parent=OuterRef("pk"), is_listed=True)
            .order_by()
            .values("parent")
            .annotate(count=Count("pk"))
        )
        answered = rows.filter(pk__in=listed.filter(parent__isnull=False).values("parent_id"))
        answered.update(shown_replies=Coalesce(Subquery(replies.values("count")), 0))
        found.response_count = rows.filter(counted).count()
        found.listed_count = rows.filter(is_listed=True).count()
        found.thread_count = rows.filter(is_listed=True, parent=None).count()
        found.save(update_fields=COUNTS)
        return found


@Prepared
def _locked(expects: int) -> Any:
    rows = Conversation.objects.select_for_update().filter(post=Slot("post"))
    if not expects:
        return rows
    return rows.annotate(next_keys=NextKeys("comments.Comment", expects))  # type: ignore[no-redef] # fills it


def place(rows: Any, comments: Any) -> None:
    """Give `rows` (of `comments`) that have no path theirs, level by level."""
    own = LPad(Cast("pk", models.CharField()), ID_WIDTH, Value("0"))
    rows.filter(path="", parent=None).update(path=own, thread=models.F("pk"))
    above = comments.filter(pk=OuterRef("parent_id"))
    kept = Left(Subquery(above.values("path")), (MAX_LEVELS - 1) * ID_WIDTH)
    next_level = rows.filter(path="", parent__in=comments.exclude(path="").values("pk"))
    while next_level.update(path=Concat(kept, own), thread=Subquery(above.values("thread"))):
        pass
