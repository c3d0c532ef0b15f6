"""Forms may lead to a provider from the pages that hold its button, and from nowhere else."""

import re

import pytest
from django.test import Client

from posts.models import Post
from tests.factories import CommentFactory, UserFactory
from tests.signing_in import PROVIDERS, World

pytestmark = pytest.mark.django_db

ALL = {
    "'self'",
    *("https://public-api.wordpress.com", "https://wordpress.com", "https://x.com"),
    *("https://twitter.com", "https://www.facebook.com", "https://m.facebook.com"),
    "https://accounts.google.com",
}


def form_targets(client: Client, path: str) -> set[str]:
    policy = client.get(path)["Content-Security-Policy"]
    found = re.search(r"form-action ([^;]*)", policy)
    assert found
    return set(found[1].split())


def test_pages_with_buttons_name_the_providers(client: Client, world: World, post: Post) -> None:
    for path in (post.get_absolute_url(), "/accounts/sign-in/", "/accounts/sign-in/google/"):
        # Twice: what is remembered of a page must say it, too.
        assert form_targets(client, path) == form_targets(client, path) == ALL, path
    client.force_login(UserFactory())
    assert form_targets(client, "/accounts/me/") == ALL


def test_other_pages_do_not(client: Client, world: World, post: Post) -> None:
    for path in ("/", "/accounts/login/", "/nowhere/"):
        assert form_targets(client, path) == {"'self'"}, path
    client.force_login(UserFactory())
    assert form_targets(client, post.get_absolute_url()) == {"'self'"}


def test_what_is_typed_into_a_text_moves_no_policy(
    client: Client, world: World, post: Post
) -> None:
    CommentFactory(post=post, text="data-provider=google")
    client.force_login(UserFactory())

    assert "data-provider=" in client.get(post.get_absolute_url()).content.decode()
    assert form_targets(client, post.get_absolute_url()) == {"'self'"}
    assert form_targets(client, "/search/?q=data-provider%3D&comments=1") == {"'self'"}


def test_without_providers_no_page_does(client: Client, post: Post) -> None:
    assert form_targets(client, post.get_absolute_url()) == {"'self'"}


def test_a_strangers_page_has_all_buttons_and_no_cookie(
    client: Client, world: World, post: Post
) -> None:
    answer = client.get(post.get_absolute_url())

    page = answer.content.decode()
    for provider in PROVIDERS:
        assert f'data-provider="{provider}"' in page
        assert f'formaction="/accounts/sign-in/{provider}/"' in page
    assert not answer.cookies
    assert answer.content == Client().get(post.get_absolute_url()).content
