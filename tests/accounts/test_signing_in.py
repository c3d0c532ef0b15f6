"""The buttons that lead to a provider."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from accounts.providers import catalogue
from posts.models import Post
from tests.factories import UserFactory
from tests.processes import free_port

pytestmark = pytest.mark.django_db


def test_without_any_provider_there_is_no_dead_button(client: Client, post: Post) -> None:
    page = client.get(post.get_absolute_url()).content.decode()

    assert "data-provider" not in page
    assert "Leave a Reply" in page
    assert 'name="author"' in page


@pytest.mark.parametrize("name", ["google", "facebook", "twitter", "wordpress"])
def test_an_unconfigured_provider_is_404(client: Client, name: str) -> None:
    assert client.get(f"/accounts/sign-in/{name}/").status_code == 404
    assert client.post(f"/accounts/sign-in/{name}/").status_code == 404


@pytest.fixture
def google(settings: Settings) -> None:
    settings.SIGN_IN_PROVIDERS = {"google": "sandbox-google"}


@pytest.mark.usefixtures("google")
class TestWithAProvider:
    def test_the_form_has_its_button(self, client: Client, post: Post) -> None:
        page = client.get(post.get_absolute_url()).content.decode()

        assert "Fill in your details below or click an icon to log in:" in page
        assert 'data-provider="google"' in page
        assert 'alt="Google"' in page

    def test_a_link_alone_signs_nobody_in(self, client: Client) -> None:
        answer = client.get("/accounts/sign-in/google/?next=/2011/")

        assert answer.status_code == 200
        assert 'value="/2011/"' in answer.content.decode()

    @pytest.mark.parametrize(
        "elsewhere",
        [
            "https://evil.example/",
            "//evil.example",
            "/\\evil.example",
            "javascript:alert(1)",
            "\r\nx",
        ],
    )
    def test_nobody_is_sent_elsewhere_afterwards(self, client: Client, elsewhere: str) -> None:
        page = client.get("/accounts/sign-in/google/", {"next": elsewhere}).content.decode()

        assert "evil.example" not in page
        assert "javascript:" not in page

    def test_another_sites_page_cannot_start_a_sign_in(self) -> None:
        client = Client(enforce_csrf_checks=True, headers={"origin": "https://evil.example"})

        assert client.post("/accounts/sign-in/google/").status_code == 403

    def test_a_session_needs_its_token(self, browserlike: Client) -> None:
        browserlike.force_login(UserFactory())

        assert browserlike.post("/accounts/sign-in/google/").status_code == 403


def test_nobody_signs_up_by_password(client: Client) -> None:
    answer = client.post("/accounts/signup/", {"username": "x", "password1": "long enough 1"})

    assert answer["Location"] == "/accounts/sign-in/"
    assert not User.objects.exists()


def test_a_provider_that_is_away_is_a_failure_in_words(client: Client, settings: Settings) -> None:
    offered = catalogue.sandboxed(f"http://127.0.0.1:{free_port()}")
    settings.SIGN_IN_PROVIDERS = offered.providers
    settings.SOCIALACCOUNT_PROVIDERS = offered.allauth
    answer = client.post("/accounts/sign-in/google/", {"next": "/2011/#respond"})

    assert answer.status_code == 401
    page = answer.content.decode()
    assert "Logging in did not work" in page
    assert 'href="/2011/#respond"' in page


def test_reading_a_page_that_needs_an_account_leads_to_the_buttons(client: Client) -> None:
    answer = client.get("/accounts/3rdparty/", follow=True)

    assert answer.redirect_chain[-1][0].startswith("/accounts/sign-in/?next=/accounts/me/")


class TestFromTheForm:
    """Log Out and Change are buttons of the reply form, so they carry what was typed."""

    @pytest.fixture
    def reader(self, client: Client) -> User:
        reader: User = UserFactory(name="Ada")
        client.force_login(reader)
        return reader

    def test_change_keeps_what_was_typed(self, client: Client, reader: User, post: Post) -> None:
        place = f"{post.get_absolute_url()}#respond"
        answer = client.post("/accounts/sign-in/", {"comment": "My words", "next": place})
        assert answer.status_code == 200
        assert f'value="{place}"' in answer.content.decode()

        assert "My words</textarea>" in client.get(post.get_absolute_url()).content.decode()

    def test_log_out_needs_a_post_from_here(self, browserlike: Client, post: Post) -> None:
        browserlike.force_login(UserFactory())
        assert browserlike.get("/accounts/sign-out/").status_code == 405
        assert browserlike.post("/accounts/sign-out/").status_code == 403
        assert "_auth_user_id" in browserlike.session

    def test_log_out_keeps_what_was_typed(self, client: Client, reader: User, post: Post) -> None:
        place = f"{post.get_absolute_url()}#respond"
        answer = client.post("/accounts/sign-out/", {"comment": "My words", "next": place})
        assert answer["Location"] == place

        page = client.get(post.get_absolute_url()).content.decode()
        assert "My words</textarea>" in page
        assert 'name="author"' in page
