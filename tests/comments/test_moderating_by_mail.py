"""Moderators decide from a mail on a phone; the team's chat hears that something waits."""

import datetime
import json
import re
import threading

import pytest
import time_machine
from django.core import mail
from django.core.checks import run_checks
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from comments import alerting, moderation_mail, notices, tasks
from comments.models import Comment, Decision, DeskPreferences, DiscussionSettings, MailKey, Notice
from comments.moderating import decide
from posts.models import Post
from tests.comments.desks import one_of_the_team
from tests.factories import CommentFactory, PostFactory, UserFactory
from tests.fakes.origins import Origin, answer, redirect

pytestmark = pytest.mark.django_db

Status = Comment.Status


@pytest.fixture
def tess(db: None) -> User:
    return one_of_the_team("Moderator", name="Tess", email="tess@example.org")


def held(**fields: object) -> Comment:
    comment: Comment = CommentFactory(**{"status": Status.PENDING, "name": "Ada", **fields})
    return comment


def mailed(comment: Comment) -> list[EmailMultiAlternatives]:
    """What the moderators get about it."""
    mail.outbox.clear()
    moderation_mail.announce(comment)
    notices.deliver()
    return mail.outbox  # type: ignore[return-value] # what Django keeps there


def links_in(message: EmailMultiAlternatives) -> dict[str, str]:
    found = re.findall(r"http://testserver(/moderate/\S+?/(approve|trash|spam)/)", message.body)
    return {choice: path for path, choice in found}


# --- Who gets it ---------------------------------------------------------------------------------


def test_a_held_comment_is_mailed_to_who_may_decide_about_it(
    tess: User, browserlike: Client
) -> None:
    author = one_of_the_team("Author", email="author@example.org")
    one_of_the_team("Author", email="other@example.org")
    one_of_the_team("Moderator", email="")
    quiet = one_of_the_team("Moderator", email="quiet@example.org")
    DeskPreferences.objects.create(user=quiet, mail="none")
    UserFactory(email="reader@example.org")
    post = PostFactory(author=author)
    words = {"comment": "Held words", "author": "Ada", "email": "", "url": ""}

    browserlike.post(f"{post.get_absolute_url()}respond/", words)
    tasks.tell.call(post.pk)
    Comment.objects.update(is_untold=True)
    tasks.tell.call(post.pk)

    assert sorted(message.to[0] for message in mail.outbox) == [
        "author@example.org",
        "tess@example.org",
    ]


def test_a_discreet_mail_says_nothing_but_where(tess: User) -> None:
    comment = held(text="A secret", post=PostFactory(title="The title"))
    (message,) = mailed(comment)
    html = str(message.alternatives[0][0])

    assert message.subject == "Something waits for you"
    for body in (message.body, html):
        assert not re.search("A secret|The title|Ada", body)
        assert set(links_in(message)) == {"approve", "trash", "spam"}


def test_an_open_mail_quotes_and_says_why_it_waits(tess: User) -> None:
    DiscussionSettings.objects.create(mails_are_discreet=False)
    (message,) = mailed(held(text="Some *words*", reason="2 links"))

    assert "Ada wrote about" in message.body
    assert "Some words" in message.body
    assert "2 links" in message.body
    assert "A comment waits" in message.subject


def test_what_is_decided_already_is_not_mailed(tess: User) -> None:
    comment = held()
    moderation_mail.announce(comment)
    decide(comment, Status.APPROVED, by=tess)

    notices.deliver()

    assert mail.outbox == []


# --- The links -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "status"), [("approve", "approved"), ("trash", "trash"), ("spam", "spam")]
)
def test_a_link_asks_and_the_button_decides_without_signing_in(
    tess: User, choice: str, status: str
) -> None:
    comment = held(text="Some *words*")
    link = links_in(mailed(comment)[0])[choice]
    phone = Client(enforce_csrf_checks=True)

    asked = phone.get(link)
    comment.refresh_from_db()
    assert (asked.status_code, comment.status) == (200, "pending")
    assert "<em>words</em>" in asked.content.decode()
    assert asked["Cache-Control"] == "private, no-store"
    assert not asked.cookies
    done = phone.post(link, {"choice": choice})

    assert done.status_code == 200
    comment.refresh_from_db()
    assert comment.status == status
    logged = Decision.objects.get()
    assert (logged.moderator, logged.why) == (tess, "By mail")


def test_scanners_that_open_everything_decide_nothing(tess: User) -> None:
    comment = held()
    for link in links_in(mailed(comment)[0]).values():
        for ask in (Client().get, Client().head, Client().options):
            ask(link)

    comment.refresh_from_db()
    assert comment.is_pending
    assert MailKey.objects.get().used_at is None


def test_a_key_is_good_for_one_decision_even_after_it_was_taken_back(tess: User) -> None:
    comment = held()
    links = links_in(mailed(comment)[0])
    Client().post(links["spam"])
    comment.refresh_from_db()
    decide(comment, Status.PENDING, by=tess)

    again = Client().post(links["approve"])

    assert again.status_code == 410
    assert "has been used" in again.content.decode()
    comment.refresh_from_db()
    assert comment.is_pending


def test_a_link_lapses(tess: User) -> None:
    comment = held()
    link = links_in(mailed(comment)[0])["approve"]

    with time_machine.travel(timezone.now() + datetime.timedelta(days=4)):
        late = Client().post(link)

    assert late.status_code == 410
    assert "lapsed" in late.content.decode()
    comment.refresh_from_db()
    assert comment.is_pending


def test_a_forged_or_altered_link_is_no_page(tess: User) -> None:
    link = links_in(mailed(held())[0])["approve"]
    token = link.split("/")[2]
    other = MailKey.objects.issue(held(), tess)
    mixed = f"{other.split('-')[0]}-{token.split('-', 1)[1]}"

    for bad in ("x", token[:-1], token.swapcase(), mixed, f"1-x.{token.split('.')[-1]}"):
        assert Client().post(f"/moderate/{bad}/approve/").status_code == 404
    assert Client().post(f"/moderate/{token}/erase/").status_code == 404
    assert Client().post(link, {"choice": "erase"}).status_code == 404


def test_who_left_the_team_decides_no_more(tess: User) -> None:
    comment = held()
    link = links_in(mailed(comment)[0])["approve"]
    tess.groups.clear()

    assert Client().get(link).status_code == 403
    assert Client().post(link).status_code == 403
    comment.refresh_from_db()
    assert comment.is_pending


def test_of_two_moderators_with_a_mail_the_second_is_told(tess: User) -> None:
    one_of_the_team("Moderator", name="Ana", email="ana@example.org")
    comment = held()
    first, second = (links_in(message) for message in mailed(comment))

    assert Client().post(first["approve"]).status_code == 200
    late = Client().post(second["spam"])

    assert late.status_code == 410
    assert "Tess was quicker" in late.content.decode()
    comment.refresh_from_db()
    assert comment.is_approved


@pytest.mark.django_db(transaction=True)
def test_of_two_taps_at_once_one_decides() -> None:
    tess = one_of_the_team("Moderator", name="Tess")
    token = MailKey.objects.issue(held(), tess)
    start, statuses = threading.Barrier(4), []

    def tap(choice: str) -> None:
        start.wait()
        statuses.append(Client().post(f"/moderate/{token}/{choice}/").status_code)
        connection.close()

    taps = [threading.Thread(target=tap, args=(c,)) for c in ("approve", "spam", "trash", "spam")]
    for thread in taps:
        thread.start()
    for thread in taps:
        thread.join()

    assert sorted(statuses) == [200, 410, 410, 410]
    assert Decision.objects.count() == 1


# --- No flood ------------------------------------------------------------------------------------


def test_a_digest_comes_once_in_its_period_and_only_for_what_is_new(tess: User) -> None:
    DeskPreferences.objects.create(user=tess, mail="daily")
    held(post=(post := PostFactory()))
    held(post=post)
    now = timezone.now()

    for hours, expected in ((0, 1), (1, 1), (25, 1), (26, 2)):
        with time_machine.travel(now + datetime.timedelta(hours=hours)):
            if hours == 26:
                held(post=post)
            tasks.deliver.call()
            assert len(mail.outbox) == expected, hours

    assert mail.outbox[0].subject == "Something waits for you"


def test_a_digest_counts_where_mail_may_say_so(tess: User) -> None:
    DiscussionSettings.objects.create(mails_are_discreet=False)
    DeskPreferences.objects.create(user=tess, mail="hourly")
    held()
    held()

    tasks.deliver.call()

    assert mail.outbox[0].subject == "[Polaris Blog] 2 comments wait"


def test_a_wave_becomes_one_mail(tess: User, post: Post) -> None:
    for number in range(15):
        moderation_mail.announce(held(post=post, text=f"Wave {number}"))
    moderation_mail.digest()
    moderation_mail.digest()
    notices.deliver()

    assert Notice.objects.filter(kind="held").count() == moderation_mail.FLOOD
    assert Notice.objects.filter(kind="digest").count() == 1
    assert len(mail.outbox) == moderation_mail.FLOOD + 1


# --- Telling the writer -------------------------------------------------------------------------


@pytest.mark.parametrize("is_discreet", [True, False])
def test_the_writer_reads_kind_words_and_a_way_to_answer(is_discreet: bool) -> None:
    DiscussionSettings.objects.create(mails_are_discreet=is_discreet)
    comment = held(email="ada@example.org", text="A secret", post=PostFactory(title="The title"))

    assert moderation_mail.tell_why(comment, "Thank you for writing.")
    notices.deliver()

    (message,) = mail.outbox
    assert message.to == ["ada@example.org"]
    assert "Thank you for writing." in message.body
    assert "/comments/note/" in message.body
    assert "A secret" not in message.body
    assert ("The title" in message.body) is not is_discreet


# --- The chat ------------------------------------------------------------------------------------


def test_the_chat_is_told_signed_and_nothing_that_was_written(settings: Settings) -> None:
    with Origin() as chat:
        settings.FETCH_ALLOW_PRIVATE = [chat.host_and_port]
        settings.MODERATION_WEBHOOK_URL = chat.serve("/hook", answer(b"ok"))
        settings.MODERATION_WEBHOOK_SECRET = "shared"
        comment = held(text="A secret", email="ada@example.org")

        tasks.alert.call(comment.pk)
        tasks.alert.call(comment.pk)

        visit, again = chat.visits
    assert visit.method == "POST"
    stamp = visit.headers["x-polaris-timestamp"]
    signed = alerting.signature(stamp, visit.body)
    assert visit.headers["x-polaris-signature"] == f"sha256={signed}"
    event = json.loads(visit.body)
    assert (event["event"], event["comment"]) == ("comment.held", comment.pk)
    assert event["id"] == json.loads(again.body)["id"]
    assert event["text"] == event["content"]
    assert not re.search("A secret|Ada|ada@", visit.body.decode())


def test_a_chat_that_refuses_or_leads_elsewhere_is_tried_again(settings: Settings) -> None:
    with Origin() as chat:
        settings.FETCH_ALLOW_PRIVATE = [chat.host_and_port]
        settings.MODERATION_WEBHOOK_SECRET = "shared"
        chat.serve("/elsewhere", answer(b"ok"))
        for behaviour in (answer(status=500), redirect("/elsewhere", status=307)):
            settings.MODERATION_WEBHOOK_URL = chat.serve("/hook", behaviour)
            with pytest.raises(Exception):  # noqa: B017, PT011 # whichever: the task is tried again
                tasks.alert.call(held().pk)
        assert "/elsewhere" not in [visit.path for visit in chat.visits]


def test_without_a_secret_nothing_is_sent_and_the_check_says_so() -> None:
    with override_settings(MODERATION_WEBHOOK_URL="https://chat.example/hook"):
        assert not alerting.is_on()
        assert "comments.E001" in {found.id for found in run_checks()}
