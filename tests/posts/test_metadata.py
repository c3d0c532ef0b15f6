"""What machines are told: one address, previews, structured data, and the way to everything."""

import io
import json
import re
from typing import Any

import pytest
from defusedxml import ElementTree
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.test import Client
from PIL import Image

from posts import cards, dressing, sitemaps
from posts.models import Post, Site
from tests.factories import CategoryFactory, CommentFactory, PostFactory, UserFactory

pytestmark = pytest.mark.django_db

BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def blocks(page: str) -> list[dict[str, Any]]:
    return [json.loads(block) for block in BLOCK.findall(page)]


def test_a_post_tells_previews_and_search_engines_what_it_is(client: Client) -> None:
    post: Post = PostFactory(title="A “title”", author=UserFactory(name="Ada"))
    post.categories.add(CategoryFactory(name="Events"))
    CommentFactory(post=post, name="Bo", text="Thank **you**.")
    url = f"http://testserver{post.get_absolute_url()}"

    page = text(client, post.get_absolute_url())

    assert f'<link rel="canonical" href="{url}">' in page
    for name, value in (("type", "article"), ("title", "A “title”"), ("url", url)):
        assert f'<meta property="og:{name}" content="{value}">' in page
    graph, conversation = blocks(page)
    posting, crumbs = graph["@graph"]
    assert (posting["@type"], posting["headline"]) == ("BlogPosting", "A “title”")
    assert posting["author"][0] == {
        "@type": "Person",
        "name": "Ada",
        "url": f"http://testserver/author/{post.author_id}/",
    }
    assert [step["name"] for step in crumbs["itemListElement"]] == [
        "Polaris Blog",
        "Events",
        "A “title”",
    ]
    assert conversation["@id"] == posting["@id"]
    assert conversation["comment"][0]["text"] == "Thank you."


def test_no_text_breaks_out_of_a_data_block(client: Client) -> None:
    evil = "</script><script>alert(1)</script>\u2028<!--"
    post = PostFactory(title=evil, author=UserFactory(name=evil), body=f"<p>{evil}</p>")
    CommentFactory(post=post, name=evil, text=evil)

    page = text(client, post.get_absolute_url())

    assert "<script>alert" not in page
    assert blocks(page)[0]["@graph"][0]["headline"] == evil
    assert not re.search("[<>&\u2028]", "".join(BLOCK.findall(page)))


def test_a_content_note_stands_in_for_the_detail_everywhere(client: Client) -> None:
    post = PostFactory(content_note="Violence.", body="<p>The detail of it.</p>")

    page = text(client, post.get_absolute_url())

    head = page[: page.index("</head>")]
    assert "Please note: Violence." in head
    assert "The detail" not in head
    assert "The detail" not in text(client, "/")


def test_a_post_behind_a_password_tells_machines_nothing(client: Client) -> None:
    post = PostFactory(body="<p>The secret of it.</p>")
    post.protect("open sesame")
    post.save()

    for url in (post.get_absolute_url(), "/", "/feed/", "/sitemap.xml"):
        assert "The secret" not in text(client, url)
    assert post.slug not in text(client, "/sitemap.xml")


def test_a_card_is_drawn_once_and_kept(client: Client) -> None:
    post = PostFactory(title="The first year after")
    dressing.dress(post.pk)
    name = cards.card_name(post.title, "Polaris Blog")
    assert default_storage.exists(name)
    default_storage.delete(name)

    page = text(client, post.get_absolute_url())
    url = re.search(r'og:image" content="http://testserver([^"]+)"', page)
    assert url
    answer = client.get(url[1])

    image = Image.open(io.BytesIO(answer.content))
    assert (image.format, image.size) == ("PNG", (1200, 630))
    assert len(answer.content) < 100_000
    assert default_storage.exists(name)
    again = client.get(url[1], headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_only_published_posts_have_a_card(client: Client) -> None:
    draft = PostFactory(status=Post.Status.DRAFT)

    assert client.get(f"{draft.get_absolute_url()}card.png").status_code == 404


@pytest.mark.parametrize(
    "title", ["", "w" * 250, "شكرا لكم على هذا المقال", "中文标题", "🙂", "a\nb\x00c", "\u202e" * 9]
)
def test_any_title_makes_a_card(title: str) -> None:
    assert Image.open(io.BytesIO(cards.draw(title, "Polaris Blog"))).size == (1200, 630)


def test_our_posts_can_be_shown_elsewhere(client: Client) -> None:
    post = PostFactory(title="1 < 2", author=UserFactory(name="Ada"))
    url = f"http://testserver{post.get_absolute_url()}"

    facts = client.get("/oembed/", {"url": url}).json()
    xml = ElementTree.fromstring(text(client, f"/oembed/?format=xml&url={url}"))

    assert (facts["type"], facts["version"], facts["title"]) == ("link", "1.0", "1 < 2")
    assert facts["thumbnail_url"].startswith(url)
    assert xml.findtext("title") == "1 < 2"
    assert "oembed/?url=" in text(client, post.get_absolute_url())
    assert client.get("/oembed/", {"url": url, "format": "yaml"}).status_code == 501


@pytest.mark.parametrize(
    "url", ["", "x", "http://[", "http://elsewhere.example/2011/01/11/x/", "http://testserver/"]
)
def test_addresses_that_are_no_posts_of_ours_are_not_embedded(client: Client, url: str) -> None:
    assert client.get("/oembed/", {"url": url}).status_code == 404


def test_the_sitemap_lists_what_is_public(client: Client) -> None:
    call_command("starter", verbosity=0)
    PostFactory(slug="draft", status=Post.Status.DRAFT)
    CategoryFactory(slug="empty")

    found = ElementTree.fromstring(client.get("/sitemap.xml").content)
    urls = [element.text for element in found.iter(f"{NAMESPACE}loc")]

    assert found.tag == f"{NAMESPACE}urlset"
    assert "http://testserver/2011/01/11/polaris-project/" in urls
    assert "http://testserver/category/organizations/" in urls
    assert not any("draft" in url or "empty" in url for url in urls)
    for url in urls:
        assert client.get(url.removeprefix("http://testserver")).status_code == 200, url


def test_a_large_sitemap_is_an_index_of_parts(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemaps, "MOST_IN_A_FILE", 2)
    for number in range(5):
        PostFactory(slug=f"number-{number}")

    index = ElementTree.fromstring(client.get("/sitemap.xml").content)
    parts = [element.text for element in index.iter(f"{NAMESPACE}loc")]
    documents = [text(client, part.removeprefix("http://testserver")) for part in parts]

    assert index.tag == f"{NAMESPACE}sitemapindex"
    assert len(parts) == 4
    assert sum(document.count("/number-") for document in documents) == 5
    assert client.get("/sitemap-4.xml").status_code == 404
    assert client.get("/sitemap-0.xml").status_code == 404


def test_robots_and_browsers_find_their_files(client: Client) -> None:
    Site.objects.create(profile_urls="https://social.example/@us\nhttps://other.example/us")

    assert "Sitemap: http://testserver/sitemap.xml" in text(client, "/robots.txt")
    search = ElementTree.fromstring(text(client, "/opensearch.xml"))
    (url,) = search.iter("{http://a9.com/-/spec/opensearch/1.1/}Url")
    assert url.get("template") == "http://testserver/search/?q={searchTerms}"
    manifest = client.get("/manifest.webmanifest").json()
    assert (manifest["name"], manifest["display"]) == ("Polaris Blog", "browser")
    page = text(client, "/")
    assert '<link rel="me" href="https://social.example/@us">' in page
    assert '<link rel="manifest" href="/manifest.webmanifest">' in page


def test_a_neutral_tab_title_stands_on_every_page(client: Client) -> None:
    Site.objects.create(tab_title="Notes")
    post = PostFactory(title="Hotline")

    for url in ("/", post.get_absolute_url(), "/search/?q=hotline", "/safety/", "/nowhere/"):
        page = client.get(url).content.decode()
        assert re.search("<title>(.*?)</title>", page, re.DOTALL)[1] == "Notes", url
        assert "img/plain.svg" in page
        assert "favicon" not in page
    assert client.get("/manifest.webmanifest").json()["name"] == "Notes"
