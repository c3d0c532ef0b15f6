"""What is said, for feed readers: parsed, threaded, and nothing held."""

import feedparser
import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import DjangoAssertNumQueries

from comments.models import Comment
from posts.models import Post
from tests.factories import CommentFactory, PostFactory

pytestmark = pytest.mark.django_db


def parse(url: str) -> feedparser.FeedParserDict:
    answer = Client().get(url)
    assert answer.status_code == 200
    feed = feedparser.parse(answer.content)
    assert not feed.bozo, feed.get("bozo_exception")
    return feed


def addresses(post: Post) -> list[str]:
    url = post.get_absolute_url()
    return ["/comments/feed/", "/comments/feed/atom/", f"{url}feed/", f"{url}feed/atom/"]


def test_feeds_are_threaded_and_hold_what_everybody_can_read(post: Post) -> None:
    first = CommentFactory(post=post, name="Ada & Ben", text="A *first* word")
    reply = CommentFactory(post=post, parent=first, name="Chiara")
    CommentFactory(post=post, status=Comment.Status.PENDING, text="Held words")
    CommentFactory(post=PostFactory(status=Post.Status.DRAFT), text="On a draft")

    for url in addresses(post):
        feed = parse(url)
        text = Client().get(url).content.decode()
        assert [entry.id for entry in feed.entries] == [
            f"http://testserver/comments/{reply.pk}/",
            f"http://testserver/comments/{first.pk}/",
        ]
        answers = [entry["thr_in-reply-to"]["ref"] for entry in feed.entries]
        assert answers == [feed.entries[1].id, f"http://testserver{post.get_absolute_url()}"]
        assert "<em>first</em>" in feed.entries[1].summary
        assert "Held words" not in text


def test_titles_are_wordpresss(post: Post) -> None:
    CommentFactory(post=post, name="Ada")
    everywhere, of_post = parse("/comments/feed/"), parse(f"{post.get_absolute_url()}feed/")

    assert everywhere.entries[0].title == f"Comment on {post.title} by Ada"
    assert of_post.feed.title == f"Comments on: {post.title}"
    assert of_post.entries[0].title == "By: Ada"


def test_a_feed_costs_the_same_however_much_was_said(
    post: Post, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(12):
        CommentFactory(post=post, parent=CommentFactory(post=post))

    for url in addresses(post):
        with django_assert_max_num_queries(5):
            parse(url)


def test_an_empty_feed_and_a_post_that_is_not_there(post: Post) -> None:
    for url in addresses(post):
        assert parse(url).entries == []
    draft = PostFactory(status=Post.Status.DRAFT)
    assert Client().get(f"{draft.get_absolute_url()}feed/").status_code == 404


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(words=st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_no_words_break_a_feed(db: None, words: str) -> None:
    comment = CommentFactory(text=words, name=words[:200])

    for url in addresses(comment.post):
        assert parse(url).entries
