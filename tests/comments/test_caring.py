"""Likes and reports."""

import pytest
from django.test import Client

from comments.models import Comment, DiscussionSettings, Like, Report
from comments.moderating import decide
from posts.models import Post
from tests.factories import AdministratorFactory, CommentFactory, UserFactory

pytestmark = pytest.mark.django_db
Status = Comment.Status


def browser() -> Client:
    return Client(
        enforce_csrf_checks=True,
        headers={"origin": "http://testserver", "sec-fetch-site": "same-origin"},
    )


def test_a_like_toggles_without_an_account_and_everybody_reads_the_count(post: Post) -> None:
    comment = CommentFactory(post=post)
    reader = browser()
    url = f"/comments/{comment.pk}/like/"

    liked = reader.post(url)
    comment.refresh_from_db()

    assert liked.status_code == 303
    assert liked["Location"] == f"{post.get_absolute_url()}#comment-{comment.pk}"
    assert comment.like_count == 1
    assert 'aria-pressed="true"' in reader.get(post.get_absolute_url()).content.decode()
    stranger = browser().get(post.get_absolute_url()).content.decode()
    assert 'aria-pressed="true"' not in stranger
    assert 'Like<span class="count"> 1</span>' in stranger
    reader.post(url)
    comment.refresh_from_db()
    assert (comment.like_count, Like.objects.count()) == (0, 0)


def test_a_script_gets_the_new_count(post: Post) -> None:
    comment = CommentFactory(post=post)
    client = Client()
    client.force_login(UserFactory())

    answer = client.post(f"/comments/{comment.pk}/like/", headers={"accept": "application/json"})

    assert answer.json() == {"is_liked": True, "count": 1}


def test_two_readers_are_two_likes_and_a_link_likes_nothing(post: Post) -> None:
    comment = CommentFactory(post=post)
    for client in (browser(), browser()):
        client.post(f"/comments/{comment.pk}/like/")

    assert browser().get(f"/comments/{comment.pk}/like/").status_code == 405
    comment.refresh_from_db()
    assert comment.like_count == 2


@pytest.mark.parametrize("page", ["like", "report"])
@pytest.mark.parametrize("status", [Status.PENDING, Status.SPAM, Status.TRASH])
def test_what_nobody_can_read_nobody_likes_or_reports(post: Post, status: str, page: str) -> None:
    comment = CommentFactory(post=post, status=status)

    assert browser().post(f"/comments/{comment.pk}/{page}/", {"reason": "spam"}).status_code == 404


def test_likes_from_other_sites_are_refused(post: Post) -> None:
    comment = CommentFactory(post=post)
    client = Client(enforce_csrf_checks=True, headers={"origin": "https://elsewhere.example"})

    assert client.post(f"/comments/{comment.pk}/like/").status_code == 403


def test_a_report_reaches_moderators_and_thanks(post: Post) -> None:
    comment = CommentFactory(post=post, text="Words to look at")
    reader = browser()
    url = f"/comments/{comment.pk}/report/"

    assert "Words to look at" in reader.get(url).content.decode()
    assert reader.post(url, {"words": "Please look"}).status_code == 422
    thanks = reader.post(url, {"reason": "danger", "words": "Please look"})

    assert "Thank you" in thanks.content.decode()
    report = Report.objects.get()
    assert (report.comment, report.reason, report.words) == (comment, "danger", "Please look")
    desk = Client()
    desk.force_login(AdministratorFactory())
    assert "Please look" in desk.get("/admin/comments/report/").content.decode()
    reader.post(url, {"reason": "spam"})
    assert Report.objects.count() == 1, "the same reader again adds nothing"


def test_enough_readers_hold_a_comment_until_a_moderator_decides(post: Post) -> None:
    comment = CommentFactory(post=post)
    url = f"/comments/{comment.pk}/report/"
    for _ in range(3):
        browser().post(url, {"reason": "personal"})

    comment.refresh_from_db()
    assert comment.status == Status.PENDING
    assert comment.decisions.get().why == "Reported by 3 readers"
    decide(comment, Status.APPROVED, by=AdministratorFactory())
    assert not Report.objects.filter(closed_at=None).exists()
    for _ in range(4):
        browser().post(url, {"reason": "personal"})
    comment.refresh_from_db()
    assert comment.status == Status.APPROVED, "a moderator's word is not undone by number"


def test_reports_alone_hold_nothing_where_the_site_says_so(post: Post) -> None:
    DiscussionSettings.objects.create(reports_to_hold=0)
    comment = CommentFactory(post=post)
    for _ in range(3):
        browser().post(f"/comments/{comment.pk}/report/", {"reason": "spam"})

    comment.refresh_from_db()
    assert comment.status == Status.APPROVED
