"""The buttons that lead to a provider."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from posts.models import Post
from tests.factories import UserFactory

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
