"""A moderator decides, in the admin, and every decision leaves a row."""

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from comments.models import Comment, Decision
from comments.moderating import decide
from tests.factories import AdministratorFactory, CommentFactory, UserFactory

pytestmark = pytest.mark.django_db

QUEUE = "/admin/comments/comment/"
Status = Comment.Status


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(AdministratorFactory())
    return client


def act(desk: Client, action: str, *comments: Comment) -> None:
    answer = desk.post(QUEUE, {"action": action, "_selected_action": [c.pk for c in comments]})
    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("action", "status"),
    [("approve", Status.APPROVED), ("spam", Status.SPAM), ("trash", Status.TRASH)],
)
def test_actions_decide_without_a_further_page(desk: Client, action: str, status: str) -> None:
    comment = CommentFactory(status=Status.PENDING)

    act(desk, action, comment)

    comment.refresh_from_db()
    assert comment.status == status
    row = Decision.objects.get()
    assert (row.comment, row.old_status, row.new_status) == (comment, "pending", status)
    assert row.moderator is not None
    assert row.moderator.name == "Moderator"


def test_an_approved_comment_appears_on_the_page(desk: Client) -> None:
    comment = CommentFactory(status=Status.PENDING, text="Held words")
    url = comment.post.get_absolute_url()
    assert "Held words" not in Client().get(url).content.decode()

    act(desk, "approve", comment)

    page = Client().get(url).content.decode()
    assert "Held words" in page
    assert f"One thought on “{comment.post.title}”" in page


def test_deciding_the_same_again_decides_nothing(desk: Client) -> None:
    comment = CommentFactory(status=Status.PENDING)

    act(desk, "approve", comment)
    act(desk, "approve", comment)

    assert Decision.objects.count() == 1


def test_of_two_moderators_with_the_same_page_the_second_changes_nothing() -> None:
    comment = CommentFactory(status=Status.PENDING)
    seen_by_other = Comment.objects.get(pk=comment.pk)

    assert decide(comment, Status.APPROVED, by=None)
    assert not decide(seen_by_other, Status.APPROVED, by=None)


def test_the_tabs_are_links_and_what_waits_comes_first(desk: Client) -> None:
    CommentFactory(status=Status.PENDING, text="It waits")
    CommentFactory(status=Status.SPAM, text="It is spam")

    queue = desk.get(QUEUE).content.decode()
    spam = desk.get(QUEUE, {"status": "spam"}).content.decode()
    everything = desk.get(QUEUE, {"status": "all"}).content.decode()

    for tab in ("Pending", "Approved", "Spam", "Trash", "All"):
        assert f">{tab}</a>" in queue
    assert "It waits" in queue
    assert "It is spam" not in queue
    assert "It is spam" in spam
    assert "It waits" in everything
    assert "It is spam" in everything


def test_a_status_changed_in_the_form_is_logged_too(desk: Client) -> None:
    comment = CommentFactory(status=Status.PENDING)
    fields = {
        "status": "approved",
        "name": comment.name,
        "email": "",
        "url": "",
        "text": "Corrected words",
        "post": comment.post_id,
        "parent": "",
        "kind": "comment",
    }

    answer = desk.post(f"{QUEUE}{comment.pk}/change/", fields)

    assert answer.status_code == 302
    comment.refresh_from_db()
    assert (comment.status, comment.text) == (Status.APPROVED, "Corrected words")
    assert "Corrected words" in comment.html
    assert Decision.objects.get(what="status").new_status == "approved"
    assert "text" in Decision.objects.get(what="edit").why


def test_the_log_can_be_read_and_not_written(desk: Client) -> None:
    decide(CommentFactory(status=Status.PENDING), Status.SPAM, by=None)
    row = Decision.objects.get()

    assert desk.get("/admin/comments/decision/").status_code == 200
    assert desk.get(f"/admin/comments/decision/{row.pk}/change/").status_code == 200
    assert desk.post(f"/admin/comments/decision/{row.pk}/change/", {}).status_code == 403
    assert desk.get("/admin/comments/decision/add/").status_code == 403
    assert desk.post(f"/admin/comments/decision/{row.pk}/delete/", {}).status_code == 403


@pytest.mark.parametrize("signed_in", [False, True])
def test_the_queue_is_for_staff(signed_in: bool) -> None:
    client = Client()
    if signed_in:
        client.force_login(UserFactory())

    answer = client.get(QUEUE)

    assert answer.status_code in (302, 403)
    if answer.status_code == 302:
        assert "login" in answer["Location"]


def test_the_queue_costs_the_same_however_long_it_is(
    desk: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(30):
        CommentFactory(status=Status.PENDING)

    with django_assert_max_num_queries(22):
        desk.get(QUEUE)
