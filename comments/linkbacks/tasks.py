"""What is done after the response. Each is safe to repeat, and gives way to mail and comments."""

import datetime
from contextlib import suppress

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from comments.linkbacks import receiving, sending
from comments.linkbacks.models import Exchange, ReceivedLinkback, SentLinkback
from comments.linkbacks.problems import NotTaken

# Strangers decide how much of this there is and how slowly their servers answer.
PRIORITY = -10
AGAIN_SECONDS = 5
# A row that is due for so long has lost its task: the process that would have queued it died.
LOST_AFTER = datetime.timedelta(minutes=5)
MOST_LOST_AT_ONCE = 200


@task(priority=PRIORITY)
def verify(linkback_id: int) -> None:
    """Check a claimed linkback, if that is still due."""
    linkback = ReceivedLinkback.objects.filter(pk=linkback_id).first()
    if linkback is None or not _is_due(linkback):
        return
    # A refusal was written down.
    with suppress(NotTaken):
        receiving.check(linkback, deadline_seconds=receiving.WORKER_DEADLINE_SECONDS)
    when = _next_time(linkback)
    if when:
        verify.using(run_after=when).enqueue(linkback_id)


@task(priority=PRIORITY)
def deliver(sent_id: int) -> None:
    """Tell one site of one link, if that is still due."""
    row = SentLinkback.objects.filter(pk=sent_id).first()
    if row is None or not _is_due(row):
        return
    sending.deliver(row)
    when = _next_time(row)
    if when:
        deliver.using(run_after=when).enqueue(sent_id)


@task(priority=PRIORITY)
def send(post_id: int) -> None:
    """A post was published, changed or unpublished: queue what is to be told."""
    with transaction.atomic():
        _queue(sending.plan(post_id))


@task(priority=PRIORITY)
def withdraw(post_id: int, source_url: str) -> None:
    """A post was deleted or unpublished: queue what is to be told."""
    with transaction.atomic():
        _queue(sending.plan(post_id))
        _queue(sending.plan_withdrawn(post_id, source_url))


@task(priority=PRIORITY)
def sweep() -> None:
    """Find what fell through: lost tasks, posts whose time came, posts deleted behind our back."""
    before = timezone.now() - LOST_AFTER
    for pk in ReceivedLinkback.objects.due_since(before).values_list("pk", flat=True):
        verify.enqueue(pk)
    _queue(list(SentLinkback.objects.due_since(before).values_list("pk", flat=True)))
    for pk in sending.untold_posts():
        send.enqueue(pk)
    with transaction.atomic():
        _queue(sending.plan_orphans())
    receiving.forget_refused()


def _queue(sent_ids: list[int]) -> None:
    for pk in sent_ids:
        deliver.enqueue(pk)


def _is_due(row: Exchange) -> bool:
    return row.due_at is not None and row.due_at <= timezone.now()


def _next_time(row: Exchange) -> datetime.datetime | None:
    """When to look again: never at once, or a task would run in circles while another is at it."""
    row.refresh_from_db()
    if row.due_at is None:
        return None
    return max(row.due_at, timezone.now() + datetime.timedelta(seconds=AGAIN_SECONDS))
