"""Readers find their way through a conversation of any length, at the same cost."""

import re

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from comments import reading
from comments.models import Comment, Conversation, DiscussionSettings
from comments.visiting import Visitor
from posts.models import Category, Post, Tag
from tests.factories import CommentFactory, PostFactory, UserFactory

pytestmark = pytest.mark.django_db


def numbers(page: str) -> list[int]:
    return [int(n) for n in re.findall(r'<article class="h-cite[^>]* id="comment-(\d+)"', page)]


def get(url: str, client: Client | None = None) -> str:
    answer = (client or Client()).get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


@pytest.fixture
def long_post(db: None) -> Post:
    """Seven threads, the second with two replies; three threads to a page."""
    DiscussionSettings.objects.create(threads_per_page=3)
    post: Post = PostFactory()
    threads = [CommentFactory(post=post) for _ in range(7)]
    for _ in range(2):
        CommentFactory(post=post, parent=threads[1])
    return post


def test_pages_hold_whole_threads_and_real_links(long_post: Post) -> None:
    url = long_post.get_absolute_url()

    first, second, third = get(url), get(f"{url}comment-page-2/"), get(f"{url}comment-page-3/")

    assert [len(numbers(page)) for page in (first, second, third)] == [5, 3, 1]
    assert len({*numbers(first), *numbers(second), *numbers(third)}) == 9
    assert f'<a rel="next" href="{url}comment-page-2/#comments">' in first
    assert f'<a rel="prev" href="{url}#comments">' in second
    assert "Page 2 of 3" in second
    for page in (first, second, third):
        assert f"9 thoughts on “{long_post.title}”" in page


def test_each_page_names_its_own_canonical_address(long_post: Post) -> None:
    url = long_post.get_absolute_url()

    assert f'rel="canonical" href="http://testserver{url}"' in get(f"{url}?order=newest")
    second = get(f"{url}comment-page-2/")
    assert f'rel="canonical" href="http://testserver{url}comment-page-2/"' in second


@pytest.mark.parametrize("page", ["0", "4", "99999999999999999999", "x"])
def test_a_page_that_is_not_there_is_404(long_post: Post, page: str) -> None:
    answer = Client().get(f"{long_post.get_absolute_url()}comment-page-{page}/")

    assert answer.status_code == (301 if page == "0" else 404)


def test_there_is_one_address_for_the_first_page(long_post: Post) -> None:
    url = long_post.get_absolute_url()

    answer = Client().get(f"{url}comment-page-1/")

    assert (answer.status_code, answer["Location"]) == (301, url)


def test_newest_first_is_the_sites_default_or_the_readers_choice(long_post: Post) -> None:
    url = long_post.get_absolute_url()
    oldest = numbers(get(url))

    newest = numbers(get(f"{url}?order=newest"))
    DiscussionSettings.objects.update(newest_first=True)

    assert newest[0] == max(Comment.objects.filter(parent=None).values_list("pk", flat=True))
    assert numbers(get(url)) == newest
    assert numbers(get(f"{url}?order=oldest")) == oldest
    assert f'href="{url}comment-page-2/?order=oldest#comments"' in get(f"{url}?order=oldest")


@pytest.mark.parametrize("query", ["order=x", "part=0", "part=x", "part=99", "part=" + "9" * 40])
def test_strange_words_in_the_address_are_no_error(long_post: Post, query: str) -> None:
    assert get(f"{long_post.get_absolute_url()}?{query}")


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_comments_own_address_leads_to_the_page_it_stands_on(
    long_post: Post, newest_first: bool
) -> None:
    DiscussionSettings.objects.update(newest_first=newest_first)
    pinned = Comment.objects.filter(parent=None).order_by("pk")[4]
    pinned.is_pinned = True
    pinned.save()

    for comment in Comment.objects.on(long_post):
        answer = Client().get(comment.get_absolute_url())
        assert answer.status_code == 302
        page, anchor = answer["Location"].split("#")
        assert anchor == f"comment-{comment.pk}"
        assert comment.pk in numbers(get(page))


def test_a_held_comment_has_no_address_for_others(post: Post) -> None:
    held = CommentFactory(post=post, status=Comment.Status.PENDING)

    assert Client().get(held.get_absolute_url()).status_code == 404
    assert Client().get("/comments/99999999999999999999999/").status_code == 404


def test_a_pinned_thread_stands_before_all_others(long_post: Post) -> None:
    pinned = Comment.objects.filter(parent=None).last()
    assert pinned
    pinned.is_pinned = True
    pinned.save()

    for query in ("", "?order=newest"):
        page = get(long_post.get_absolute_url() + query)
        assert numbers(page)[0] == pinned.pk
        assert "Pinned" in page


def test_an_endless_thread_is_cut_into_parts_that_lose_nothing(post: Post) -> None:
    first = CommentFactory(post=post)
    for number in range(reading.ROWS_IN_PART + 30):
        CommentFactory(post=post, parent=first, text=f"Reply {number}")
    url = post.get_absolute_url()

    one, two = get(url), get(f"{url}?part=2")

    assert len(numbers(one)) == reading.ROWS_IN_PART
    assert len({*numbers(one), *numbers(two)}) == reading.ROWS_IN_PART + 31
    assert f'rel="next" href="{url}?part=2#comments"' in one
    assert "In reply to an earlier comment" in two
    last = Comment.objects.order_by("pk").last()
    assert last
    location = Client().get(last.get_absolute_url())["Location"]
    assert location == f"{url}?part=2#comment-{last.pk}"


@pytest.mark.parametrize(
    ("threads", "replies", "threads_per_page"),
    [(0, 0, 50), (1, 148, 50), (1, 149, 50), (2, 148, 50), (2, 149, 2), (3, 298, 2), (3, 299, 50)],
)
def test_a_new_comment_is_found_where_its_writer_is_sent(
    post: Post,
    browserlike: Client,
    settings: Settings,
    threads: int,
    replies: int,
    threads_per_page: int,
) -> None:
    settings.RATE_LIMITS = False
    DiscussionSettings.objects.create(
        holds_first_comment=False, threads_per_page=threads_per_page, newest_first=False
    )
    firsts = [CommentFactory(post=post) for _ in range(threads)]
    Comment.objects.bulk_create(
        Comment(post=post, parent=firsts[-1], name="Ada", text="Yes", status="approved")
        for _ in range(replies)
    )
    Conversation.recount(post.pk, Comment.objects.all())
    fields = {"comment": "New words", "author": "Rosa"}

    answer = browserlike.post(f"{post.get_absolute_url()}respond/", fields)

    new = Comment.objects.get(text="New words")
    assert answer["Location"] == Client().get(new.get_absolute_url())["Location"]
    assert new.pk in numbers(get(answer["Location"]))


def test_a_held_comment_lengthens_the_conversation_for_its_writer_only(long_post: Post) -> None:
    DiscussionSettings.objects.update(threads_per_page=7)
    reader = UserFactory()
    mine = CommentFactory(post=long_post, reader=reader, status=Comment.Status.PENDING)
    client = Client()
    client.force_login(reader)

    place = reading.place_of(mine, Visitor(reader=reader))

    assert place == reading.Place(page=2)
    page = get(f"{long_post.get_absolute_url()}comment-page-2/", client)
    assert "Your comment is awaiting moderation." in page
    assert Client().get(f"{long_post.get_absolute_url()}comment-page-2/").status_code == 404


def test_a_page_costs_seven_queries_however_long_the_conversation(
    post: Post, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    post.categories.add(Category.objects.create(name="News", slug="news"))
    post.tags.add(Tag.objects.create(name="Word", slug="word"))
    DiscussionSettings.objects.create()
    call_command("fill", post.slug, "60")
    url = post.get_absolute_url()

    with django_assert_num_queries(7):
        get(url)
    call_command("fill", post.slug, "600")
    for address in (url, f"{url}comment-page-5/", f"{url}?order=newest"):
        with django_assert_num_queries(7):
            get(address)


def test_reactions_elsewhere_are_found_without_reading_the_conversation(post: Post) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # So few rows would be read whole.
            cursor.execute("SET LOCAL enable_seqscan = off")
    plan = reading._rows(post.pk, 50, reading.FIRST, "", {}).explain()
    assert "comment_reactions" in plan


def test_filling_counts_and_places_what_it_stores(post: Post) -> None:
    call_command("fill", post.slug, "300")
    call_command("fill", post.slug, "100")

    assert f"400 thoughts on “{post.title}”" in get(post.get_absolute_url())
    assert not Comment.objects.filter(path="").exists()
    assert Comment.objects.filter(parent__isnull=False).exists()


def test_strangers_all_see_the_same_bytes_and_get_no_cookie(long_post: Post) -> None:
    url = f"{long_post.get_absolute_url()}comment-page-2/"

    one, two = Client().get(url), Client(headers={"user-agent": "other"}).get(url)

    assert one.content == two.content
    assert not one.cookies
    assert "public" in one["Cache-Control"]


def test_old_posts_close_by_themselves(post: Post) -> None:
    DiscussionSettings.objects.create(closes_after_days=2)

    page = get(post.get_absolute_url())
    post.published_at = timezone.now()
    post.save()

    assert "Comments are closed." in page
    assert "Leave a Reply" not in page
    assert "Leave a Reply" in get(post.get_absolute_url())


def test_a_picture_that_its_reader_chose_to_show_stands_beside_the_name(post: Post) -> None:
    CommentFactory(post=post, reader=UserFactory(picture_key="abc123"))
    CommentFactory(post=post, reader=UserFactory())

    page = get(post.get_absolute_url())

    assert page.count(reverse("picture", args=["abc123"])) == 1
