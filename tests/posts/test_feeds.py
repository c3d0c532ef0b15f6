"""Feeds: complete, well-formed for every reader, and cheap for those that poll."""

import datetime
import json
import re
from email.utils import parsedate_to_datetime

import feedparser
import pytest
from defusedxml import ElementTree
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from posts.models import Post, Site
from tests.factories import CategoryFactory, PostFactory, UserFactory

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = (
    "</script><script>alert(1)</script>",
    "]]> & <b>bold</b> ' \"",
    "bell \x07 and null-like \x1f",
    "نور שלום 中文 ﷽ 👩‍👩‍👧",
    "\u202eturned\u2028line",
    "1 < 2 &amp; 3",
)


@pytest.fixture
def lists() -> list[str]:
    """The addresses of every kind of list, each holding one article."""
    post: Post = PostFactory(
        title="Full words",
        author=UserFactory(name="Ada"),
        body='<p>First. <a href="/safety/">Safe</a></p><p>Last &amp; least.</p>',
    )
    category = CategoryFactory()
    post.categories.add(category)
    tag = post.tags.create(name="Signs", slug="signs")
    author = f"/author/{post.author_id}/"
    return ["/", category.get_absolute_url(), tag.get_absolute_url(), author]


def body(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def test_every_list_has_its_feeds_in_full_text(client: Client, lists: list[str]) -> None:
    for url in lists:
        for form in ("feed/", "feed/rss2/", "feed/atom/"):
            feed = feedparser.parse(client.get(url + form).content)
            assert not feed.bozo, (url, form, feed.get("bozo_exception"))
            (entry,) = feed.entries
            assert entry.title == "Full words"
            assert entry.author == "Ada"
            assert "Last &amp; least." in entry.content[0].value
            assert 'href="http://testserver/safety/"' in entry.content[0].value
            assert {tag.term for tag in entry.tags} >= {"Signs"}
            assert feed.feed.language == "en"
        feed = json.loads(body(client, f"{url}feed/json/"))
        assert feed["items"][0]["content_html"].count("http://testserver/safety/") == 1


def test_pages_name_their_feeds(client: Client, lists: list[str]) -> None:
    for url in lists:
        page = body(client, url)
        for form in ("", "atom/", "json/"):
            assert f'href="http://testserver{url}feed/{form}"' in page


def test_rss_holds_what_its_specification_asks_for(client: Client, lists: list[str]) -> None:
    channel = ElementTree.fromstring(body(client, "/feed/")).find("channel")

    assert [channel.findtext(name) for name in ("title", "link", "description")] == [
        "Polaris Blog",
        "http://testserver/",
        "Notes from the work against trafficking",
    ]
    link = channel.find(f"{ATOM}link")
    assert (link.get("rel"), link.get("href")) == ("self", "http://testserver/feed/")
    assert parsedate_to_datetime(channel.findtext("lastBuildDate"))
    item = channel.find("item")
    assert item.find("guid").get("isPermaLink") == "false"
    assert parsedate_to_datetime(item.findtext("pubDate")).tzinfo


def test_atom_holds_what_its_specification_asks_for(client: Client, lists: list[str]) -> None:
    """RFC 4287, sections 4.1.1 and 4.1.2."""
    feed = ElementTree.fromstring(body(client, "/feed/atom/"))

    for place in (feed, feed.find(f"{ATOM}entry")):
        for name in ("id", "title", "updated", "author"):
            assert len(place.findall(f"{ATOM}{name}")) == 1, (place.tag, name)
        assert datetime.datetime.fromisoformat(place.findtext(f"{ATOM}updated")).tzinfo
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links["self"] == "http://testserver/feed/atom/"


def test_json_feed_holds_what_its_specification_asks_for(client: Client, lists: list[str]) -> None:
    answer = client.get("/feed/json/")
    feed = answer.json()

    assert answer.headers["Content-Type"].startswith("application/feed+json")
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert (feed["home_page_url"], feed["feed_url"]) == (
        "http://testserver/",
        "http://testserver/feed/json/",
    )
    (item,) = feed["items"]
    assert isinstance(item["id"], str)
    for name in ("date_published", "date_modified"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", item[name])
    assert item["authors"] == [{"name": "Ada"}]


def test_an_unchanged_feed_is_not_sent_twice(
    client: Client, lists: list[str], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for form in ("feed/", "feed/atom/", "feed/json/"):
        first = client.get(f"/{form}")
        assert "public" in first.headers["Cache-Control"]
        with django_assert_num_queries(4):
            again = client.get(f"/{form}", headers={"If-None-Match": first.headers["ETag"]})
        by_date = client.get(
            f"/{form}", headers={"If-Modified-Since": first.headers["Last-Modified"]}
        )
        assert (again.status_code, again.content) == (304, b"")
        assert by_date.status_code == 304
        assert again.headers["Cache-Control"] == first.headers["Cache-Control"]


def test_a_change_is_news(client: Client, lists: list[str]) -> None:
    etags = [client.get("/feed/").headers["ETag"]]

    Post.objects.get().save()
    etags.append(client.get("/feed/").headers["ETag"])
    PostFactory(published_at=timezone.now() - datetime.timedelta(days=400))
    etags.append(client.get("/feed/").headers["ETag"])
    Post.objects.filter(title="Full words").update(status=Post.Status.WITHDRAWN)
    etags.append(client.get("/feed/").headers["ETag"])

    assert len(set(etags)) == 4


def test_feeds_hold_the_newest_and_nothing_unpublished(client: Client) -> None:
    for number in range(12):
        days = datetime.timedelta(days=number + 1)
        PostFactory(title=f"Day {number}", published_at=timezone.now() - days)
    PostFactory(title="Draft", status=Post.Status.DRAFT)
    PostFactory(title="Page", kind=Post.Kind.PAGE)

    feed = feedparser.parse(client.get("/feed/").content)

    assert [entry.title for entry in feed.entries] == [f"Day {number}" for number in range(10)]


@pytest.mark.parametrize("facts", [{"password": "x"}, {"content_note": "Violence."}])
def test_what_is_kept_back_on_the_page_is_kept_back_in_feeds(
    client: Client, facts: dict[str, str]
) -> None:
    PostFactory(title="Careful", body="<p>The detail.</p>", **facts)

    for form in ("feed/", "feed/atom/", "feed/json/"):
        feed = body(client, f"/{form}")
        assert "Careful" in feed
        assert "The detail." not in feed


def test_hostile_words_stay_words_in_every_feed(client: Client) -> None:
    Site.objects.create(name=HOSTILE[1], tagline=HOSTILE[0])
    for words in HOSTILE:
        PostFactory(title=words, body=f"<p>{words}</p>", author=UserFactory(name=words))

    for form in ("feed/", "feed/atom/"):
        document = client.get(f"/{form}").content
        ElementTree.fromstring(document)
        feed = feedparser.parse(document)
        assert not feed.bozo, feed.get("bozo_exception")
        assert len(feed.entries) == len(HOSTILE)
        assert not any("<script" in entry.content[0].value for entry in feed.entries)
    assert len(client.get("/feed/json/").json()["items"]) == len(HOSTILE)


def test_addresses_come_from_the_site_and_never_from_the_host_header(client: Client) -> None:
    post = PostFactory()
    for url in ("/feed/", "/feed/atom/", "/feed/json/", "/sitemap.xml", "/robots.txt"):
        answer = client.get(url, headers={"host": "localhost", "x-forwarded-host": "evil.example"})
        assert b"localhost" not in answer.content, url
        assert b"evil" not in answer.content, url
    page = client.get(post.get_absolute_url(), headers={"host": "localhost"}).content
    assert b"//localhost" not in page


def test_an_empty_blog_has_feeds_too(client: Client) -> None:
    for form in ("feed/", "feed/atom/"):
        assert not feedparser.parse(client.get(f"/{form}").content).bozo
    assert client.get("/feed/json/").json()["items"] == []
    assert client.get("/category/none/feed/").status_code == 404
