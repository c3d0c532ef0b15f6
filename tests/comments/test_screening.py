"""Which comments appear at once, which wait, and why."""

import pytest

from comments.models import Ban, Comment, DiscussionSettings
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


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("viagra", "Buy ViAgRa now"),
        ("viagra", "Buy vi**ag**ra now"),
        ("viagra", "Buy vi\u200bagra now"),
        ("viagra", "Buy ｖｉａｇｒａ now"),
        ("STRASSE", "in der Straße"),
        ("(cheap)", "so (cheap) here"),
        ("good offer", "a good\noffer"),
    ],
)
def test_words_are_found_whatever_their_case_spelling_or_markup(line: str, text: str) -> None:
    comment = CommentFactory.build(post=PostFactory(), text=text)

    assert status(comment, DiscussionSettings(holds_first_comment=False)) == APPROVED
    held = DiscussionSettings(holds_first_comment=False, hold_words=f"other\n {line} \n\n")
    assert status(comment, held) == PENDING
    thrown = DiscussionSettings(hold_words=line, disallowed_words=line)
    assert status(comment, thrown) == Comment.Status.TRASH


@pytest.mark.parametrize("field", ["name", "email", "url"])
def test_words_are_looked_for_in_every_field(field: str) -> None:
    comment = CommentFactory.build(post=PostFactory(), **{field: "x-casino-x"})

    assert status(comment, DiscussionSettings(disallowed_words="casino")) == Comment.Status.TRASH


def test_disallowed_words_win_over_an_earlier_approval() -> None:
    reader = UserFactory()
    CommentFactory(reader=reader)
    comment = CommentFactory.build(post=PostFactory(), reader=reader, text="casino")

    assert status(comment, DiscussionSettings(disallowed_words="casino")) == Comment.Status.TRASH


def test_the_team_passes_whatever_it_says() -> None:
    comment = CommentFactory.build(post=PostFactory(), reader=AdministratorFactory(), text="casino")

    settings = DiscussionSettings(disallowed_words="casino", holds_everything=True)
    assert status(comment, settings) == APPROVED


def test_first_comments_appear_at_once_where_the_site_says_so() -> None:
    comment = CommentFactory.build(post=PostFactory())

    assert status(comment, DiscussionSettings(holds_first_comment=False)) == APPROVED


def test_a_link_from_a_banned_host_goes_to_the_trash() -> None:
    Ban.objects.create(host="spam.example")
    comment = CommentFactory.build(
        post=PostFactory(), kind=Comment.Kind.PINGBACK, url="https://www.spam.example/a", name="x"
    )

    assert status(comment) == Comment.Status.TRASH
