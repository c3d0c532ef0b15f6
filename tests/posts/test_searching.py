"""Readers search: what is found, what never is, and what nobody can break."""

import datetime
import re

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import DjangoAssertNumQueries

from comments.models import Comment
from posts.models import Post, SearchEntry
from posts.search import finding, keeping
from posts.search.spelling import distance
from posts.search.words import parse
from tests.factories import CategoryFactory, CommentFactory, PostFactory

pytestmark = pytest.mark.django_db

RUDE = [
    'a" OR *',
    '"',
    '""',
    "NEAR(a b)",
    "title:x",
    "^x",
    "x*",
    "-x",
    "(",
    "a & b | !c",
    "x:*",
    "'; DROP TABLE posts_post; --",
    "%s",
    "%(q)s",
    "{table}",
    "\\",
    "a\x00b",
    "\ud800",
    "🙂",
    "́",
    "a " * 500,
    "w" * 5000,
    "AND OR NOT",
    "the of and",
]


def post(title: str = "A post", body: str = "Words.", **facts: object) -> Post:
    made: Post = PostFactory(title=title, body=f"<p>{body}</p>", **facts)
    keeping.put(made)
    return made


def titles(text: str) -> list[str]:
    return [re.sub("<[^>]+>", "", hit.title) for hit in finding.find(text).hits]


def test_words_are_found_wherever_they_stand_and_titles_come_first() -> None:
    post("Elsewhere", "They called the hotline, once.")
    post("The hotline", "It is answered at night.")
    post("Neither", "Nothing of the kind.")

    assert titles("hotline") == ["The hotline", "Elsewhere"]
    assert titles("hotline night") == ["The hotline"]
    assert titles("HOTLINE") == ["The hotline", "Elsewhere"]


def test_other_forms_of_a_word_and_unfinished_words_are_found() -> None:
    post("One", "Survivors of trafficking spoke.")

    assert titles("trafficked") == ["One"]
    assert titles("surviv") == ["One"]
    assert titles('"survivors of trafficking"') == ["One"]
    assert titles('"trafficking survivors"') == []


def test_categories_authors_and_words_without_their_accents_are_found() -> None:
    made: Post = PostFactory(title="Un día", body="<p>La migración</p>")
    made.categories.add(CategoryFactory(name="Fieldwork"))
    keeping.put(made)

    assert titles("fieldwork") == titles("migracion") == titles("dia") == ["Un día"]


def test_a_slip_of_the_finger_finds_what_was_meant(client: Client) -> None:
    post("The hotline", "It is answered at night.")

    page = client.get("/search/", {"q": "hotlnie"}).content.decode()

    assert "Nothing was found for “hotlnie”. This is what “hotline” finds:" in page
    assert "<mark>hotline</mark>" in page


def test_the_words_of_a_draft_cannot_be_fished_for() -> None:
    post("Hidden", "A whistleblower spoke.", status=Post.Status.DRAFT)
    post("Locked", "A whistleblower spoke.", password="x")
    later = timezone.now() + datetime.timedelta(days=1)
    post("Later", "A whistleblower spoke.", published_at=later)

    assert not finding.find("whistleblower")
    assert not finding.find("whistleblwoer")


def test_a_post_that_is_withdrawn_or_deleted_is_found_no_more() -> None:
    gone, deleted = post("Gone", "lighthouse"), post("Deleted", "lighthouse")
    assert len(titles("lighthouse")) == 2

    gone.status = Post.Status.WITHDRAWN
    gone.save()
    deleted.delete()

    assert titles("lighthouse") == []


def test_a_changed_post_is_found_by_its_new_words_alone() -> None:
    made = post("A post", "lighthouse")

    made.body = "<p>harbour</p>"
    made.save()
    keeping.catch_up()

    assert titles("lighthouse") == []
    assert titles("harbour") == ["A post"]


def test_publishing_makes_a_post_findable(tmp_path: object, client: Client) -> None:
    call_command("starter", verbosity=0)
    assert not SearchEntry.objects.exists(), "the announcement waits for the commit"

    assert keeping.catch_up()

    assert "Polaris Project" in client.get("/search/?q=hotline").content.decode()


def test_comments_are_found_by_choice_and_only_what_everybody_may_read(client: Client) -> None:
    made = post("A post", "Nothing.")
    CommentFactory(post=made, name="Ada", text="The lighthouse keeper helped.")
    CommentFactory(post=made, text="A held lighthouse", status=Comment.Status.PENDING)
    hidden = PostFactory(status=Post.Status.DRAFT)
    CommentFactory(post=hidden, text="A lighthouse under a draft")

    without = client.get("/search/?q=lighthouse").content.decode()
    page = client.get("/search/?q=lighthouse&comments=1").content.decode()

    assert "keeper" not in without
    assert "The <mark>lighthouse</mark> keeper helped." in page
    assert "held" not in page
    assert "draft" not in page


def test_an_erased_comment_is_found_no_more_however_it_was_erased() -> None:
    made = post("A post")
    comment = CommentFactory(post=made, text="lighthouse")
    assert finding.find("lighthouse", with_others=True).others

    Comment.objects.filter(pk=comment.pk).update(text="")

    assert not finding.find("lighthouse", with_others=True)


@pytest.mark.parametrize("text", RUDE)
def test_nothing_typed_breaks_the_search(client: Client, text: str) -> None:
    post("A post", "Words of the hotline")
    CommentFactory(text="Words")

    answer = client.get("/search/", {"q": text.encode("utf-8", "replace"), "comments": "1"})

    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(max_size=80))
def test_no_text_at_all_breaks_the_search(text: str) -> None:
    assert finding.find(text, with_others=True) is not None
    assert all(word == word.lower() for word in parse(text).words)


def test_markup_in_texts_and_questions_stays_text(client: Client) -> None:
    post("A <b>bold</b> title", "A lighthouse 1 &lt; 2 &amp; 3")

    page = client.get("/search/", {"q": 'lighthouse "><script>alert(1)</script>'}).content.decode()
    found = client.get("/search/", {"q": "lighthouse"}).content.decode()

    assert "<script>alert" not in page
    assert "A &lt;b&gt;bold&lt;/b&gt; title" in found
    assert "A <mark>lighthouse</mark> 1 &lt; 2 &amp; 3" in found


def test_long_results_have_pages_with_real_links(client: Client) -> None:
    for number in range(12):
        post(f"Lighthouse {number}")

    first = client.get("/search/?q=lighthouse").content.decode()
    second = client.get("/search/?q=lighthouse&page=2").content.decode()

    assert "12 articles were found." in first
    assert 'href="?q=lighthouse&amp;page=2"' in first
    assert len(re.findall("<h2 dir", first)), len(re.findall("<h2 dir", second)) == (10, 2)
    for page in ("0", "-1", "x", "99999999999", "١"):
        assert client.get("/search/", {"q": "lighthouse", "page": page}).status_code == 200


def test_asking_without_end_is_asked_to_wait(client: Client) -> None:
    for _ in range(30):
        assert client.get("/search/?q=a").status_code == 200

    answer = client.get("/search/?q=a")

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "second" in answer.content.decode()
    assert client.get("/search/").status_code == 200


def test_searching_costs_the_same_however_much_is_found(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    counts = []
    for number in range(8):
        CommentFactory(post=post(f"Lighthouse {number}"), text="lighthouse")
        if number in (2, 7):
            with django_assert_max_num_queries(20) as queries:
                client.get("/search/?q=lighthouse&comments=1")
            counts.append(len(queries))

    assert counts[0] == counts[1]


def test_the_index_comes_back_when_a_migration_has_dropped_its_triggers() -> None:
    post("The hotline")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DROP TABLE posts_searchentry_fts")
        else:
            cursor.execute("DROP TRIGGER posts_searchentry_fts_put")

    keeping.ensure()
    post("Another hotline")

    assert sorted(titles("hotline")) == ["Another hotline", "The hotline"]


def test_search_can_be_made_anew() -> None:
    PostFactory(title="The hotline")
    assert titles("hotline") == []

    call_command("rebuild_search", verbosity=0)

    assert titles("hotline") == ["The hotline"]


@pytest.mark.parametrize(
    ("one", "other", "slips"),
    [
        ("", "", 0),
        ("a", "", 1),
        ("hotlnie", "hotline", 1),
        ("ab", "ba", 1),
        ("kitten", "sitting", 3),
    ],
)
def test_slips_are_counted_as_people_make_them(one: str, other: str, slips: int) -> None:
    assert distance(one, other) == distance(other, one) == slips


def test_wordpress_searches_and_missing_pages_lead_to_the_search(client: Client) -> None:
    post("Polaris Project", slug="polaris-project")

    moved = client.get("/?s=hot+line")
    page = client.get("/2011/polaris-projekt/")

    assert (moved.status_code, moved.headers["Location"]) == (301, "/search/?q=hot+line")
    assert page.status_code == 404
    assert "Perhaps you were looking for" in page.content.decode()
    assert 'role="search"' in page.content.decode()
