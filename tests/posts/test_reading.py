"""Readers find their way: the post, the lists, and what is not there."""

import datetime
import re

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from comments.models import Comment
from posts.models import Post, Site
from tests.factories import CategoryFactory, CommentFactory, PostFactory, UserFactory

pytestmark = pytest.mark.django_db

ARTICLE = "/2011/01/11/polaris-project/"


def text(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, url
    return answer.content.decode()


@pytest.fixture
def starter() -> None:
    call_command("starter", verbosity=0)


@pytest.mark.usefixtures("starter")
def test_the_starter_article_holds_its_facts(client: Client) -> None:
    page = re.sub(r"<[^>]+>|\s+", " ", text(client, ARTICLE))
    page = re.sub(r"\s+", " ", page)

    areas = [
        "Client Services",
        "Policy Advocacy",
        "National Human Trafficking Hotline",
        "Training and Technical Assistance",
        "Public Awareness",
        "Fellowship Program",
        "International Programs",
        "Campaigns",
    ]
    start = page.index("This is what they are involved in")
    positions = [page.index(area, start) for area in areas]
    assert positions == sorted(positions)
    for fact in ("1-888-3737-888", "over 11,000 calls", "24 hours a day", "Organizations"):
        assert fact in page
    assert "One thought on “Polaris Project”" in page
    assert "Pingback: Truck Stop Prostitution « Putting an End to Injustice Today" in page
    assert "1-888-373-7888" in page
    assert "233733" in page


@pytest.mark.usefixtures("starter")
def test_the_starter_never_touches_a_blog_that_has_something() -> None:
    Post.objects.update(title="Ours now")
    Comment.objects.all().delete()

    call_command("starter", verbosity=0)

    assert Post.objects.get().title == "Ours now"
    assert not Comment.objects.exists()


def test_a_post_says_what_it_is_in_microformats(client: Client) -> None:
    post = PostFactory(author=UserFactory(name="Ada"))
    post.categories.add(CategoryFactory(name="Events"))

    page = text(client, post.get_absolute_url())

    for mark in ("h-entry", "p-name", "e-content", "dt-published", "u-url", "p-author h-card"):
        assert re.search(rf'class="[^"]*\b{mark}\b', page), mark
    assert "Ada" in page
    assert "Events" in page


def test_unpublished_posts_do_not_exist_for_strangers(client: Client) -> None:
    draft = PostFactory(status=Post.Status.DRAFT)
    scheduled = PostFactory(published_at=timezone.now() + datetime.timedelta(days=1))

    for post in (draft, scheduled):
        assert client.get(post.get_absolute_url()).status_code == 404
        assert post.title not in text(client, "/")


def test_lists_show_their_posts_and_no_others(client: Client) -> None:
    when = datetime.datetime(2023, 4, 5, 12, tzinfo=datetime.UTC)
    author = UserFactory(name="Ada")
    mine = PostFactory(title="In the list", published_at=when, author=author)
    PostFactory(title="Not in it")
    category = CategoryFactory()
    mine.categories.add(category)

    for url in (
        category.get_absolute_url(),
        f"/author/{author.pk}/",
        "/2023/",
        "/2023/04/",
    ):
        page = text(client, url)
        assert "In the list" in page
        assert "Not in it" not in page


def test_long_lists_have_pages_with_real_links(client: Client) -> None:
    Site.objects.create(posts_per_page=2)
    for number in range(5):
        PostFactory(title=f"Number {number}")

    assert "/page/2/" in text(client, "/")
    assert "/page/3/" in text(client, "/page/2/")
    assert client.get("/page/4/").status_code == 404
    assert client.get("/page/0/").status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "/nothing/",
        "/category/nothing/",
        "/tag/nothing/",
        "/author/999999/",
        "/author/99999999999999999999999/",
        "/2011/13/",
        "/2011/02/31/x/",
        "/0000/01/01/x/",
        "/9999/12/31/x/",
        "/0000/",
        "/9999/12/",
        "/page/99999999999999999999999/",
        "/2011/01/11/%00/",
        "/2011/01/11/x%ff/",
        "/accounts/sign-in/nobody/",
    ],
)
def test_unknown_addresses_are_404_in_words(client: Client, url: str) -> None:
    page = text(client, url, status=404)

    assert "<h1" in page


def test_an_authors_page_exists_only_for_authors(client: Client) -> None:
    assert client.get(f"/author/{UserFactory().pk}/").status_code == 404


def test_a_post_costs_the_same_however_long_its_conversation(
    client: Client, post: Post, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(20):
        CommentFactory(post=post, reader=UserFactory())

    with django_assert_max_num_queries(8) as queries:
        client.get(post.get_absolute_url())
    before = len(queries)
    for _ in range(20):
        CommentFactory(post=post, reader=UserFactory())
    with django_assert_max_num_queries(8) as queries:
        client.get(post.get_absolute_url())
    assert len(queries) == before


def test_lists_cost_the_same_however_many_posts(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(12):
        PostFactory(author=UserFactory()).categories.add(CategoryFactory())

    with django_assert_max_num_queries(6):
        client.get("/")
