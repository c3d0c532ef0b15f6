"""Writers change and take back what they wrote; to others those pages do not exist."""

import datetime
import html
import re

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from comments.models import Comment, DiscussionSettings, Revision
from comments.moderating import decide
from posts.models import Post
from tests.factories import AdministratorFactory, CommentFactory, UserFactory

pytestmark = pytest.mark.django_db

GUEST = {"comment": "First words", "author": "Ada", "email": "", "url": ""}
Status = Comment.Status


@pytest.fixture
def mine(browserlike: Client, post: Post) -> Comment:
    browserlike.post(f"{post.get_absolute_url()}respond/", GUEST)
    return Comment.objects.get()


def edit(client: Client, comment: Comment, text: str) -> int:
    return client.post(f"/comments/{comment.pk}/edit/", {"comment": text}).status_code


def test_a_guest_edits_and_moderators_see_what_it_said(browserlike: Client, mine: Comment) -> None:
    assert "First words" in browserlike.get(f"/comments/{mine.pk}/edit/").content.decode()

    assert edit(browserlike, mine, "Better *words*") == 303

    mine.refresh_from_db()
    assert mine.text == "Better *words*"
    assert "<em>words</em>" in mine.html
    assert Revision.objects.get().text == "First words"
    page = browserlike.get(mine.post.get_absolute_url()).content.decode()
    assert "edited" in page
    desk = Client()
    desk.force_login(AdministratorFactory())
    assert "First words" in desk.get(f"/admin/comments/comment/{mine.pk}/change/").content.decode()


def test_the_same_words_again_are_no_edit(browserlike: Client, mine: Comment) -> None:
    assert edit(browserlike, mine, "First words") == 303

    assert not Revision.objects.exists()


def test_an_empty_edit_is_handed_back(browserlike: Client, mine: Comment) -> None:
    assert edit(browserlike, mine, " \u200b ") == 422


@pytest.mark.parametrize("page", ["edit", "delete"])
def test_nobody_else_finds_the_page(mine: Comment, page: str) -> None:
    other = Client(headers={"origin": "http://testserver", "sec-fetch-site": "same-origin"})
    signed_in = Client()
    signed_in.force_login(UserFactory())
    moderator = Client()
    moderator.force_login(AdministratorFactory())

    for client in (other, signed_in, moderator):
        assert client.get(f"/comments/{mine.pk}/{page}/").status_code == 404
        assert client.post(f"/comments/{mine.pk}/{page}/", {"comment": "x"}).status_code == 404
    mine.refresh_from_db()
    assert (mine.text, mine.status) == ("First words", Status.PENDING)


def test_after_the_set_time_the_text_is_there_to_copy(browserlike: Client, mine: Comment) -> None:
    with time_machine.travel(timezone.now() + datetime.timedelta(minutes=31)):
        answer = browserlike.post(f"/comments/{mine.pk}/edit/", {"comment": "Too late"})
        deleted = browserlike.post(f"/comments/{mine.pk}/delete/")

    assert answer.status_code == 403
    assert "Too late" in answer.content.decode()
    assert deleted.status_code == 403
    mine.refresh_from_db()
    assert (mine.text, mine.status) == ("First words", Status.PENDING)


@pytest.mark.parametrize("status", [Status.PENDING, Status.APPROVED])
def test_who_is_too_late_is_led_to_the_moderators(
    browserlike: Client, mine: Comment, status: Comment.Status
) -> None:
    decide(mine, status, by=None)

    with time_machine.travel(timezone.now() + datetime.timedelta(minutes=31)):
        late = browserlike.get(f"/comments/{mine.pk}/delete/").content.decode()
        ways = re.findall(r'<a href="(/comments/[^"]+)">', late)

        found = [browserlike.get(html.unescape(way), follow=True).status_code for way in ways]
    assert found == [200, 200], "help, and the way back"


def test_a_reader_with_an_account_may_always_delete(browserlike: Client, post: Post) -> None:
    reader = UserFactory()
    comment = CommentFactory(post=post, reader=reader, text="Old words")
    Comment.objects.update(created_at=timezone.now() - datetime.timedelta(days=400))
    client = Client()
    client.force_login(reader)

    assert "Old words" in client.get(f"/comments/{comment.pk}/delete/").content.decode()
    assert client.post(f"/comments/{comment.pk}/edit/", {"comment": "New"}).status_code == 403
    assert client.post(f"/comments/{comment.pk}/delete/").status_code == 303

    comment.refresh_from_db()
    assert comment.status == Status.TRASH
    decision = comment.decisions.get()
    assert (decision.moderator, decision.why) == (None, "Deleted by its writer")
    assert "Old words" not in client.get(post.get_absolute_url()).content.decode()
    assert client.post(f"/comments/{comment.pk}/delete/").status_code == 404, "twice is once"


def test_an_edit_is_screened_and_never_approves(browserlike: Client, post: Post) -> None:
    reader = UserFactory()
    comment = CommentFactory(post=post, reader=reader)
    client = Client()
    client.force_login(reader)

    edit(client, comment, "https://one.example https://two.example")

    comment.refresh_from_db()
    assert comment.status == Status.PENDING
    assert comment.reason == "Edited: 2 links"
    assert comment.decisions.get().why == "Edited: 2 links"
    edit(client, comment, "No link any more")
    comment.refresh_from_db()
    assert comment.status == Status.PENDING


def test_what_a_moderator_put_away_its_writer_cannot_change(
    browserlike: Client, mine: Comment
) -> None:
    decide(mine, Status.SPAM, by=AdministratorFactory())

    assert edit(browserlike, mine, "Other words") == 404


def test_editing_can_be_switched_off(browserlike: Client, mine: Comment) -> None:
    DiscussionSettings.objects.create(edit_minutes=0)

    assert edit(browserlike, mine, "Other") == 403
    assert "/edit/" not in browserlike.get(mine.post.get_absolute_url()).content.decode()


def test_another_sites_page_cannot_edit_for_a_guest(browserlike: Client, mine: Comment) -> None:
    answer = browserlike.post(
        f"/comments/{mine.pk}/edit/",
        {"comment": "Forged"},
        headers={"origin": "https://elsewhere.example", "sec-fetch-site": "cross-site"},
    )

    assert answer.status_code == 403
