"""A reader takes everything along, or leaves; and what Facebook may ask."""

import base64
import hashlib
import hmac
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Deletion, Picture, Session, User
from accounts.signed_requests import Forged, parse
from comments.caring import report
from comments.models import Comment, Like, Report, Subscription
from comments.visiting import Visitor
from polarisblog.background.working import Worker
from tests.factories import AdministratorFactory, CommentFactory, PostFactory, UserFactory
from tests.signing_in import SECRET, World, sign_in_lately

pytestmark = pytest.mark.django_db

ME = "/accounts/me/"


def a_reader(**options: Any) -> User:
    reader: User = UserFactory(name="Ada Lovelace", picture_key="k", **options)
    reader.set_unusable_password()
    reader.save()
    SocialAccount.objects.create(
        user=reader, provider="facebook", uid="7", extra_data={"name": "Ada", "picture": ""}
    )
    Picture.objects.create(reader=reader, provider="facebook", key="k", image=b"webp")
    reader.emailaddress_set.create(email="ada@example.org", verified=True)
    return reader


def leave(client: Client, comments: str, word: str = "delete") -> HttpResponse:
    answer: Any = client.post(f"{ME}delete/", {"comments": comments, "confirmation": word})
    return answer


class TestTakingAlong:
    def test_everything_is_in_one_file(self, client: Client) -> None:
        reader = a_reader()
        comment = CommentFactory(reader=reader, name="Ada", text="My own words")
        CommentFactory(text="Somebody else's words")
        Authenticator.objects.create(user=reader, type="totp", data={"secret": "hush"})
        sign_in_lately(client, reader)
        answer = client.post(f"{ME}download/")

        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["Cache-Control"] == "no-store"
        kept = json.loads(answer.content)
        assert kept["account"]["name"] == "Ada Lovelace"
        assert kept["sign_in_accounts"][0]["uid"] == "7"
        assert kept["email_addresses"][0]["email"] == "ada@example.org"
        assert base64.b64decode(kept["picture"]["image_webp_base64"]) == b"webp"
        assert [row["text"] for row in kept["comments"]] == ["My own words"]
        assert kept["comments"][0]["address"] == comment.get_absolute_url()
        assert "hush" not in answer.content.decode()
        assert reader.password not in answer.content.decode()

    def test_a_link_alone_downloads_nothing(self, client: Client) -> None:
        client.force_login(a_reader())
        assert client.get(f"{ME}download/")["Location"] == ME

    def test_thousands_of_comments_are_handed_over_and_removed_quickly(
        self, client: Client
    ) -> None:
        reader = a_reader()
        post = PostFactory()
        Comment.objects.bulk_create(
            Comment(post=post, reader=reader, name="Ada", text=f"Words {n}") for n in range(3_000)
        )
        client.force_login(reader)
        started = time.monotonic()
        kept = json.loads(client.post(f"{ME}download/").content)
        assert len(kept["comments"]) == 3_000
        leave(client, "remove")
        assert not User.objects.exists()
        assert not Comment.objects.exists()
        assert time.monotonic() - started < 20


class TestLeaving:
    def test_comments_stay_without_a_name(self, client: Client) -> None:
        reader = a_reader()
        CommentFactory(reader=reader, name="Ada", url="https://ada.example", text="Kept words")
        client.force_login(reader)
        answer = leave(client, "keep")

        assert answer.status_code == 302
        assert not User.objects.exists()
        assert not SocialAccount.objects.exists()
        assert not Picture.objects.exists()
        comment = Comment.objects.get()
        assert (comment.text, comment.status) == ("Kept words", Comment.Status.APPROVED)
        assert (comment.name, comment.url, comment.email) == ("A former reader", "", "")
        page = client.get(comment.post.get_absolute_url()).content.decode()
        assert "Kept words" in page
        assert "Ada" not in page

    def test_comments_go_and_answers_to_them_stay(self, client: Client) -> None:
        reader = a_reader()
        post = PostFactory()
        mine = CommentFactory(post=post, reader=reader, name="Ada", text="Words to go")
        CommentFactory(post=post, parent=mine, name="Ben", text="An answer to stay")
        CommentFactory(post=post, parent=mine, reader=reader, name="Ada", text="More to go")
        client.force_login(reader)
        leave(client, "remove")

        page = Client().get(post.get_absolute_url()).content.decode()
        assert "An answer to stay" in page
        assert "to go" not in page
        assert "Ada" not in page
        assert not Comment.objects.filter(text__contains="to go").exists()
        assert not Comment.objects.exclude(html__contains="stay").exclude(html="").exists()

    def test_likes_reports_and_mail_go_too(self, client: Client) -> None:
        reader = a_reader()
        comment = CommentFactory()
        client.force_login(reader)
        client.post(f"/comments/{comment.pk}/like/")
        visitor = Visitor(reader=reader)
        report(comment, visitor, "spam", "I think so")
        Subscription.objects.create(email="ada@example.org", kind="blog", reader=reader)
        kept = json.loads(client.post(f"{ME}download/").content)
        assert [row["comment_id"] for row in kept["likes"]] == [comment.pk]
        assert [row["words"] for row in kept["reports"]] == ["I think so"]
        assert [row["email"] for row in kept["subscriptions"]] == ["ada@example.org"]
        comment.refresh_from_db()
        assert comment.like_count == 1

        leave(client, "keep")
        comment.refresh_from_db()
        assert comment.like_count == 0
        assert not Like.objects.exists()
        assert not Subscription.objects.exists()
        found = Report.objects.get()
        assert (found.reader, found.reader_key, found.words) == (None, "", "I think so")

    @pytest.mark.django_db(transaction=True)
    def test_other_browsers_are_out_at_once(self, client: Client) -> None:
        reader, other = a_reader(), Client()
        client.force_login(reader)
        other.force_login(reader)
        bystander = Client()
        bystander.force_login(UserFactory())
        leave(client, "keep")

        assert other.get(ME).status_code == 302
        ids = [row.get_decoded().get("_auth_user_id") for row in Session.objects.all()]
        assert str(reader.pk) not in ids
        assert bystander.get(ME).status_code == 200

    @pytest.mark.parametrize("word", ["", "no", "delete my comments", "x" * 5000])
    def test_nobody_leaves_by_accident(self, client: Client, word: str) -> None:
        client.force_login(a_reader())
        answer = leave(client, "remove", word)

        assert answer.status_code == 422
        assert User.objects.exists()

    @pytest.mark.parametrize("word", ["delete", " Delete ", "“delete”"])
    def test_the_word_may_be_typed_as_people_do(self, client: Client, word: str) -> None:
        client.force_login(a_reader())
        assert leave(client, "keep", word).status_code == 302

    def test_staff_stay(self, client: Client) -> None:
        client.force_login(AdministratorFactory())

        assert leave(client, "keep").status_code == 403
        assert User.objects.exists()

    def test_the_second_factor_is_asked_for_again(self, client: Client) -> None:
        reader = a_reader()
        TOTP.activate(reader, "JBSWY3DPEHPK3PXP")
        client.force_login(reader)

        assert "reauthenticate" in leave(client, "keep")["Location"]
        assert User.objects.exists()


def signed(payload: Any, secret: str = SECRET) -> str:
    def part(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    body = part(json.dumps(payload).encode())
    return part(hmac.new(secret.encode(), body.encode(), hashlib.sha256).digest()) + "." + body


def about(user_id: object = "7", **more: Any) -> dict[str, Any]:
    return {"algorithm": "HMAC-SHA256", "issued_at": 1_790_000_000, "user_id": user_id, **more}


@pytest.mark.usefixtures("world")
class TestFacebooksRequests:
    def ask(self, text: str, what: str = "delete") -> Any:
        client = Client(enforce_csrf_checks=True)
        return client.post(f"/accounts/facebook/{what}/", {"signed_request": text})

    def test_to_forget_somebody_is_done_and_can_be_looked_up(self) -> None:
        reader = a_reader()
        comment = CommentFactory(reader=reader, name="Ada", text="Kept words")
        answer = self.ask(signed(about()))

        assert answer.status_code == 200
        told = answer.json()
        assert (
            told["url"]
            == f"http://testserver/accounts/facebook/deletions/{told['confirmation_code']}/"
        )
        assert not User.objects.exists()
        comment.refresh_from_db()
        assert (comment.name, comment.text) == ("A former reader", "Kept words")
        page = Client().get(told["url"]).content.decode()
        assert "The account here is gone" in page
        assert told["confirmation_code"] in page

    def test_whoever_has_another_way_in_keeps_the_account(self) -> None:
        reader = a_reader()
        SocialAccount.objects.create(user=reader, provider="google", uid="7")
        self.ask(signed(about()))

        reader.refresh_from_db()
        assert [row.provider for row in reader.socialaccount_set.all()] == ["google"]
        assert reader.name == "", "the name came from Facebook and was not chosen"
        assert reader.picture_url == ""

    def test_a_chosen_name_stays(self) -> None:
        reader = a_reader(has_chosen_name=True)
        SocialAccount.objects.create(user=reader, provider="google", uid="7")
        self.ask(signed(about()))

        reader.refresh_from_db()
        assert reader.name == "Ada Lovelace"

    def test_the_same_request_twice_is_done_once(self) -> None:
        a_reader()
        request = signed(about())
        first = self.ask(request).json()
        a_reader()  # who comes back later
        # Spelled otherwise, as base64 allows.
        again = self.ask(request.replace(".", "=.")).json()

        assert first == again == self.ask(request).json()
        assert User.objects.count() == 1
        assert Deletion.objects.count() == 1

    def test_somebody_unknown_is_answered_as_well(self) -> None:
        told = self.ask(signed(about("12345"))).json()

        assert "Nothing about this account" in Client().get(told["url"]).content.decode()

    def test_staff_lose_the_connection_alone(self) -> None:
        reader = a_reader(is_staff=True)
        self.ask(signed(about()))

        assert User.objects.get() == reader
        assert not SocialAccount.objects.exists()

    @pytest.mark.parametrize(
        "text",
        [
            "",
            ".",
            "x",
            "x.y",
            signed(about(), secret="another"),
            signed(about(), secret=""),
            signed(about(algorithm="none")),
            signed(about(algorithm="hmac-sha256")),
            signed(about(7)),
            signed(about("")),
            signed(about(None)),
            signed([]),
            signed("7"),
            signed(about()) + "A",
            signed(about())[1:],
            "é." + signed(about()).split(".")[1],
            signed(about(padding="x" * 20_000)),
        ],
    )
    def test_anything_else_is_refused_and_changes_nothing(self, text: str) -> None:
        a_reader()
        for what in ("delete", "deauthorize"):
            assert self.ask(text, what).status_code == 400
        assert User.objects.exists()
        assert SocialAccount.objects.exists()
        assert not Deletion.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_taking_the_app_away_signs_out_and_forgets_the_profile(self) -> None:
        reader, client = a_reader(), Client()
        client.force_login(reader)
        assert self.ask(signed(about()), "deauthorize").status_code == 200
        Worker(interval=0, batch=True).run()

        account = SocialAccount.objects.get()
        assert account.extra_data == {}
        reader.refresh_from_db()
        assert reader.picture_url == ""
        assert client.get(ME).status_code == 302
        assert self.ask(signed(about()), "deauthorize").status_code == 200
        assert self.ask(signed(about("99")), "deauthorize").status_code == 200

    def test_only_a_post_asks(self) -> None:
        assert Client().get("/accounts/facebook/delete/").status_code == 405
        assert Client().get("/accounts/facebook/deletions/unknown/").status_code == 404


def test_without_facebook_there_is_nobody_to_ask(client: Client) -> None:
    for what in ("delete", "deauthorize"):
        answer = client.post(f"/accounts/facebook/{what}/", {"signed_request": signed(about())})
        assert answer.status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_equal_requests_at_once_are_one(world: World) -> None:
    a_reader()
    request = signed(about())

    def ask(_number: int) -> Any:
        try:
            answer: Any = Client().post("/accounts/facebook/delete/", {"signed_request": request})
            return answer.json()["confirmation_code"]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        codes = set(threads.map(ask, range(4)))
    assert len(codes) == 1
    assert Deletion.objects.get().outcome == Deletion.Outcome.ACCOUNT
    assert not User.objects.exists()


@given(st.text() | st.from_regex(re.compile(r"[\w=-]*\.[\w=-]*", re.ASCII)))
def test_random_text_is_never_signed(text: str) -> None:
    with pytest.raises(Forged):
        parse(text, SECRET)
