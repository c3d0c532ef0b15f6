"""One reader: a name, several accounts, a mail address, and the page that looks after them."""

import re

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from comments.models import Comment
from posts.models import Post
from tests.factories import AdministratorFactory, CommentFactory, UserFactory
from tests.signing_in import World, profile_of

pytestmark = pytest.mark.django_db

ME = "/accounts/me/"


@pytest.fixture
def reader(client: Client, world: World) -> User:
    """Ada, who came in through Google."""
    world.sign_in(client, "google")
    return User.objects.get()


def account(provider: str) -> SocialAccount:
    return SocialAccount.objects.get(provider=provider)


def remove(client: Client, found: SocialAccount) -> str:
    answer = client.post(f"{ME}accounts/{found.pk}/remove/", follow=True)
    return str(answer.content.decode())


@pytest.mark.parametrize(
    "path", ["", "name/", "picture/", "download/", "delete/", "connect/google/"]
)
def test_strangers_are_asked_to_log_in(client: Client, path: str) -> None:
    answer = client.get(ME + path)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/sign-in/?next=/accounts/me/")


def test_the_page_costs_a_fixed_number_of_queries(
    client: Client, reader: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        SocialAccount.objects.create(user=reader, provider=f"p{number}", uid="7")
    with django_assert_max_num_queries(8):
        client.get(ME)


class TestTheName:
    def test_is_changed_on_earlier_comments_too(self, client: Client, reader: User) -> None:
        comment = CommentFactory(reader=reader, name=reader.name)
        other = CommentFactory(name="Ada Lovelace")
        answer = client.post(f"{ME}name/", {"name": "  North\u202e \u0007Star "})

        assert answer.status_code == 303
        reader.refresh_from_db()
        assert reader.name == "North Star"
        assert reader.has_chosen_name
        comment.refresh_from_db()
        other.refresh_from_db()
        assert (comment.name, other.name) == ("North Star", "Ada Lovelace")

    @pytest.mark.parametrize("name", ["", "   ", "\u200b", "\u202e\u2066", "x" * 101])
    def test_is_something_that_can_be_seen(self, client: Client, reader: User, name: str) -> None:
        answer = client.post(f"{ME}name/", {"name": name})

        assert answer.status_code == 422
        assert 'class="error"' in answer.content.decode()
        reader.refresh_from_db()
        assert reader.name == "Ada Lovelace"

    @pytest.mark.parametrize(
        "name", ["Miriam Wells", "miriam  wells", "ＭＩＲＩＡＭ wélls", "Miriam.Wells"]
    )
    def test_is_not_that_of_the_team(self, client: Client, reader: User, name: str) -> None:
        AdministratorFactory(name="Miriam Wells")
        answer = client.post(f"{ME}name/", {"name": name})

        assert answer.status_code == 422
        assert "Somebody of the team here goes by that name" in answer.content.decode()

    def test_is_asked_for_once_with_the_first_comment(
        self, client: Client, reader: User, post: Post
    ) -> None:
        page = client.get(post.get_absolute_url()).content.decode()
        assert "Your name will appear as" in page
        assert 'value="Ada Lovelace"' in page

        respond = f"{post.get_absolute_url()}respond/"
        answer = client.post(respond, {"comment": "First words", "public_name": "\u202e"})
        assert answer.status_code == 422
        assert "it need not be your real one" in answer.content.decode()
        client.post(respond, {"comment": "First words", "public_name": "North Star"})

        assert Comment.objects.get().name == "North Star"
        assert (
            "Your name will appear as" not in client.get(post.get_absolute_url()).content.decode()
        )

    def test_stays_as_suggested_where_nothing_else_is_said(
        self, client: Client, reader: User, post: Post
    ) -> None:
        client.post(f"{post.get_absolute_url()}respond/", {"comment": "First words"})

        assert Comment.objects.get().name == "Ada Lovelace"


class TestSeveralAccounts:
    def connect(self, client: Client, world: World, provider: str, number: int = 7) -> str:
        world.tells(profile_of(provider, number))
        start = client.post(f"{ME}connect/{provider}/")
        state = re.search(r"state=([^&]+)", start["Location"])
        assert state
        answer = world.come_back(client, provider, state[1])
        assert answer["Location"] == ME
        return str(client.get(ME).content.decode())

    def test_one_is_added_and_opens_the_same_reader(
        self, client: Client, world: World, reader: User
    ) -> None:
        page = self.connect(client, world, "facebook")

        assert "You can log in with that account from now on." in page
        other = Client()
        world.sign_in(other, "facebook")
        assert other.session["_auth_user_id"] == str(reader.pk)
        assert User.objects.count() == 1

    def test_that_of_another_reader_is_refused_in_words(
        self, client: Client, world: World, reader: User
    ) -> None:
        world.sign_in(Client(), "facebook")
        page = self.connect(client, world, "facebook")

        assert "That account belongs to another reader here" in page
        assert account("facebook").user != reader

    def test_one_of_two_is_removed(self, client: Client, world: World, reader: User) -> None:
        self.connect(client, world, "facebook")
        page = remove(client, account("google"))

        assert "That account no longer opens yours." in page
        assert [row.provider for row in reader.socialaccount_set.all()] == ["facebook"]

    @pytest.mark.parametrize("has_password", [True, False])
    def test_the_last_way_in_stays(self, client: Client, reader: User, has_password: bool) -> None:
        if has_password:
            # A former moderator's password opens nothing any more.
            reader.set_password("a long enough pass phrase")
            reader.save()
            client.force_login(reader)
        page = remove(client, account("google"))

        if has_password:
            assert "Is it you?" in page
        else:
            assert "This is your only way in." in page
        assert account("google").user == reader

    def test_nobody_removes_anothers(self, client: Client, world: World, reader: User) -> None:
        other = Client()
        world.sign_in(other, "facebook")
        found = account("google")

        assert other.post(f"{ME}accounts/{found.pk}/remove/").status_code == 404
        assert account("google").user == reader


class TestComingBackWithAnotherAccount:
    """`Change` never makes a second reader without a question."""

    def come_with(self, client: Client, world: World, provider: str) -> str:
        answer = world.sign_in(client, provider)
        return str(answer["Location"])

    def test_an_unknown_one_is_a_question(self, client: Client, world: World, reader: User) -> None:
        assert self.come_with(client, world, "facebook") == "/accounts/sign-in/new/"
        page = client.get("/accounts/sign-in/new/").content.decode()
        assert "This Facebook account is new here" in page
        assert User.objects.count() == 1
        assert SocialAccount.objects.count() == 1

    @pytest.mark.parametrize(
        ("reply", "readers", "accounts"), [("mine", 1, 2), ("another", 2, 2), ("neither", 1, 1)]
    )
    def test_the_answer_decides(
        self, client: Client, world: World, reader: User, reply: str, readers: int, accounts: int
    ) -> None:
        self.come_with(client, world, "facebook")
        answer = client.post("/accounts/sign-in/new/", {"answer": reply})

        assert answer["Location"] == world.start_url
        assert User.objects.count() == readers
        assert SocialAccount.objects.count() == accounts
        client.post("/accounts/sign-in/new/", {"answer": reply})
        assert SocialAccount.objects.count() == accounts, "answering twice"

    def test_a_known_one_changes_the_reader(
        self, client: Client, world: World, reader: User
    ) -> None:
        world.sign_in(Client(), "facebook")
        assert self.come_with(client, world, "facebook") == world.start_url
        assert client.session["_auth_user_id"] != str(reader.pk)

    def test_somebody_elses_by_now_is_nobodys_to_add(
        self, client: Client, world: World, reader: User
    ) -> None:
        self.come_with(client, world, "facebook")
        world.sign_in(Client(), "facebook")
        client.post("/accounts/sign-in/new/", {"answer": "mine"})

        assert account("facebook").user != reader

    def test_without_a_question_there_is_nothing_to_answer(self, client: Client) -> None:
        client.force_login(UserFactory())
        assert client.post("/accounts/sign-in/new/", {"answer": "mine"}).status_code == 302
        assert Client().get("/accounts/sign-in/new/").status_code == 302


class TestMail:
    def test_an_address_counts_once_it_is_confirmed(self, client: Client, reader: User) -> None:
        answer = client.post(
            "/accounts/email/", {"email": "ada@example.org", "action_add": ""}, follow=True
        )
        assert answer.status_code == 200
        address = reader.emailaddress_set.get()
        assert not address.verified
        reader.refresh_from_db()
        assert reader.email == ""
        link = re.search(r"http://testserver(\S+)", mail.outbox[0].body)
        assert link
        assert "Lovelace" not in mail.outbox[0].body

        Client().get(link[1])
        address.refresh_from_db()
        assert not address.verified, "a mail scanner confirms nothing"
        client.post(link[1])
        address.refresh_from_db()
        assert address.verified
        assert "Replies can be sent to ada@example.org" in client.get(ME).content.decode()

    def test_it_can_be_taken_back(self, client: Client, reader: User) -> None:
        reader.emailaddress_set.create(email="ada@example.org", verified=True, primary=True)
        client.post("/accounts/email/", {"email": "ada@example.org", "action_remove": ""})

        assert not reader.emailaddress_set.exists()
