"""What every answer tells a browser, and that reading leaves no trace."""

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse

from posts.models import Post
from tests.factories import AdministratorFactory, PostFactory, UserFactory
from tests.polarisblog import rules

pytestmark = pytest.mark.django_db

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
PAGES = ["/", "/nothing/", "/healthz", "/accounts/login/", "/admin/", "/static/css/tokens.css"]


@pytest.mark.parametrize("url", PAGES)
def test_every_answer_is_locked_down(client: Client, url: str) -> None:
    answer = client.get(url)

    for name, value in HEADERS.items():
        assert answer.headers.get(name) == value, name
    assert "camera=()" in answer.headers["Permissions-Policy"]
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_only_what_other_sites_show_of_an_article_and_a_secret_link_differ(
    client: Client, post: Post
) -> None:
    """The fourth exception is the desk's preview: tests/posts/test_desk.py."""
    url = post.get_absolute_url()
    draft = PostFactory(status=Post.Status.DRAFT)
    draft.share_preview()

    answers = {
        "card": client.get(f"{url}card.png"),
        "oembed": client.get("/oembed/", {"url": f"http://testserver{url}"}),
        "secret link": client.get(draft.get_preview_url()),
    }

    assert {answer.status_code for answer in answers.values()} == {200}
    differs = {
        name: rules.broken({key.lower(): value for key, value in answer.items()})
        for name, answer in answers.items()
    }
    assert differs == {
        "card": ["cross-origin-resource-policy"],
        "oembed": ["cross-origin-resource-policy", "access-control-allow-origin"],
        "secret link": ["referrer-policy"],
    }
    assert answers["secret link"]["Referrer-Policy"] == "no-referrer"


def test_the_admin_is_locked_down_too() -> None:
    client = Client()
    client.force_login(AdministratorFactory())

    policy = client.get("/admin/comments/comment/").headers["Content-Security-Policy"]

    assert "unsafe" not in policy


def test_a_strangers_page_is_the_same_bytes_for_everyone_and_sets_no_cookie(post: Post) -> None:
    for url in ("/", post.get_absolute_url(), "/nothing/"):
        one, other = Client().get(url), Client(headers={"accept-language": "de"}).get(url)
        assert one.content == other.content
        assert not one.cookies
        assert "csrfmiddlewaretoken" not in one.content.decode()
        assert "public" in one.headers["Cache-Control"]


def test_a_personal_page_is_kept_by_nobody(post: Post) -> None:
    client = Client()
    client.force_login(UserFactory())

    answer = client.get(post.get_absolute_url())

    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Cookie" in answer.headers["Vary"]


@pytest.mark.parametrize(
    "url", ["/", "/feed/", "/robots.txt", "/opensearch.xml", "/sitemap.xml", "/site.webmanifest"]
)
def test_what_sets_a_cookie_is_shared_with_nobody(url: str) -> None:
    """A dead session is taken away; a cache that kept that would log out everybody else."""
    dead = Client(headers={"cookie": "session=dead; csrf=x"})

    answer = dead.get(url)

    assert answer.status_code in (200, 404)
    assert answer.cookies
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_foreign_host_name_is_refused(client: Client) -> None:
    answer = client.get("/", headers={"host": "evil.example"})

    assert answer.status_code == 400
    assert "evil.example" not in answer.content.decode()


def test_exit_signs_out_and_leaves_nothing_behind() -> None:
    client = Client()
    client.force_login(UserFactory())

    answer = client.get(reverse("exit"))

    assert answer.status_code == 303
    assert answer["Location"].startswith("https://")
    assert "cookies" in answer.headers["Clear-Site-Data"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert "_auth_user_id" not in client.session


@override_settings(DEBUG=False)
def test_a_fault_is_a_page_for_people() -> None:
    """The page must not need what may have failed: here the database refuses every query."""

    def refuse(*args: object) -> None:
        raise RuntimeError("database away")

    PostFactory()
    client = Client(raise_request_exception=False)
    with connection.execute_wrapper(refuse):
        answer = client.get("/")

    assert answer.status_code == 500
    assert "database away" not in answer.content.decode()
    assert "<h1" in answer.content.decode()


@pytest.mark.parametrize("url", ["/nothing/at/all/", "/2011/01/11/nothing/"])
def test_unknown_addresses_look_the_same_in_development(url: str) -> None:
    with override_settings(DEBUG=True):
        answer = Client().get(url)

    assert answer.status_code == 404
    assert answer.content == Client().get(url).content
    assert "Content-Security-Policy" in answer.headers


def test_bad_requests_show_no_stack_trace_in_development(post: Post) -> None:
    url = f"{post.get_absolute_url()}respond/"
    with override_settings(DEBUG=True):
        client = Client(headers={"origin": "http://testserver"})
        foreign_host = client.get("/", headers={"host": "evil.example"})
        many_fields = client.post(url, {f"field{number}": "x" for number in range(2000)})

    for answer in (foreign_host, many_fields):
        assert answer.status_code == 400
        assert "Traceback" not in answer.content.decode()
        assert "Content-Security-Policy" in answer.headers
