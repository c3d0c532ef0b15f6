"""Whoever follows by email without writing is asked first, and nobody else learns of it."""

import pytest
from django.core.mail import EmailMessage
from django.test import Client

from comments.models import Subscription
from posts.models import Post
from tests.comments.test_notices import confirmed, work
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
Kind = Subscription.Kind


def test_following_without_writing(
    browserlike: Client, post: Post, mailoutbox: list[EmailMessage]
) -> None:
    url = f"{post.get_absolute_url()}follow/"

    assert browserlike.post(url, {"email": "no", "kinds": ["post"]}).status_code == 422
    assert browserlike.post(url, {"email": "a@example.org"}).status_code == 422
    done = browserlike.post(url, {"email": "a@example.org", "kinds": ["post", "blog"]})
    work()

    assert "Please look into your mailbox" in done.content.decode()
    assert len(mailoutbox) == 1
    assert Subscription.objects.count() == 2


def test_nobody_learns_whether_somebody_elses_address_follows(
    browserlike: Client, post: Post, mailoutbox: list[EmailMessage]
) -> None:
    confirmed("follows@example.org", kind=Kind.POST, post=post)
    url = f"{post.get_absolute_url()}follow/"

    def ask(email: str) -> tuple[list[int], bytes]:
        answers = [browserlike.post(url, {"email": email, "kinds": ["post"]}) for _ in range(4)]
        return [answer.status_code for answer in answers], answers[0].content

    known, unknown = ask("follows@example.org"), ask("unknown@example.org")
    work()

    assert known == unknown
    assert known[0] == [200, 200, 200, 429]
    assert "Unless this address said yes to it before" in known[1].decode()
    assert {mail.to[0] for mail in mailoutbox} == {"unknown@example.org"}


def test_a_reader_whose_address_said_yes_follows_at_once(
    client: Client, post: Post, mailoutbox: list[EmailMessage]
) -> None:
    reader = UserFactory()
    confirmed("ada@example.org", kind=Kind.BLOG, reader=reader)
    # Somebody typed it for them, and it never said yes to that.
    Subscription.objects.create(email="ada@example.org", kind=Kind.POST, post=post)
    client.force_login(reader)

    wish = {"email": "ada@example.org", "kinds": ["post", "blog"]}
    done = client.post(f"{post.get_absolute_url()}follow/", wish)
    work()

    assert "You follow it now" in done.content.decode()
    assert "mailbox" not in done.content.decode()
    assert Subscription.objects.confirmed().count() == 2
    assert mailoutbox == []


def test_nobodys_mailbox_is_filled(
    browserlike: Client, post: Post, mailoutbox: list[EmailMessage]
) -> None:
    url = f"{post.get_absolute_url()}follow/"
    answers = [
        browserlike.post(url, {"email": "victim@example.org", "kinds": ["post"]}) for _ in range(5)
    ]
    work()

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert len(mailoutbox) == 3
