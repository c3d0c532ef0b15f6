"""The log: every change of status leaves a row, no row changes, and it can be taken along."""

import csv
import datetime
import io
import re
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from comments import banning, caring, changing, forgetting, moderating
from comments.admin.log import plain_cell
from comments.models import AppendOnly, Comment, Decision, DiscussionSettings, MailKey
from comments.visiting import Visitor
from comments.writers import Writer
from tests.comments.desks import QUEUE, desk_of, one_of_the_team, row
from tests.factories import CommentFactory, UserFactory

Status = Comment.Status
LOG = "/admin/comments/decision/"
ROOT = Path(__file__).resolve().parents[2]


# --- Every path leaves a row --------------------------------------------------------


def by_button(desk: Client, comment: Comment) -> None:
    row(desk, comment.pk, "decide", decision="approved")


def by_bulk(desk: Client, comment: Comment) -> None:
    desk.post(f"{QUEUE}?status=all", {"action": "spam", "_selected_action": [comment.pk]})


def by_form(desk: Client, comment: Comment) -> None:
    fields = {"status": "trash", "name": comment.name, "text": comment.text, "url": ""}
    assert desk.post(f"{QUEUE}{comment.pk}/change/", fields).status_code == 302


def by_undo(desk: Client, comment: Comment) -> None:
    batch = row(desk, comment.pk, "decide", decision="approved").json()["batch"]
    desk.post(f"{QUEUE}undo/", {"batch": batch})


def by_reply(desk: Client, comment: Comment) -> None:
    row(desk, comment.pk, "reply", **{f"reply-{comment.pk}": "Thank you"})


def by_mail(desk: Client, comment: Comment) -> None:
    token = MailKey.objects.issue(comment, User.objects.get(name="Tess"))
    assert Client().post(f"/moderate/{token}/approve/").status_code == 200


def by_its_writers_page(desk: Client, comment: Comment) -> None:
    assert desk.post(f"{QUEUE}{comment.pk}/writer/", {"all-spam": "1"}).status_code == 303


def by_reports(desk: Client, comment: Comment) -> None:
    moderating.decide(comment, Status.APPROVED, by=None)
    for number in range(3):
        caring.report(comment, Visitor(guest_key=f"{number}"), "spam", "")


def by_its_writer(desk: Client, comment: Comment) -> None:
    changing.withdraw(comment)


def by_an_edit(desk: Client, comment: Comment) -> None:
    DiscussionSettings.objects.create(disallowed_words="forbidden")
    changing.edit(comment, "Something forbidden")


def by_erasing(desk: Client, comment: Comment) -> None:
    CommentFactory(post=comment.post, parent=comment)
    comment.erase()


def by_time(desk: Client, comment: Comment) -> None:
    CommentFactory(post=comment.post, parent=comment)
    moderating.decide(comment, Status.SPAM, by=None)
    with time_machine.travel(timezone.now() + datetime.timedelta(days=60)):
        forgetting.forget()


PATHS = [
    *(by_button, by_bulk, by_form, by_undo, by_reply, by_mail, by_its_writers_page),
    *(by_reports, by_its_writer, by_an_edit, by_erasing, by_time),
]


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.__name__)
def test_every_change_of_status_by_any_path_leaves_a_row(desk: Client, path: Any) -> None:
    """The rows are a chain from the first status to the present one, without a gap."""
    comment = CommentFactory(status=Status.PENDING, email="ada@example.org")

    path(desk, comment)

    stored = Comment.objects.get(pk=comment.pk)
    chain = list(
        Decision.objects.filter(comment=comment, new_status__gt="")
        .order_by("pk")
        .values_list("old_status", "new_status")
    )
    assert chain
    assert chain[0][0] == Status.PENDING
    assert chain[-1][1] == stored.status
    assert [old for old, _new in chain[1:]] == [new for _old, new in chain[:-1]]


def test_only_one_place_changes_a_stored_comments_status() -> None:
    """`moderating.decide`, beside `Comment.erase`, which writes its own row into the log."""
    sets = re.compile(r"\.status(, \w+\.\w+)?\s*=(?!=)|\.update\([^)]*\bstatus\s*=")
    found = {
        str(path.relative_to(ROOT))
        for app in ("comments", "posts", "accounts", "polarisblog")
        for path in (ROOT / app).rglob("*.py")
        if not {"migrations", "posts", "background"} & {*path.parts}
        if sets.search(path.read_text(encoding="utf-8"))
    }

    assert found <= {
        "comments/moderating.py",
        "comments/models/comment.py",
        "comments/leaving.py",  # with its own rows, as test_counting holds it to
        "comments/submitting.py",  # a new comment's first status
        "comments/linkbacks/receiving.py",  # a new linkback's
        "comments/admin/correcting.py",  # what the form holds, after `decide`
    }


# --- The rows stay ---------------------------------------------------------------------


@pytest.mark.django_db
def test_a_row_is_added_and_never_changed() -> None:
    comment = CommentFactory(status=Status.PENDING)
    moderating.decide(comment, Status.SPAM, by=None, why="First")
    decision = Decision.objects.get()

    decision.why = "Another"
    for change in (
        decision.save,
        decision.delete,
        Decision.objects.all().delete,
        lambda: Decision.objects.update(why="x"),
    ):
        with pytest.raises(AppendOnly):
            change()
    comment.erase()

    assert [row.why for row in Decision.objects.order_by("pk")] == ["First", "Erased"]


# --- Reading it ------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_log_is_filtered_and_searched(desk: Client, tess: User) -> None:
    mine, rules = CommentFactory.create_batch(2, status=Status.PENDING)
    moderating.decide(mine, Status.SPAM, by=tess, why="Advertising")
    moderating.decide(rules, Status.TRASH, by=None, why="Disallowed")

    def found(**query: Any) -> set[str]:
        return {row.why for row in desk.get(LOG, query).context["cl"].result_list}

    assert found() == {"Advertising", "Disallowed"}
    assert found(moderator=tess.pk) == {"Advertising"}
    assert found(moderator="none") == {"Disallowed"}
    assert found(new_status__exact="trash") == {"Disallowed"}
    assert found(what__exact="ban") == set()
    assert found(q="advert") == {"Advertising"}
    assert desk.get(LOG, {"moderator__password__startswith": "a"}).status_code == 400
    assert "Advertising" in desk.get(f"{QUEUE}{mine.pk}/change/").content.decode()


@pytest.mark.django_db
def test_the_log_is_taken_along_as_its_filters_say(desk: Client, tess: User) -> None:
    comment = CommentFactory(status=Status.PENDING, email="ada@example.org")
    moderating.decide(comment, Status.SPAM, by=tess, why='=HYPERLINK("x")', note="+1\nline")
    moderating.decide(comment, Status.TRASH, by=None, why="Other")

    answer = desk.get(f"{LOG}export/", {"new_status__exact": "spam"})

    assert answer["Content-Disposition"] == 'attachment; filename="decisions.csv"'
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined] # it streams
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 1
    assert rows[0]["who"] == "Tess"
    assert rows[0]["about"] == f"#{comment.pk}"
    assert rows[0]["why"] == '\'=HYPERLINK("x")'
    assert rows[0]["note"] == "'+1\nline"
    assert "ada@example.org" not in text


@given(st.text())
def test_no_cell_is_ever_a_formula(text: str) -> None:
    cell = plain_cell(text)

    assert not cell.lstrip(" \n\ufeff").startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell.endswith(text)


@pytest.mark.django_db
def test_an_author_reads_the_log_of_own_posts_alone(tess: User) -> None:
    author = one_of_the_team("Author")
    mine, other = CommentFactory.create_batch(2, status=Status.PENDING)
    mine.post.author = author
    mine.post.save()
    for comment in (mine, other):
        moderating.decide(comment, Status.SPAM, by=tess)
    banning.set_standing(UserFactory(), "trusted", by=tess)

    rows = desk_of(author).get(LOG).context["cl"].result_list

    assert [row.comment for row in rows] == [mine]


# --- People ------------------------------------------------------------------------------


@pytest.mark.django_db
def test_what_is_done_about_people_is_logged(tess: User) -> None:
    reader = UserFactory(name="Nia")
    comment = CommentFactory(reader=reader)

    ban = banning.ban(by=tess, terms=banning.Terms(note="Again"), reader=reader)
    banning.ban(by=tess, terms=banning.Terms(), host="Spam.Example.")
    banning.ban(by=tess, terms=banning.Terms(), address_hash="a" * 64)
    assert banning.lift(ban, by=tess)
    assert not banning.lift(ban, by=tess)
    banning.set_standing(reader, "watched", by=tess)
    banning.set_standing(reader, "watched", by=tess)
    banning.put_away(Writer.of(comment), Status.TRASH, by=tess)

    logged = [(row.what, row.subject) for row in Decision.objects.order_by("pk")]
    assert logged == [
        ("ban", f"@{reader.pk}"),
        ("ban", "spam.example"),
        ("ban", "connection aaaaaaaa…"),
        ("unban", f"@{reader.pk}"),
        ("standing", f"@{reader.pk}"),
        ("status", f"#{comment.pk}"),
    ]
    assert all(row.moderator == tess for row in Decision.objects.all())
