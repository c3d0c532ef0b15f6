"""Whatever happens to comments in whatever order, the counts are what can be read."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.db.models import RestrictedError
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.signals import reader_leaving
from comments import caring
from comments.models import Comment, Conversation, Decision
from comments.models.conversation import COUNTS
from comments.moderating import decide
from comments.visiting import Visitor
from posts.models import Post
from tests.factories import AdministratorFactory, CommentFactory, PostFactory, UserFactory

pytestmark = pytest.mark.django_db
Status = Comment.Status

steps = st.lists(
    st.tuples(
        st.sampled_from(["write", "approve", "hold", "spam", "trash", "erase", "delete"]),
        st.integers(min_value=0, max_value=30),
    ),
    max_size=25,
)
DECISIONS = {
    "approve": Status.APPROVED,
    "hold": Status.PENDING,
    "spam": Status.SPAM,
    "trash": Status.TRASH,
}


def take(step: str, number: int, post: Post) -> None:
    rows = list(Comment.objects.on(post).order_by("pk"))
    chosen = rows[number % len(rows)] if rows and number else None
    if step == "write":
        parent = chosen if chosen and chosen.may_be_answered() else None
        CommentFactory(post=post, parent=parent, text=f"Words {number}")
    elif chosen and step == "erase":
        chosen.erase()
    elif chosen and step == "delete":
        try:
            chosen.delete()
        except RestrictedError:
            assert chosen.replies.exists()
    elif chosen:
        decide(chosen, DECISIONS[step], by=None)


def kept(post: Post) -> tuple[object, ...]:
    found = Conversation.objects.filter(post=post).values_list(*COUNTS)
    columns = ("pk", "path", "thread_id", "is_listed", "shown_replies")
    return found.first() or (0, 0, 0), list(
        Comment.objects.on(post).order_by("pk").values_list(*columns)
    )


def readable(post: Post) -> int:
    """What a stranger finds on the page, counted as a person would."""
    return Client().get(post.get_absolute_url()).content.decode().count('<article class="h-cite')


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=steps)
def test_counts_places_and_tombstones_are_exact_after_any_steps(
    db: None, steps: list[tuple[str, int]]
) -> None:
    post = PostFactory()

    for step, number in steps:
        take(step, number, post)

    after = kept(post)
    Comment.objects.on(post).update(path="", thread=None)
    Conversation.recount(post.pk, Comment.objects.all())
    assert kept(post) == after, "what was kept step by step is what counting anew finds"
    assert readable(post) == after[0][0], "the heading counts exactly what can be read"


def test_a_removed_comment_leaves_its_place_to_its_replies() -> None:
    first = CommentFactory(text="Regretted words", name="Somebody")
    CommentFactory(post=first.post, parent=first, text="An answer")

    decide(first, Status.TRASH, by=None)

    page = Client().get(first.post.get_absolute_url()).content.decode()
    assert "A comment here was removed." in page
    assert f'id="comment-{first.pk}"' in page
    assert "An answer" in page
    assert "Regretted words" not in page
    assert "Somebody" not in page
    assert "One thought on" in page


def test_a_place_goes_with_the_last_reply_below_it() -> None:
    first = CommentFactory()
    second = CommentFactory(post=first.post, parent=first)
    third = CommentFactory(post=first.post, parent=second)
    for comment in (first, second, third):
        decide(comment, Status.TRASH, by=None)

    page = Client().get(first.post.get_absolute_url()).content.decode()

    assert "was removed" not in page
    assert "thought" not in page
    decide(third, Status.APPROVED, by=None)
    page = Client().get(first.post.get_absolute_url()).content.decode()
    assert page.count("was removed") == 2
    assert "One thought on" in page


def test_erasing_leaves_no_word_and_no_name() -> None:
    first = CommentFactory(name="Somebody", text="Words", url="https://example.org")
    CommentFactory(post=first.post, parent=first)

    first.erase()

    row = Comment.objects.get(pk=first.pk)
    assert (row.name, row.text, row.html, row.url, row.status) == ("", "", "", "", "trash")


def test_a_thread_of_any_depth_is_stored_and_shown() -> None:
    comment = CommentFactory()
    for _ in range(40):
        comment = CommentFactory(post=comment.post, parent=comment)

    page = Client().get(comment.post.get_absolute_url()).content.decode()

    assert page.count('<article class="h-cite') == 41
    assert 'data-depth="5"' in page
    assert 'data-depth="6"' not in page
    assert len(Comment.objects.get(pk=comment.pk).path) == 120


def test_what_readers_do_meanwhile_is_not_overwritten_by_a_stale_save() -> None:
    comment = CommentFactory()
    stale = Comment.objects.get(pk=comment.pk)
    caring.toggle_like(comment, Visitor(guest_key="somebody"))
    CommentFactory(post=comment.post, parent=comment)

    stale.text = "Corrected"
    stale.save()

    row = Comment.objects.get(pk=comment.pk)
    assert (row.text, row.like_count, row.shown_replies) == ("Corrected", 1, 1)


@pytest.mark.django_db(transaction=True)
def test_writing_deciding_and_liking_at_once_leaves_exact_counts() -> None:
    post = PostFactory()
    roots = [CommentFactory(post=post) for _ in range(3)]
    CommentFactory(post=post, parent=roots[0])

    def both(root: Comment, number: int) -> None:
        decide(root, Status.TRASH if number % 2 else Status.APPROVED, by=None)
        CommentFactory(post=post, text=f"At once {number}", parent=roots[0])
        caring.toggle_like(root, Visitor(guest_key=f"guest {number % 4}"))

    at_once([lambda n=n: both(roots[n % 3], n) for n in range(12)])  # type: ignore[misc] # a lambda

    after = kept(post)
    Conversation.recount(post.pk, Comment.objects.all())
    assert kept(post) == after
    for root in Comment.objects.on(post):
        assert root.like_count == root.likes.count()


def at_once(calls: list[Callable[[], None]]) -> None:
    problems: list[BaseException] = []

    def run(call: Callable[[], None]) -> None:
        try:
            call()
        except BaseException as problem:  # noqa: BLE001 # told in the test's own thread
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_a_post_goes_with_its_whole_conversation() -> None:
    first = CommentFactory()
    caring.toggle_like(CommentFactory(post=first.post, parent=first), Visitor(guest_key="x"))

    first.post.delete()

    assert not Comment.objects.exists()
    assert not Conversation.objects.exists()


def test_deleting_an_answered_comment_in_the_admin_leaves_its_place_and_the_replies() -> None:
    first = CommentFactory()
    reply = CommentFactory(post=first.post, parent=first)
    desk = Client()
    desk.force_login(AdministratorFactory())

    page = desk.get(f"/admin/comments/comment/{first.pk}/delete/").content.decode()
    desk.post(f"/admin/comments/comment/{first.pk}/delete/", {"post": "yes"})

    assert "Replies by others stay readable." in page
    assert Comment.objects.filter(pk=reply.pk).exists()
    assert "One thought on" in Client().get(first.post.get_absolute_url()).content.decode()


def test_erasing_and_leaving_are_in_the_log(post: Post) -> None:
    erased = CommentFactory(post=post)
    CommentFactory(post=post, parent=erased)
    reader = UserFactory()
    left = CommentFactory(post=post, reader=reader)
    CommentFactory(post=post, parent=left)

    erased.erase()
    reader_leaving.send(sender=None, reader=reader, keeps_comments=False)

    logged = Decision.objects.order_by("pk").values_list("comment_id", "new_status")
    assert list(logged) == [(erased.pk, Status.TRASH), (left.pk, Status.TRASH)]
    assert readable(post) == 2
    assert "2 thoughts on" in Client().get(post.get_absolute_url()).content.decode()
