"""Whom it concerns is told of everything once, however much comes at once."""

import datetime

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings

from comments import announcing, tasks
from comments.models import Comment, Conversation, DiscussionSettings, Subscription
from comments.moderating import decide
from posts.models import Post
from tests.comments.desks import one_of_the_team
from tests.factories import CommentFactory, PostFactory

pytestmark = pytest.mark.django_db

Status = Comment.Status


@pytest.fixture
def post(db: None, settings: Settings) -> Post:
    settings.RATE_LIMITS = False
    made: Post = PostFactory()
    return made


def say(browser: Client, post: Post, words: str) -> None:
    fields = {"comment": words, "author": "Ada", "email": "", "url": ""}
    assert browser.post(f"{post.get_absolute_url()}respond/", fields).status_code == 303


def queued() -> int:
    return DBTaskResult.objects.filter(task_path__endswith="tasks.tell").count()


def test_many_comments_queue_one_task_and_each_is_told(post: Post, browserlike: Client) -> None:
    one_of_the_team("Moderator", email="tess@example.org")
    for number in range(5):
        say(browserlike, post, f"Words {number}")
    assert queued() == 1

    tasks.tell.call(post.pk)
    assert len(mail.outbox) == 5
    assert not Comment.objects.untold().exists()

    say(browserlike, post, "Later words")
    assert queued() == 2, "what comes after the task queues another"


def test_another_post_has_a_task_of_its_own(post: Post, browserlike: Client) -> None:
    for one in (post, PostFactory()):
        say(browserlike, one, "Words")

    assert queued() == 2


def test_a_decision_that_comes_while_the_team_is_told_is_told_as_well(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    Subscription.objects.create(
        email="ada@example.org", kind="post", post=post, confirmed_at=timezone.now()
    )
    comment = CommentFactory(post=post, status=Status.PENDING, is_untold=True)
    monkeypatch.setattr(
        tasks, "_alert_later", lambda held: decide(comment, Status.APPROVED, by=None)
    )

    tasks.tell.call(post.pk)

    assert [message.to for message in mail.outbox] == [["ada@example.org"]]
    assert not Comment.objects.untold().exists()


def test_what_screening_put_away_is_told_to_nobody(post: Post, browserlike: Client) -> None:
    one_of_the_team("Moderator", email="tess@example.org")
    DiscussionSettings.objects.create(disallowed_words="casino")

    say(browserlike, post, "A casino")

    assert queued() == 0
    assert not Comment.objects.untold().exists()


def test_nothing_is_left_untold_where_its_task_was_lost(post: Post) -> None:
    one_of_the_team("Moderator", email="tess@example.org")
    before = timezone.now() - datetime.timedelta(hours=1)
    CommentFactory(post=post, status=Status.PENDING, is_untold=True, created_at=before)
    Conversation.objects.update(has_untold=True)

    tasks.deliver.call()
    for row in DBTaskResult.objects.ready():
        row.task.call(*row.task_result.args)

    assert len(mail.outbox) == 1
    assert not Conversation.objects.get().has_untold


@pytest.mark.parametrize("kind", ["post", "thread", "replies"])
def test_whoever_follows_in_any_way_is_told_by_the_task(post: Post, kind: str) -> None:
    said = CommentFactory(post=post)
    where = {"post": post} if kind == "post" else {"comment": said}
    Subscription.objects.create(
        email="ada@example.org", kind=kind, confirmed_at=timezone.now(), **where
    )
    CommentFactory(post=post, parent=said)
    Comment.objects.exclude(pk=said.pk).update(is_untold=True)

    tasks.tell.call(post.pk)

    assert [message.to for message in mail.outbox] == [["ada@example.org"]]


def test_where_nobody_follows_many_cost_no_more_than_one(post: Post) -> None:
    def count(number: int) -> int:
        for _ in range(number):
            CommentFactory(post=post)
        Comment.objects.update(is_untold=True)
        with CaptureQueriesContext(connection) as asked:
            announcing.tell(post.pk, on_held=lambda comment: None)
        return len(asked)

    assert count(1) == count(5)
