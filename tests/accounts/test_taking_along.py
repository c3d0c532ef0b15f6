"""What moderators made of a reader is theirs to read, and other people are not."""

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from comments import answering, banning, moderating, moderation_mail, notices, redacting
from comments.caring import report
from comments.models import Comment, PrivateNote, Subscription
from comments.visiting import Visitor
from tests.accounts.test_leaving import ME, a_reader
from tests.comments.desks import one_of_the_team
from tests.factories import AdministratorFactory, CommentFactory, UserFactory
from tests.signing_in import sign_in_lately

pytestmark = pytest.mark.django_db
Status = Comment.Status


@pytest.fixture
def tess() -> User:
    return one_of_the_team("Moderator", name="Tess Tester")


def taken_along(client: Client, reader: User) -> Any:
    sign_in_lately(client, reader)
    return client.post(f"{ME}download/").content.decode()


def test_what_was_decided_about_somebody_is_in_the_file(client: Client, tess: User) -> None:
    reader = a_reader()
    comment = CommentFactory(reader=reader, text="Anna lives in Elm Street", address_hash="f00")
    other = CommentFactory(reader=UserFactory(), text="Somebody else's words", address_hash="ba5")
    redacting.redact(comment, ["Elm Street"], by=tess, why="An address")
    for each in (comment, other):
        moderating.decide(each, Status.TRASH, by=tess, why=f"Why {each.pk}")
        banning.set_standing(each.reader, "watched", by=tess)
        banning.ban(by=tess, terms=banning.Terms(told=f"Told {each.pk}"), reader=each.reader)
        banning.ban(by=tess, terms=banning.Terms(), address_hash=each.address_hash)
    boss = sign_in_lately(Client(), AdministratorFactory())
    log_out = {"action": "sign_out_everywhere", "_selected_action": [reader.pk]}
    boss.post("/admin/accounts/user/", log_out)

    kept = json.loads(taken_along(client, reader))

    (row,) = kept["comments"]
    comment.refresh_from_db()
    assert row["text"] == "Anna lives in [removed]"
    assert row["fingerprint"] == comment.fingerprint
    assert [row["text"] for row in kept["words_before_any_were_cut_out"]] == [
        "Anna lives in Elm Street"
    ]
    decided = [(row["what"], row["comment_id"], row["new_status"]) for row in kept["decisions"]]
    assert decided == [
        ("redact", comment.pk, ""),
        ("status", comment.pk, "trash"),
        ("standing", None, ""),
        ("ban", None, ""),
    ]
    assert kept["standing"][0]["level"] == "watched"
    assert kept["bans"][0]["reason"] == f"Told {comment.pk}"
    assert [row["address_hash"] for row in kept["bans"]] == ["", "f00"]
    assert len(kept["changes_to_the_account"]) == 1


def test_mail_to_somebody_is_in_the_file(client: Client, tess: User) -> None:
    reader, stranger = a_reader(), UserFactory()
    for who, words in ((reader, "mine"), (stranger, "theirs")):
        comment = CommentFactory(reader=who)
        follows = {"kind": "replies", "comment": comment, "post": comment.post}
        email = f"{words}@example.org"
        Subscription.objects.create(
            email=email, reader=who, confirmed_at=comment.created_at, **follows
        )
        notices.tell_followers(CommentFactory(post=comment.post, parent=comment))
        moderation_mail.tell_why(comment, f"Refused: {words}")
        note = PrivateNote.objects.create(words="Help", reader=who, email=email)
        answering.close(note, by=tess, words=f"Answer: {words}")

    text = taken_along(client, reader)

    rows = [(row["kind"], row["words"]) for row in json.loads(text)["mails"]]
    assert rows == [("comment", ""), ("refused", "Refused: mine"), ("answer", "Answer: mine")]
    assert "theirs" not in text


def test_nobody_else_is_in_the_file(client: Client, tess: User) -> None:
    """The report page promises that nobody but moderators reads what is said there, and what they
    write into the log may tell of it."""
    reader = a_reader()
    comment = CommentFactory(reader=reader)
    report(comment, Visitor(reader=UserFactory()), "harm", "He frightens me")
    moderating.decide(comment, Status.TRASH, by=tess, why="Ben asked", note="Ben from school")
    banning.set_standing(reader, "watched", by=tess, note="Ben says so")

    text = taken_along(client, reader)

    assert [row["what"] for row in json.loads(text)["decisions"]] == ["status", "standing"]
    for words in ("frightens", "harm", "Ben", "Tess"):
        assert words not in text
