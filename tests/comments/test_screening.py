"""Which comments appear at once, which wait, and why."""

import pytest

from comments.models import Comment, DiscussionSettings
from comments.screening import screen
from tests.factories import AdministratorFactory, CommentFactory, PostFactory, UserFactory

pytestmark = pytest.mark.django_db

PENDING, APPROVED = Comment.Status.PENDING, Comment.Status.APPROVED
DEFAULTS = DiscussionSettings()


def status(comment: Comment, settings: DiscussionSettings = DEFAULTS) -> str:
    comment.render()
    verdict = screen(comment, settings)
    assert verdict.reason, "moderators can read why"
    return verdict.status


def test_a_first_comment_waits() -> None:
    assert status(CommentFactory.build(post=PostFactory(), reader=UserFactory())) == PENDING
    assert status(CommentFactory.build(post=PostFactory())) == PENDING


def test_a_reader_who_was_approved_before_passes() -> None:
    reader = UserFactory()
    CommentFactory(reader=reader)

    assert status(CommentFactory.build(post=PostFactory(), reader=reader)) == APPROVED


def test_a_name_alone_never_vouches_for_itself() -> None:
    CommentFactory(name="Ada", email="ada@example.org")

    comment = CommentFactory.build(post=PostFactory(), name="Ada", email="ada@example.org")

    assert status(comment) == PENDING


def test_two_links_wait_even_from_a_known_reader() -> None:
    reader = UserFactory()
    CommentFactory(reader=reader)
    text = "https://one.example and [two](https://two.example)"

    assert status(CommentFactory.build(post=PostFactory(), reader=reader, text=text)) == PENDING


def test_the_team_passes() -> None:
    author = UserFactory()

    assert (
        status(CommentFactory.build(post=PostFactory(), reader=AdministratorFactory())) == APPROVED
    )
    assert status(CommentFactory.build(post=PostFactory(author=author), reader=author)) == APPROVED


def test_holding_everything_holds_known_readers_too() -> None:
    reader = UserFactory()
    CommentFactory(reader=reader)
    settings = DiscussionSettings(holds_everything=True)

    assert status(CommentFactory.build(post=PostFactory(), reader=reader), settings) == PENDING
