"""The spam learner learns from moderators' marks alone, and says why in readable words."""

import pytest

from comments import learning
from comments.models import Comment, DiscussionSettings, Word
from comments.moderating import decide
from comments.screening import screen
from posts.models import Post
from tests.factories import AdministratorFactory, CommentFactory

pytestmark = pytest.mark.django_db
Status = Comment.Status

SPAM = [f"Buy cheap casino pills now, best offer number {n} at pills" for n in range(12)]
GOOD = [f"Thank you for the article, our library shared it in class {n}" for n in range(12)]


@pytest.fixture
def taught(post: Post) -> Post:
    moderator = AdministratorFactory()
    for text in SPAM:
        decide(CommentFactory(post=post, text=text, status="pending"), Status.SPAM, by=moderator)
    for text in GOOD:
        decide(
            CommentFactory(post=post, text=text, status="pending"), Status.APPROVED, by=moderator
        )
    return post


def unstored(post: Post, text: str) -> Comment:
    comment: Comment = CommentFactory.build(post=post, text=text)
    comment.render()
    return comment


def test_it_is_silent_before_it_has_seen_some_of_each(post: Post) -> None:
    assert learning.opinion(unstored(post, SPAM[0])) is None


def test_it_tells_spam_from_thanks_and_says_why(taught: Post) -> None:
    settings = DiscussionSettings(holds_first_comment=False)

    spam = screen(unstored(taught, "cheap pills: the best casino offer, buy now"), settings)
    good = screen(unstored(taught, "Our class thanks you for the article"), settings)

    assert spam.status == Status.SPAM
    assert "casino" in spam.reason or "pills" in spam.reason
    assert "%" in spam.reason
    assert good.status == Status.APPROVED


def test_it_can_be_turned_off(taught: Post) -> None:
    settings = DiscussionSettings(holds_first_comment=False, learns_spam=False)

    assert screen(unstored(taught, SPAM[0]), settings).status == Status.APPROVED


def test_no_word_of_a_reader_is_kept(taught: Post) -> None:
    keys = set(Word.objects.values_list("key", flat=True))

    assert not any("casino" in key or "library" in key for key in keys)
    assert all(len(key) in (0, 32) for key in keys)


def test_a_mark_that_is_taken_back_is_forgotten(post: Post) -> None:
    moderator = AdministratorFactory()
    comment = CommentFactory(post=post, text=SPAM[0], status="pending")

    for status in (Status.SPAM, Status.PENDING, Status.SPAM, Status.APPROVED, Status.TRASH):
        decide(comment, status, by=moderator)

    totals = Word.objects.get(key="")
    assert (totals.spam_count, totals.good_count) == (0, 1)
    assert sum(Word.objects.values_list("spam_count", flat=True)) == 0


def test_what_no_person_decided_teaches_nothing(post: Post) -> None:
    decide(CommentFactory(post=post), Status.SPAM, by=None)

    assert not Word.objects.exists()
