"""What is remembered of a response is never another's, never old, and not kept for long."""

import datetime

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from comments import shown, structured
from comments.models import Comment, DiscussionSettings
from posts.models import Post
from tests.factories import CommentFactory, PostFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def post() -> Post:
    shown._render.kept.cache_clear()
    made: Post = PostFactory()
    return made


def page(client: Client, post: Post, prefix: str = "") -> str:
    return client.get(f"{prefix}{post.get_absolute_url()}").content.decode()


def test_every_change_of_a_response_is_on_the_next_page(client: Client, post: Post) -> None:
    comment = CommentFactory(post=post, name="Ada", text="First words")
    assert "First words" in page(client, post)

    for changes, expected in (
        ({"text": "Second words"}, "Second words"),
        ({"name": "Grace"}, "Grace"),
        ({"is_pinned": True}, "Pinned"),
        ({"url": "https://ada.example/"}, "https://ada.example/"),
        ({"edited_at": timezone.now()}, "edited"),
    ):
        for column, value in changes.items():
            setattr(comment, column, value)
        comment.save()
        assert expected in page(client, post)


def test_what_stands_below_a_response_is_on_the_next_page(client: Client, post: Post) -> None:
    comment = CommentFactory(post=post, text="First words")
    assert '<details class="replies"' not in page(client, post)

    for number, expected in enumerate(("1 reply", "2 replies"), start=1):
        reply = CommentFactory(post=post, parent=comment)
        shown_page = page(client, post)
        assert f"<summary>{expected}</summary>" in shown_page
        assert shown_page.count('data-depth="2"') == number

    reply.status = Comment.Status.TRASH
    reply.save()
    assert "<summary>1 reply</summary>" in page(client, post)


def test_a_removed_comment_is_an_empty_place_on_the_next_page(client: Client, post: Post) -> None:
    comment = CommentFactory(post=post, text="First words")
    CommentFactory(post=post, parent=comment)
    assert "First words" in page(client, post)

    for status, is_gone in ((Comment.Status.TRASH, True), (Comment.Status.APPROVED, False)):
        comment.status = status
        comment.save()
        after = page(client, post)
        assert ("A comment here was removed." in after) is is_gone
        assert ("First words" in after) is not is_gone


def test_a_page_asks_for_no_markup_twice(client: Client, post: Post) -> None:
    for _ in range(3):
        CommentFactory(post=post)
    page(client, post)
    made = shown._render.kept.cache_info().misses

    page(client, post)

    assert shown._render.kept.cache_info().misses == made == 3


def test_what_depends_on_the_page_is_not_taken_from_another(client: Client, post: Post) -> None:
    comment = CommentFactory(post=post)
    assert "Reply" in page(client, post)
    assert "Responder" in page(client, post, "/es")

    DiscussionSettings.objects.create(closes_after_days=1)
    Post.objects.update(published_at=timezone.now() - datetime.timedelta(days=3))
    post.refresh_from_db()
    assert f'data-parent="{comment.pk}"' not in page(client, post), "closed, so no reply is offered"


def test_a_writer_s_own_is_shown_to_nobody_else(browserlike: Client, post: Post) -> None:
    DiscussionSettings.objects.create(holds_first_comment=False)
    words = {"comment": "My own", "author": "Ada", "email": "", "url": ""}
    browserlike.post(f"{post.get_absolute_url()}respond/", words)
    comment = Comment.objects.get()
    own_link = f"/comments/{comment.pk}/delete/"

    assert own_link in page(browserlike, post)
    assert own_link not in page(Client(), post)
    assert own_link in page(browserlike, post)


def test_nothing_is_remembered_for_longer_than_ten_minutes(client: Client, post: Post) -> None:
    comment = CommentFactory(post=post, text="Erase me")
    page(client, post)
    comment.erase()
    CommentFactory(post=post)

    with time_machine.travel(timezone.now() + datetime.timedelta(minutes=11)):
        page(client, post)

    assert shown._render.kept.cache_info().currsize == 1
    assert structured._words.kept.cache_info().currsize == 1


def test_the_empty_form_is_made_once(client: Client, post: Post) -> None:
    shown._blank_form.cache_clear()
    first, again = page(client, post), page(client, post)

    assert shown._blank_form.cache_info().misses == 1
    assert f'action="{post.get_absolute_url()}respond/' in first
    assert first == again


def test_what_the_empty_form_depends_on_is_on_the_next_page(client: Client, post: Post) -> None:
    assert '<label for="respond-email">Email <span class="optional">' in page(client, post)
    DiscussionSettings.objects.create(requires_email=True)
    assert '<label for="respond-email">Email</label>' in page(client, post)
    assert "Deja una respuesta" in page(client, post, "/es")
    other = PostFactory()
    assert f'action="{other.get_absolute_url()}respond/' in page(client, other)


def test_what_somebody_typed_is_in_nobody_else_s_form(browserlike: Client, post: Post) -> None:
    page(browserlike, post)
    words = {"comment": "Half a thought", "author": "", "email": "ada@example.org", "url": ""}
    refused = browserlike.post(f"{post.get_absolute_url()}respond/", words)
    assert "Half a thought" in refused.content.decode()

    for visitor in (browserlike, Client()):
        assert "Half a thought" not in page(visitor, post)
        assert "ada@example.org" not in page(visitor, post)
