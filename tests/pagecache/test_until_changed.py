"""What is asked for once is asked for again after every change, whoever makes it."""

import datetime
import time
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import naming
from accounts.models import User
from comments import learning
from comments.models import Ban, Comment, DiscussionSettings, Word
from comments.models.ban import MOST_REMEMBERED
from polarisblog.pagecache import hearing
from posts import opening
from posts.context import Frame
from posts.models import HelpLine, Post, Site
from tests.factories import AdministratorFactory, CommentFactory, PostFactory, UserFactory
from tests.pagecache.door import Door


def depth() -> int:
    return DiscussionSettings.current().max_depth


def title() -> str:
    return Frame().site.name


def helped() -> list[str]:
    return [line.name for line in Frame().help_lines]


def is_rosa_taken() -> bool:
    return naming.is_the_teams("Rosa")


def stranger() -> Comment:
    return Comment(html="<p>Words</p>", address_hash="1234", url="https://shop.example/")


def is_banned() -> bool:
    return bool(Ban.objects.against(stranger()))


def ban() -> None:
    Ban.objects.create(host="shop.example")


def is_spam_known() -> bool:
    return learning.opinion(stranger()) is not None


def mark() -> None:
    Word.objects.create(key="", spam_count=10, good_count=10)


def appoint() -> None:
    User.objects.filter(name="Rosa").update(is_staff=True)


def rename() -> None:
    moderator = User.objects.get(name="Ada")
    moderator.name = "Rosa"
    moderator.save()


def post() -> Post | None:
    return opening.post_at(2020, 1, 1, "words", is_shown=False)


def takes_comments() -> bool | None:
    found = post()
    return found and found.comments_open


def update(**values: object) -> Callable[[], object]:
    return lambda: Post.objects.update(**values)


def save_settings() -> None:
    settings = DiscussionSettings.objects.get()
    settings.max_depth = 3
    settings.save()


def count(ask: Callable[[], object]) -> int:
    hearing.shelf().grant(time.time())
    with CaptureQueriesContext(connection) as asked:
        ask()
    return len(asked)


@pytest.fixture
def blog(door: Door) -> Door:
    """A blog that hears of changes, as it does once somebody has read a page."""
    Site.objects.get_or_create(pk=1)
    DiscussionSettings(max_depth=4).save()
    PostFactory(slug="words", published_at=datetime.datetime(2020, 1, 1, 12, tzinfo=datetime.UTC))
    AdministratorFactory(name="Ada")
    UserFactory(name="Rosa")
    HelpLine.objects.create(name="Old", phone="1", reviewed_on=timezone.localdate())
    door.ask("/")
    return door


@pytest.mark.parametrize(
    ("ask", "change", "after"),
    [
        (depth, save_settings, 3),
        (depth, lambda: DiscussionSettings.objects.update(max_depth=2), 2),
        (depth, lambda: DiscussionSettings.objects.all().delete(), 5),
        (title, lambda: Site.objects.update(name="Another"), "Another"),
        (helped, lambda: HelpLine.objects.update(name="New"), ["New"]),
        (helped, lambda: HelpLine.objects.all().delete(), []),
        (is_rosa_taken, appoint, True),
        (takes_comments, update(comments_open=False), False),
        (is_rosa_taken, rename, True),
    ],
)
def test_asked_once_and_again_after_a_change(
    blog: Door, ask: Callable[[], object], change: Callable[[], object], after: object
) -> None:
    before = ask()
    assert count(ask) == 0
    assert ask() == before != after

    change()

    assert ask() == after
    assert count(ask) == 0


@pytest.mark.parametrize(("ask", "change"), [(is_banned, ban), (is_spam_known, mark)])
def test_who_meets_nothing_asks_nothing_until_there_is_something(
    blog: Door, ask: Callable[[], object], change: Callable[[], object]
) -> None:
    assert not ask()
    assert count(ask) == 0

    change()

    assert ask()


def test_a_ban_on_somebody_else_costs_nothing(blog: Door) -> None:
    Ban.objects.create(host="other.example")
    assert not is_banned()

    assert count(is_banned) == 0


@pytest.mark.parametrize("change", [update(slug="moved"), lambda: Post.objects.all().delete()])
def test_a_post_that_is_no_longer_there_is_not_remembered(
    blog: Door, change: Callable[[], object]
) -> None:
    assert post()

    change()

    assert post() is None


def test_nobody_hears_of_drafts_so_none_is_remembered(blog: Door) -> None:
    Post.objects.update(status=Post.Status.DRAFT)
    assert takes_comments()

    Post.objects.update(comments_open=False)

    assert takes_comments() is False


def test_of_many_bans_none_is_overlooked(blog: Door) -> None:
    bans = [Ban(host=f"{number}.example") for number in range(MOST_REMEMBERED)]
    Ban.objects.bulk_create(bans)
    ban()

    assert is_banned()


def test_a_member_who_leaves_takes_the_name_along(blog: Door) -> None:
    appoint()
    assert is_rosa_taken()

    User.objects.filter(name="Rosa").update(is_active=False)

    assert not is_rosa_taken()


def test_a_reader_who_changes_is_no_reason_to_ask(blog: Door) -> None:
    is_rosa_taken()

    User.objects.filter(name="Rosa").update(picture_key="k1")

    assert count(is_rosa_taken) == 0


def test_what_is_said_is_no_reason_to_ask(blog: Door) -> None:
    depth()
    said = CommentFactory(post=Post.objects.get())
    assert not blog.is_kept(said.post.get_absolute_url())

    Comment.objects.update(like_count=1)

    assert count(depth) == 0


def test_what_is_taken_back_was_never_there(blog: Door) -> None:
    before = depth()
    with transaction.atomic():
        DiscussionSettings.objects.update(max_depth=2)
        assert depth() == 2
        transaction.set_rollback(True)

    assert depth() == before


def test_whoever_changes_what_was_given_changes_nobody_elses(blog: Door) -> None:
    before = depth()

    DiscussionSettings.current().max_depth = 2

    assert depth() == before


def test_where_changes_are_not_heard_every_time_is_the_first(blog: Door) -> None:
    depth()
    hearing.shelf().withdraw()

    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            depth()
        assert len(asked) == 1
