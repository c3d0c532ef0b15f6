"""Where a reader may go on after a post, made when posts are published."""

import datetime
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from posts import dressing, related
from posts.models import Post, RelatedPost, Tag
from posts.search import keeping
from tests.factories import CategoryFactory, PostFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def posts() -> list[Post]:
    """Ten days of posts; the third and the eighth share a tag, the fifth the eighth's words."""
    tag = Tag.objects.create(name="Signs", slug="signs")
    made = []
    for day in range(10):
        about = (
            "lighthouse keepers remember harbours" if day in (5, 8) else f"topic{day} other{day}"
        )
        post: Post = PostFactory(
            title=f"Day {day}",
            body=f"<p>{about}</p>",
            published_at=timezone.now() - datetime.timedelta(days=20 - day),
        )
        if day in (3, 8):
            post.tags.add(tag)
        keeping.put(post)
        made.append(post)
    return made


def others(post: Post) -> list[str]:
    return [row.other.title for row in RelatedPost.objects.filter(post=post)]


def test_shared_tags_and_shared_words_relate_posts_both_ways(posts: list[Post]) -> None:
    dressing.dress(posts[8].pk)

    assert others(posts[8]) == ["Day 3", "Day 5"]
    assert others(posts[3]) == ["Day 8"]
    assert others(posts[5]) == ["Day 8"]

    dressing.dress(posts[8].pk)
    assert others(posts[8]) == ["Day 3", "Day 5"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_may_relate_the_same_posts_at_once(posts: list[Post]) -> None:
    both = threading.Barrier(2)

    def work() -> None:
        try:
            both.wait(timeout=20)
            for post in posts[3:9]:
                related.relate(post)
        finally:
            connection.close()

    for _ in range(3):
        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(work), pool.submit(work)]:
                done.result()
    assert others(posts[8])
    assert others(posts[3]) == ["Day 8"]


def test_the_page_shows_them_and_its_neighbours(client: Client, posts: list[Post]) -> None:
    dressing.dress(posts[8].pk)

    page = client.get(posts[8].get_absolute_url()).content.decode()

    start = page.index("On the same subject")
    assert page.index("Day 3", start) < page.index("Day 5", start)
    assert 'rel="prev"><span class="quiet">Earlier</span> <bdi>Day 7' in page
    assert 'rel="next"><span class="quiet">Later</span> <bdi>Day 9' in page


def test_what_is_withdrawn_is_not_recommended(client: Client, posts: list[Post]) -> None:
    dressing.dress(posts[8].pk)
    Post.objects.filter(pk=posts[3].pk).update(status=Post.Status.WITHDRAWN)

    assert "Day 3" not in client.get(posts[8].get_absolute_url()).content.decode()


def test_nothing_in_common_recommends_nothing(client: Client, posts: list[Post]) -> None:
    dressing.dress(posts[0].pk)

    assert "On the same subject" not in client.get(posts[0].get_absolute_url()).content.decode()


def test_sticky_articles_come_first_and_once(client: Client, posts: list[Post]) -> None:
    Post.objects.filter(pk=posts[2].pk).update(is_sticky=True)

    page = client.get("/").content.decode()

    assert page.index("Day 2") < page.index("Day 9")
    assert page.count(">Day 2<") == 1


def test_a_category_shows_what_stands_in_its_own_categories(client: Client) -> None:
    outer = CategoryFactory(name="Outer")
    inner = CategoryFactory(name="Inner", parent=outer)
    PostFactory(title="Within").categories.add(inner)

    page = client.get(inner.get_absolute_url()).content.decode()

    assert "Within" in client.get(outer.get_absolute_url()).content.decode()
    assert f'<a href="{outer.get_absolute_url()}">Outer</a>' in page


def test_everything_is_reached_from_one_page(client: Client, posts: list[Post]) -> None:
    posts[0].categories.add(CategoryFactory(name="Shelf"))

    page = client.get("/archives/").content.decode()

    assert f"/{posts[0].published_at:%Y/%m}/" in page
    assert "Shelf" in page
    assert "Signs" in page
