"""Readers and guests comment over HTTP."""

import pytest
from django.test import Client
from django.urls import reverse

from comments.models import Comment, DiscussionSettings
from posts.models import Post
from tests.factories import CommentFactory, PostFactory, UserFactory

pytestmark = pytest.mark.django_db

GUEST = {"comment": "First words", "author": "Ada", "email": "", "url": ""}


def respond_url(post: Post) -> str:
    return f"{post.get_absolute_url()}respond/"


def test_a_guests_first_comment_is_held_and_shown_to_its_writer_only(
    browserlike: Client, post: Post
) -> None:
    answer = browserlike.post(respond_url(post), GUEST)

    comment = Comment.objects.get()
    assert answer.status_code == 303
    assert answer["Location"] == f"{post.get_absolute_url()}#comment-{comment.pk}"
    assert comment.status == Comment.Status.PENDING
    assert comment.reason
    held = "Your comment is awaiting moderation."
    assert held in browserlike.get(post.get_absolute_url()).content.decode()
    assert "First words" not in Client().get(post.get_absolute_url()).content.decode()


def test_a_guest_is_known_by_the_signed_cookie_alone(browserlike: Client, post: Post) -> None:
    browserlike.post(respond_url(post), GUEST)
    key = Comment.objects.get().guest_key

    forged = Client()
    forged.cookies["guest"] = f"{key}:1abcde:forged"

    assert "First words" not in forged.get(post.get_absolute_url()).content.decode()


def test_a_signed_in_reader_comments_under_the_account_and_needs_a_token(
    browserlike: Client, post: Post
) -> None:
    reader = UserFactory(name="Imani")
    browserlike.force_login(reader)
    page = browserlike.get(post.get_absolute_url())
    token = page.context["csrf_token"]

    refused = browserlike.post(respond_url(post), {"comment": "Words"})
    accepted = browserlike.post(
        respond_url(post), {"comment": "Words", "csrfmiddlewaretoken": str(token)}
    )

    assert refused.status_code == 403
    assert "Words" in refused.content.decode(), "what was typed is given back"
    assert accepted.status_code == 303
    comment = Comment.objects.get()
    assert (comment.reader, comment.name) == (reader, "Imani")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"origin": "http://testserver.elsewhere.example", "sec-fetch-site": "cross-site"},
        {"origin": "http://testserver", "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
)
def test_another_sites_page_cannot_comment_for_a_guest(headers: dict[str, str], post: Post) -> None:
    client = Client(enforce_csrf_checks=True, headers=headers)

    answer = client.post(respond_url(post), GUEST)

    assert answer.status_code == 403
    assert not Comment.objects.exists()
    assert "First words" in answer.content.decode(), "the text is not lost"


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("comment", "", "Please type your comment text."),
        ("comment", "  \n ", "Please type your comment text."),
        ("comment", "x" * 65_526, "a comment may have up to 65525"),
        ("author", "", "Please give a name"),
        ("author", "x" * 246, "at most 245"),
        ("email", "nobody", "Please enter a valid email address"),
        ("url", "javascript:alert(1)", "Please enter a web address"),
        ("parent", "999999", "no longer there"),
        ("parent", "99999999999999999999999999", "no longer there"),
    ],
)
def test_a_field_problem_is_422_beside_its_field_and_the_text_is_kept(
    browserlike: Client, post: Post, field: str, value: str, problem: str
) -> None:
    answer = browserlike.post(respond_url(post), GUEST | {field: value})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert problem in page
    if field != "comment":
        assert "First words" in page
    assert not Comment.objects.exists()


def test_nul_bytes_are_refused_in_words(browserlike: Client, post: Post) -> None:
    answer = browserlike.post(respond_url(post), GUEST | {"comment": "a\x00b"})

    assert answer.status_code == 422


def test_a_reply_must_answer_a_visible_comment_on_the_same_post(
    browserlike: Client, post: Post
) -> None:
    elsewhere = CommentFactory()
    held = CommentFactory(post=post, status=Comment.Status.PENDING)
    visible = CommentFactory(post=post)

    for parent, status in ((elsewhere, 422), (held, 422), (visible, 303)):
        answer = browserlike.post(respond_url(post), GUEST | {"parent": str(parent.pk)})
        assert answer.status_code == status
    assert Comment.objects.latest("pk").parent == visible


def test_the_same_words_again_lead_to_the_first_comment(browserlike: Client, post: Post) -> None:
    first = browserlike.post(respond_url(post), GUEST)
    second = browserlike.post(respond_url(post), GUEST)

    assert second.status_code == 303
    assert second["Location"] == first["Location"]
    assert Comment.objects.count() == 1


def test_too_fast_is_429_with_the_time_to_wait_and_the_text(
    browserlike: Client, post: Post
) -> None:
    browserlike.post(respond_url(post), GUEST)
    answer = browserlike.post(respond_url(post), GUEST | {"comment": "Second words"})

    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 15
    assert "Second words" in answer.content.decode()
    assert Comment.objects.count() == 1


def test_a_closed_post_says_so_and_keeps_the_text(browserlike: Client) -> None:
    post = PostFactory(comments_open=False)

    answer = browserlike.post(respond_url(post), GUEST)

    assert answer.status_code == 403
    assert "Comments are closed." in answer.content.decode()
    assert "First words" in answer.content.decode()
    page = browserlike.get(post.get_absolute_url()).content.decode()
    assert "Comments are closed." in page
    assert "Leave a Reply" not in page


def test_a_filled_in_hidden_field_stores_nothing(browserlike: Client, post: Post) -> None:
    answer = browserlike.post(respond_url(post), GUEST | {"nickname": "x"})

    assert answer.status_code == 422
    assert not Comment.objects.exists()


def test_an_email_address_is_asked_for_where_the_site_requires_it(
    browserlike: Client, post: Post
) -> None:
    DiscussionSettings.objects.create(requires_email=True)

    refused = browserlike.post(respond_url(post), GUEST)
    accepted = browserlike.post(respond_url(post), GUEST | {"email": "ada@example.org"})

    assert (refused.status_code, accepted.status_code) == (422, 303)
    assert "ada@example.org" not in browserlike.get(post.get_absolute_url()).content.decode()


def test_no_post_no_comment(browserlike: Client) -> None:
    draft = PostFactory(status=Post.Status.DRAFT)

    assert browserlike.post(respond_url(draft), GUEST).status_code == 404
    assert browserlike.post("/2011/01/11/nothing/respond/", GUEST).status_code == 404


def test_the_form_answering_a_comment_has_its_own_page(browserlike: Client, post: Post) -> None:
    comment = CommentFactory(post=post, name="Esi")

    page = browserlike.get(respond_url(post), {"parent": comment.pk}).content.decode()

    assert "Leave a Reply to Esi" in page
    assert f'value="{comment.pk}"' in page


@pytest.mark.parametrize("parent", ["x", "-1", "0", "", "9" * 40, "1 OR 1=1"])
def test_a_strange_parent_in_the_address_is_no_error(
    browserlike: Client, post: Post, parent: str
) -> None:
    assert browserlike.get(respond_url(post), {"parent": parent}).status_code == 200


def test_a_draft_typed_before_signing_in_is_waiting_after(post: Post) -> None:
    client = Client()
    session = client.session
    session["comment_draft"] = {
        "path": post.get_absolute_url(),
        "comment": "My draft",
        "parent": "",
    }
    session.save()

    assert "My draft" in client.get(post.get_absolute_url()).content.decode()
    other = PostFactory()
    assert "My draft" not in client.get(other.get_absolute_url()).content.decode()


def test_signing_out_comes_back_to_the_post(post: Post) -> None:
    client = Client()
    client.force_login(UserFactory())

    answer = client.post(reverse("account_logout"), {"next": f"{post.get_absolute_url()}#respond"})

    assert answer["Location"] == f"{post.get_absolute_url()}#respond"
