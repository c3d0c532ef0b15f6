"""Mail at the address of an account: only what was asked for, and only once it is confirmed."""

import re

import pytest
from django.core.mail import EmailMessage
from django.test import Client

from comments.models import Comment, Subscription
from comments.moderating import decide
from posts.models import Post
from tests.comments.test_notices import Kind, Status, confirmed, work
from tests.factories import CommentFactory, UserFactory
from tests.signing_in import sign_in_lately

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("typed", ["", "Ada@example.org"])
def test_replies_go_to_the_confirmed_address_of_the_account_if_asked_for(
    client: Client, post: Post, mailoutbox: list[EmailMessage], typed: str
) -> None:
    reader = UserFactory(has_chosen_name=True)
    reader.emailaddress_set.create(email="ada@example.org", verified=True, primary=True)
    client.force_login(reader)
    wish = {"subscribe_comments": "on", "follow": "replies", "email": typed}
    client.post(f"{post.get_absolute_url()}respond/", {"comment": "Words"} | wish)
    asking = Comment.objects.get()
    silent = CommentFactory(post=post, reader=reader)
    for comment in (silent, asking):
        decide(comment, Status.APPROVED, by=None)
        reply = CommentFactory(post=post, parent=comment, name="Bo", status=Status.PENDING)
        decide(reply, Status.APPROVED, by=None)
    work()

    (told,) = mailoutbox
    assert [to.lower() for to in told.to] == ["ada@example.org"]
    assert reply.get_absolute_url() in str(told.body)


def test_an_address_that_waits_to_be_confirmed_is_not_the_accounts_yet(
    client: Client, post: Post, mailoutbox: list[EmailMessage]
) -> None:
    reader = UserFactory(has_chosen_name=True, email="desk@example.org")
    reader.emailaddress_set.create(email="ada@example.org", verified=False)
    client.force_login(reader)
    url = f"{post.get_absolute_url()}respond/"
    form = {"comment": "Words", "subscribe_comments": "on", "email": ""}

    refused = client.post(url, form)

    assert refused.status_code == 422
    assert "Please say where the mail should go" in refused.content.decode()
    client.post(url, form | {"email": "ada@example.org"})
    assert Subscription.objects.get().confirmed_at is None


def test_mail_follows_the_address_of_the_account_and_ends_with_it(
    client: Client, post: Post, mailoutbox: list[EmailMessage]
) -> None:
    reader = UserFactory()
    reader.emailaddress_set.create(email="old@example.org", verified=True, primary=True)
    confirmed("old@example.org", kind=Kind.POST, post=post, reader=reader)
    confirmed("old@example.org", kind=Kind.BLOG)
    confirmed("work@example.org", kind=Kind.BLOG, reader=reader)
    sign_in_lately(client, reader)
    client.post("/accounts/email/", {"email": "new@example.org", "action_add": ""})
    link = re.search(r"http://testserver(\S+)", str(mailoutbox[0].body))
    assert link
    assert Subscription.objects.of("new@example.org").count() == 0

    client.post(link[1])

    assert Subscription.objects.get(kind=Kind.POST).email == "new@example.org"
    client.post("/accounts/email/", {"email": "new@example.org", "action_remove": ""})
    assert sorted(Subscription.objects.values_list("email", flat=True)) == [
        "old@example.org",
        "work@example.org",
    ]


def test_an_address_that_is_too_long_for_mail_is_told_so(client: Client) -> None:
    sign_in_lately(client, UserFactory())
    email = f"{'a' * 60}@{'b' * 60}.example"

    page = client.post("/accounts/email/", {"email": email, "action_add": ""})

    assert "at most 100 characters" in page.content.decode()
