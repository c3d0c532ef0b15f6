"""Whoever leaves is gone from every table, whatever was under way to them."""

import pytest
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from comments import answering, banning, moderating, moderation_mail, notices
from comments.models import Comment, Notice, PrivateNote, Subscription
from tests.accounts.test_leaving import a_reader, leave
from tests.comments.desks import one_of_the_team
from tests.factories import AdministratorFactory, CommentFactory, UserFactory
from tests.signing_in import sign_in_lately

pytestmark = pytest.mark.django_db

ACCOUNTS, NOTES, TYPED = "ada@example.org", "safe@example.org", "ada@work.example"


def places_of(words: str) -> set[str]:
    """Every column of every table that holds `words`, in upper or lower case."""
    quote = connection.ops.quote_name
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor, include_views=False):
            for column in connection.introspection.get_table_description(cursor, table):
                cursor.execute(
                    f"SELECT 1 FROM {quote(table)} WHERE LOWER(CAST({quote(column.name)} AS TEXT))"  # noqa: S608 # names of ours
                    " LIKE %s LIMIT 1",
                    [f"%{words.lower()}%"],
                )
                if cursor.fetchone():
                    found.add(f"{table}.{column.name}")
    return found


@pytest.fixture
def reader(client: Client) -> User:
    """One to whom mail is under way and was sent, for each reason there is."""
    reader = a_reader()
    sign_in_lately(client, reader)
    tess = one_of_the_team("Moderator", name="Tess")
    now = timezone.now()
    mine = CommentFactory(reader=reader, name="Ada Lovelace", text="Mine")
    CommentFactory(post=mine.post, parent=mine)
    refused = CommentFactory(reader=reader, name="Ada Lovelace", text="No", post=mine.post)
    as_guest = CommentFactory(name="Ada", email=ACCOUNTS, text="As a guest")
    for email, who, about in (
        (ACCOUNTS, reader, {"kind": "replies", "comment": mine, "post": mine.post}),
        (TYPED, reader, {"kind": "blog"}),
        (ACCOUNTS, None, {"kind": "blog"}),
        (ACCOUNTS, None, {"kind": "post", "post": as_guest.post, "comment": as_guest}),
    ):
        Subscription.objects.create(email=email, reader=who, confirmed_at=now, **about)
    client.post("/comments/note/", {"words": "Help", "answer": "yes", "email": NOTES})

    for is_first in (True, False):
        notices.tell_followers(CommentFactory(post=mine.post, parent=mine))
        moderating.decide(refused, Comment.Status.TRASH, by=tess)
        assert moderation_mail.tell_why(refused, "Because")
        assert moderation_mail.tell_why(mine, "Because of this")
        moderating.decide(refused, Comment.Status.APPROVED, by=tess)
        answering.close(PrivateNote.objects.get(), by=tess, words="An answer")
        if is_first:
            notices.deliver()
            PrivateNote.objects.update(closed_at=None)
    banning.set_standing(reader, "watched", by=tess)
    boss = sign_in_lately(Client(), AdministratorFactory())
    log_out = {"action": "sign_out_everywhere", "_selected_action": [reader.pk]}
    boss.post("/admin/accounts/user/", log_out)
    sign_in_lately(client, reader)
    return reader


def let_go(reader: User) -> int:
    boss = sign_in_lately(Client(), AdministratorFactory())
    return boss.post(f"/admin/accounts/user/{reader.pk}/delete/", {"post": "yes"}).status_code


@pytest.mark.parametrize("way", ["keep", "remove", "desk"])
def test_no_row_holds_an_address_and_nothing_more_is_sent(
    client: Client, reader: User, mailoutbox: list[EmailMessage], way: str
) -> None:
    told = {address for mail in mailoutbox for address in mail.to}
    assert told == {ACCOUNTS, NOTES, TYPED}
    assert Notice.objects.filter(sent_at=None).count() > 2
    assert places_of(ACCOUNTS) >= {"comments_notice.email", "account_emailaddress.email"}
    assert "comments_notice.email" in places_of(NOTES)
    assert "django_admin_log.object_repr" in places_of("Ada Lovelace")
    mailoutbox.clear()

    left = let_go(reader) if way == "desk" else leave(client, way).status_code
    assert left == 302
    assert not User.objects.filter(pk=reader.pk).exists()

    for words in (ACCOUNTS, NOTES, TYPED, "Ada Lovelace"):
        assert places_of(words) == set(), words
    notices.deliver()
    assert mailoutbox == []


def test_whoever_else_reads_the_same_mailbox_keeps_their_mail(
    client: Client, reader: User, mailoutbox: list[EmailMessage]
) -> None:
    other = UserFactory(name="Bo")
    theirs = CommentFactory(reader=other)
    follows = {"kind": "replies", "comment": theirs, "post": theirs.post}
    Subscription.objects.create(
        email=ACCOUNTS, reader=other, confirmed_at=timezone.now(), **follows
    )
    moderation_mail.tell_why(theirs, "A word for Bo")
    note = PrivateNote.objects.create(words="Bo asks", reader=other, email=ACCOUNTS)
    moderation_mail.answer(note, "An answer for Bo")
    notices.tell_followers(CommentFactory(post=theirs.post, parent=theirs))
    mailoutbox.clear()

    leave(client, "keep")
    notices.deliver()

    assert [mail.to for mail in mailoutbox] == [[ACCOUNTS]] * 3
    assert "A word for Bo" in str(mailoutbox[0].body)
