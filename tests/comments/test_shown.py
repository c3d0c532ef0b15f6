"""What is remembered of a response is never another's, never old, and not kept for long."""

import datetime

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from comments import shown
from comments.models import Comment, DiscussionSettings
from posts.models import Post
from tests.factories import CommentFactory, PostFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def post() -> Post:
    shown._render.cache_clear()
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


def test_a_page_asks_for_no_markup_twice(client: Client, post: Post) -> None:
    for _ in range(3):
        CommentFactory(post=post)
    page(client, post)
    made = shown._render.cache_info().misses

    page(client, post)

    assert shown._render.cache_info().misses == made == 3


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

    assert shown._render.cache_info().currsize == 1
