"""What the queue's buttons and actions do, for one comment and for many."""

import datetime

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from accounts.models import User
from comments.models import (
    CannedReason,
    Claim,
    Comment,
    Decision,
    Notice,
    Report,
)
from comments.moderating import decide
from posts.models import Post
from tests.comments.desks import QUEUE, crowd, desk_of, one_of_the_team, page, row, status_of
from tests.factories import CommentFactory, PostFactory

pytestmark = pytest.mark.django_db

Status = Comment.Status


# --- Decisions -------------------------------------------------------------------


@pytest.mark.parametrize("wish", ["approved", "spam", "trash"])
def test_a_rows_button_decides_and_offers_to_take_it_back(
    desk: Client, tess: User, wish: str
) -> None:
    comment = CommentFactory(status=Status.PENDING, name="Ada")

    answer = desk.post(
        f"{QUEUE}{comment.pk}/decide/?seen=pending",
        {"decision": wish, "next": f"{QUEUE}?status=all"},
    )

    assert (answer.status_code, answer["Location"]) == (303, f"{QUEUE}?status=all")
    assert status_of(comment) == wish
    assert Decision.objects.get().moderator == tess
    shown = page(desk)
    assert "Undo" in shown
    batch = Decision.objects.get().batch
    undone = desk.post(f"{QUEUE}undo/", {"batch": batch})
    assert undone.status_code == 303
    assert status_of(comment) == Status.PENDING
    assert [row.new_status for row in Decision.objects.all()] == ["pending", wish]


def test_nobody_is_sent_off_the_site(desk: Client) -> None:
    comment = CommentFactory(status=Status.PENDING)

    answer = desk.post(
        f"{QUEUE}{comment.pk}/decide/", {"decision": "spam", "next": "https://evil.example/"}
    )

    assert answer["Location"] == QUEUE


def test_of_two_moderators_the_second_is_told_and_changes_nothing(desk: Client) -> None:
    comment = CommentFactory(status=Status.PENDING)
    ana = one_of_the_team("Moderator", name="Ana")
    assert row(desk_of(ana), comment.pk, "decide", "?seen=pending", decision="approved").json()

    late = row(desk, comment.pk, "decide", "?seen=pending", decision="trash")

    assert late.status_code == 409
    assert "Ana was quicker" in late.json()["said"]
    assert "Pending → Approved" in late.json()["said"]
    assert status_of(comment) == Status.APPROVED
    assert Decision.objects.count() == 1


def test_a_bulk_action_tells_what_somebody_else_decided_meanwhile(desk: Client) -> None:
    mine, theirs = CommentFactory.create_batch(2, status=Status.PENDING)
    decide(theirs, Status.APPROVED, by=one_of_the_team("Moderator", name="Ana"))

    answer = desk.post(
        f"{QUEUE}?status=all",
        {
            "action": "trash",
            "_selected_action": [mine.pk, theirs.pk],
            "seen": [f"{mine.pk}:pending", f"{theirs.pk}:pending", "nonsense", "9:nonsense"],
        },
        follow=True,
    )

    said = answer.content.decode()
    assert "Trash: 1." in said
    assert "Ana was quicker" in said
    assert status_of(mine) == Status.TRASH
    assert status_of(theirs) == Status.APPROVED


def test_one_click_about_many_is_taken_back_as_one(desk: Client, tess: User) -> None:
    report_of = CommentFactory(status=Status.PENDING)
    report = Report.objects.create(comment=report_of, reason="spam", reader_key="y")
    others = CommentFactory.create_batch(3, status=Status.APPROVED)
    everything = [report_of, *others]
    desk.post(
        f"{QUEUE}?status=all",
        {"action": "spam", "_selected_action": [one.pk for one in everything]},
    )
    report.refresh_from_db()
    assert report.closed_at is not None
    decide(others[0], Status.TRASH, by=tess)  # decided again since: stays

    batch = Decision.objects.exclude(batch="").first().batch  # type: ignore[union-attr] # made above
    assert desk_of(one_of_the_team("Moderator")).post(f"{QUEUE}undo/", {"batch": batch})
    assert status_of(report_of) == Status.SPAM, "only one's own click is taken back"
    desk.post(f"{QUEUE}undo/", {"batch": batch})

    assert [status_of(one) for one in everything] == ["pending", "trash", "approved", "approved"]
    report.refresh_from_db()
    assert report.closed_at is None
    again = desk.post(f"{QUEUE}undo/", {"batch": batch}, headers={"accept": "application/json"})
    assert again.status_code == 409


def test_taking_back_ends_after_a_while(desk: Client) -> None:
    comment = CommentFactory(status=Status.PENDING)
    row(desk, comment.pk, "decide", decision="spam")
    assert 'class="undo"' in page(desk)
    assert 'action="/admin/comments/comment/undo/" hidden' not in page(desk)

    with time_machine.travel(timezone.now() + datetime.timedelta(minutes=16)):
        assert 'action="/admin/comments/comment/undo/" hidden' in page(desk)


def test_an_old_page_takes_nothing_back(desk: Client) -> None:
    comment = CommentFactory(status=Status.PENDING)
    batch = row(desk, comment.pk, "decide", decision="spam").json()["batch"]

    with time_machine.travel(timezone.now() + datetime.timedelta(minutes=16)):
        late = desk.post(f"{QUEUE}undo/", {"batch": batch}, headers={"accept": "application/json"})

    assert late.status_code == 409
    assert "a quarter of an hour" in late.json()["said"]
    assert status_of(comment) == Status.SPAM


def test_restore_gives_back_what_it_was(desk: Client, tess: User) -> None:
    approved, held = CommentFactory(), CommentFactory(status=Status.PENDING)
    never_decided = CommentFactory(status=Status.SPAM)
    for comment in (approved, held):
        decide(comment, Status.TRASH, by=tess)
        decide(comment, Status.SPAM, by=tess)

    row(desk, approved.pk, "decide", "?seen=spam", decision="before")
    desk.post(
        f"{QUEUE}?status=spam",
        {"action": "restore", "_selected_action": [held.pk, never_decided.pk]},
    )

    assert status_of(approved) == Status.APPROVED
    assert status_of(held) == Status.PENDING
    assert status_of(never_decided) == Status.PENDING


def test_all_that_match_are_decided_in_one_go_without_ticking(desk: Client, post: Post) -> None:
    crowd(post, 120, status=Status.PENDING, url="https://spam.example/")
    kept = CommentFactory(status=Status.PENDING)

    desk.post(f"{QUEUE}?q=spam.example", {"action": "spam", "select_across": "1", "index": "0"})

    assert Comment.objects.filter(status=Status.SPAM).count() == 120
    assert status_of(kept) == Status.PENDING
    assert Decision.objects.filter(new_status="spam").count() == 120
    assert Decision.objects.values("batch").distinct().count() == 1


@pytest.mark.parametrize("decision", ["", "erased", "approved' --"])
def test_nonsense_decides_nothing(desk: Client, decision: str) -> None:
    comment = CommentFactory(status=Status.PENDING)

    assert row(desk, comment.pk, "decide", decision=decision).status_code == 422
    assert row(desk, 10**6, "decide", decision="spam").status_code == 404
    assert desk.get(f"{QUEUE}{comment.pk}/decide/").status_code == 405
    assert status_of(comment) == Status.PENDING


# --- Delete for good --------------------------------------------------------------


def test_deleting_for_good_asks_once_more_and_leaves_a_row(desk: Client, tess: User) -> None:
    spam, kept = CommentFactory(status=Status.SPAM, text="Secret"), CommentFactory()
    chosen = {"action": "erase", "_selected_action": [spam.pk, kept.pk]}

    asked = desk.post(f"{QUEUE}?status=all", chosen)
    assert asked.status_code == 200
    assert "1 comment in spam or trash" in asked.content.decode()
    assert Comment.objects.filter(pk=spam.pk).exists()
    desk.post(f"{QUEUE}?status=all", {**chosen, "sure": "1", "index": "0"})

    assert not Comment.objects.filter(pk=spam.pk).exists()
    assert Comment.objects.filter(pk=kept.pk).exists()
    done = Decision.objects.get()
    assert (done.what, done.comment, done.moderator) == ("erase", None, tess)
    assert done.subject == f"#{spam.pk}"


def test_one_is_deleted_for_good_from_its_page_and_replies_stay(desk: Client) -> None:
    comment = CommentFactory(status=Status.TRASH, text="Secret", name="Ada")
    reply = CommentFactory(post=comment.post, parent=comment)
    url = f"{QUEUE}{comment.pk}/delete/"

    assert "Secret" in desk.get(url).content.decode()
    assert Comment.objects.filter(text="Secret").exists()
    assert desk.post(url).status_code == 303

    comment.refresh_from_db()
    assert (comment.text, comment.name, comment.status) == ("", "", "trash")
    assert Comment.objects.filter(pk=reply.pk).exists()
    assert Decision.objects.get().what == "erase"


# --- Reasons, replies, claims ---------------------------------------------------


def test_a_reason_is_logged_and_the_writer_told_kindly_where_they_left_a_way(desk: Client) -> None:
    reason = CannedReason.objects.create(title="Not kind", words="Please write it anew.")
    reachable = CommentFactory(status=Status.PENDING, email="ada@example.org")
    silent = CommentFactory(status=Status.PENDING)
    answers = [
        row(
            desk,
            comment.pk,
            "decide",
            "?seen=pending",
            **{
                "decision": "trash",
                f"reason-{comment.pk}": reason.pk,
                f"note-{comment.pk}": "Second time",
                f"tell-{comment.pk}": "1",
            },
        ).json()["said"]
        for comment in (reachable, silent)
    ]

    assert "The writer is told why." in answers[0]
    assert "They left no way to tell." in answers[1]
    logged = Decision.objects.filter(comment=reachable).get()
    assert (logged.why, logged.note) == (reason.title, "Second time")
    notice = Notice.objects.get()
    assert (notice.email, notice.kind, notice.words) == ("ada@example.org", "refused", reason.words)


def test_a_reply_in_place_approves_what_it_answers(desk: Client, tess: User) -> None:
    comment = CommentFactory(status=Status.PENDING)

    assert row(desk, comment.pk, "reply", **{f"reply-{comment.pk}": "  "}).status_code == 422
    answer = row(desk, comment.pk, "reply", **{f"reply-{comment.pk}": "Thank *you*."})
    again = row(desk, comment.pk, "reply", **{f"reply-{comment.pk}": "Thank *you*."})

    assert (answer.status_code, again.status_code) == (200, 200)
    reply = Comment.objects.get(parent=comment)
    assert (reply.reader, reply.name, reply.status) == (tess, "Tess", Status.APPROVED)
    assert status_of(comment) == Status.APPROVED
    assert set(Decision.objects.values_list("what", flat=True)) == {"status", "reply"}


def test_what_is_put_away_is_not_replied_to(desk: Client) -> None:
    comment = CommentFactory(status=Status.TRASH)

    assert row(desk, comment.pk, "reply", **{f"reply-{comment.pk}": "Hello"}).status_code == 409
    assert not Comment.objects.filter(parent=comment).exists()


def test_a_claim_says_who_is_on_it_lapses_and_ends_with_the_decision(
    desk: Client, tess: User
) -> None:
    comment = CommentFactory(status=Status.PENDING)
    ana = desk_of(one_of_the_team("Moderator", name="Ana"))

    assert row(desk, comment.pk, "claim").status_code == 200
    assert "You are on it" in page(desk)
    assert "Tess is on it" in page(ana)
    late = row(ana, comment.pk, "claim")
    assert (late.status_code, late.json()["said"]) == (409, "Tess is on it already.")
    with time_machine.travel(timezone.now() + datetime.timedelta(minutes=31)):
        assert "Tess is on it" not in page(ana)
        assert row(ana, comment.pk, "claim").status_code == 200
        assert row(ana, comment.pk, "claim").json()["said"] == "Handed back."
    row(desk, comment.pk, "claim")
    row(ana, comment.pk, "decide", decision="spam")
    assert not Claim.objects.exists()


def test_whoever_wrote_a_post_with_others_decides_under_it(
    db: None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """Reads the log of it, is told by mail, and stands beside the star on the page."""
    first, second, third = (one_of_the_team("Author") for _ in range(3))
    post = PostFactory(author=first)
    post.co_authors.add(second)
    waiting = CommentFactory(post=post, status=Status.PENDING, text="Ours")
    CommentFactory(status=Status.PENDING, text="Another's")
    desk = desk_of(second)

    shown = page(desk, status="all")
    assert "Ours" in shown
    assert "Another" not in shown
    assert [waiting.may_be_moderated_by(user) for user in (first, second, third)] == [1, 1, 0]
    assert row(desk_of(third), waiting.pk, "decide", decision="approved").status_code == 404
    assert row(desk, waiting.pk, "decide", decision="approved").status_code == 200
    log = desk.get("/admin/comments/decision/").context["cl"].result_list
    assert [entry.comment for entry in log] == [waiting]
    assert not desk_of(third).get("/admin/comments/decision/").context["cl"].result_list
    CommentFactory.create_batch(5, post=post, reader=second)
    with django_assert_max_num_queries(8):
        answer = Client().get(post.get_absolute_url())
    assert answer.content.decode().count("by-author") == 5


def test_authors_decide_under_their_own_posts_alone(db: None) -> None:
    author = one_of_the_team("Author")
    mine = CommentFactory(post=PostFactory(author=author), status=Status.PENDING, text="Mine")
    other = CommentFactory(status=Status.PENDING, text="Another's")
    desk = desk_of(author)

    shown = page(desk, status="all")

    assert "Mine" in shown
    assert "Another" not in shown
    assert row(desk, mine.pk, "decide", decision="approved").status_code == 200
    for what in ("decide", "claim", "reply", "redact"):
        assert row(desk, other.pk, what, decision="approved").status_code == 404
    assert desk.get(f"{QUEUE}{other.pk}/change/").status_code == 302
    assert desk.get(f"{QUEUE}{mine.pk}/writer/").status_code == 403
    assert status_of(other) == Status.PENDING
