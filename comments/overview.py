"""What the desk's first page says: what waits, how long, and what was decided lately."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts.models import User
from comments.models import Comment, Decision, PrivateNote, Report

DAYS = 14
NEWEST = 5
MOST_COUNTED = 1000
# The chart's own units; CSS scales them.
BAR_WIDTH, GAP, HEIGHT = 16, 6, 80


@dataclass(frozen=True)
class Bar:
    """One day's decisions: approved and put away, and where they stand in the chart."""

    day: datetime.date
    approved: int
    refused: int
    x: int
    approved_height: int
    refused_height: int

    @property
    def refused_y(self) -> int:
        return HEIGHT - self.refused_height

    @property
    def approved_y(self) -> int:
        return self.refused_y - self.approved_height


@dataclass(frozen=True)
class Overview:
    waiting: int
    oldest: datetime.datetime | None
    reported: list[Report]
    note_count: int
    bars: list[Bar]
    spam_share: int | None

    @property
    def is_capped(self) -> bool:
        return self.waiting > MOST_COUNTED

    @property
    def decided(self) -> int:
        return sum(bar.approved + bar.refused for bar in self.bars)

    @property
    def chart_width(self) -> int:
        return DAYS * (BAR_WIDTH + GAP) - GAP

    @property
    def view_box(self) -> str:
        return f"0 0 {self.chart_width} {HEIGHT}"


def overview(user: User) -> Overview:
    """As `user` may know it. A constant number of queries, none of them over all comments."""
    mine = Comment.objects.moderated_by(user)
    waiting = mine.awaiting_moderation()
    reports: list[Report] = []
    note_count = 0
    if user.has_perm("comments.view_report"):
        reports = list(Report.objects.filter(closed_at=None).select_related("comment")[:NEWEST])
    if user.has_perm("comments.view_privatenote"):
        note_count = PrivateNote.objects.filter(closed_at=None)[:MOST_COUNTED].count()
    counts = _decisions(user)
    spam = sum(count for (_day, status), count in counts.items() if status == "spam")
    total = sum(counts.values())
    return Overview(
        waiting=waiting.order_by()[: MOST_COUNTED + 1].count(),
        oldest=waiting.oldest_first().values_list("created_at", flat=True).first(),
        reported=reports,
        note_count=note_count,
        bars=_bars(counts),
        spam_share=round(100 * spam / total) if total else None,
    )


def _decisions(user: User) -> dict[tuple[datetime.date, str], int]:
    """How many decisions of each outcome people made on each of the last days."""
    since = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    since -= datetime.timedelta(days=DAYS - 1)
    rows = Decision.objects.read_by(user).filter(
        made_at__gte=since, what=Decision.What.STATUS, moderator__isnull=False
    )
    grouped = (
        rows.order_by()
        .annotate(day=TruncDate("made_at"))
        .values_list("day", "new_status")
        .annotate(count=Count("pk"))
    )
    return {(day, status): count for day, status, count in grouped}


def _bars(counts: dict[Any, int]) -> list[Bar]:
    today = timezone.localdate()
    days = [today - datetime.timedelta(days=back) for back in reversed(range(DAYS))]
    pairs = []
    for day in days:
        refused = counts.get((day, "spam"), 0) + counts.get((day, "trash"), 0)
        pairs.append((counts.get((day, "approved"), 0), refused))
    highest = max([sum(pair) for pair in pairs] + [1])
    return [
        Bar(
            day=day,
            approved=approved,
            refused=refused,
            x=place * (BAR_WIDTH + GAP),
            approved_height=_height(approved, highest),
            refused_height=_height(refused, highest),
        )
        for place, (day, (approved, refused)) in enumerate(zip(days, pairs, strict=True))
    ]


def _height(count: int, highest: int) -> int:
    """One decision among hundreds is still a line."""
    return max(round(HEIGHT * count / highest), 2) if count else 0
