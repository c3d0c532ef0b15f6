"""A writer's page: what they wrote, how far they are trusted, and bans."""

import datetime

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import User
from comments.models import Ban, Comment, DiscussionSettings, Standing
from comments.screening import screen
from tests.comments.desks import QUEUE, desk_of, one_of_the_team
from tests.factories import CommentFactory, UserFactory

pytestmark = pytest.mark.django_db

READERS = "/admin/comments/reader/"
BANS = "/admin/comments/ban/"
Status = Comment.Status


@pytest.fixture
def desk(db: None) -> Client:
    return desk_of(one_of_the_team("Moderator", name="Tess"))


def first_status(**fields: object) -> str:
    comment = CommentFactory.build(**fields)
    comment.render()
    return screen(comment, DiscussionSettings()).status


def test_a_readers_page_shows_all_they_wrote_and_no_address(desk: Client) -> None:
    reader = UserFactory(name="Nia", username="handle", email="nia@example.org")
    for status in Status.values:
        CommentFactory(reader=reader, status=status, text=f"It is {status}")
    CommentFactory(text="By somebody else")
    listed = desk.get(READERS, {"q": "Nia"}).content.decode()

    shown = desk.get(f"{READERS}{reader.pk}/change/").content.decode()

    for status in Status.values:
        assert f"It is {status}" in shown
    assert "By somebody else" not in shown
    for page in (listed, shown):
        assert "Nia" in page
        assert "nia@example.org" not in page
        assert "handle" not in page


@pytest.mark.parametrize("lookup", ["email__startswith", "password__startswith", "username"])
def test_the_list_of_readers_answers_no_guesses(desk: Client, lookup: str) -> None:
    assert desk.get(READERS, {lookup: "a"}).status_code == 400


@pytest.mark.parametrize("number", ["0", "99999999999999999999", "nobody"])
def test_a_page_of_nobody_is_not_there(desk: Client, number: str) -> None:
    assert desk.get(f"{READERS}{number}/change/").status_code == 404


def test_trust_and_watching_change_what_waits(desk: Client) -> None:
    reader: User = UserFactory()
    CommentFactory(reader=reader)
    page, links = f"{READERS}{reader.pk}/change/", "https://a.example https://b.example"
    assert first_status(reader=reader, text=links) == Status.PENDING

    desk.post(page, {"standing": "1", "level": "trusted"})
    assert first_status(reader=reader, text=links) == Status.APPROVED
    desk.post(page, {"standing": "1", "level": "watched"})
    assert first_status(reader=reader, text="Harmless") == Status.PENDING
    desk.post(page, {"standing": "1", "level": ""})
    assert first_status(reader=reader, text="Harmless") == Status.APPROVED
    assert not Standing.objects.exists()


def test_trust_does_not_pass_the_words_that_are_always_held(desk: Client) -> None:
    reader = UserFactory()
    Standing.objects.create(reader=reader, level="trusted")
    comment = CommentFactory.build(reader=reader, text="An escort service")
    comment.render()

    assert screen(comment, DiscussionSettings(hold_words="escort")).status == Status.PENDING


def test_a_guests_connection_is_banned_for_a_time_and_told_why(
    desk: Client, browserlike: Client
) -> None:
    words = {"comment": "First words", "author": "Ada", "email": "", "url": ""}
    held = CommentFactory(status=Status.PENDING)
    browserlike.post(f"{held.post.get_absolute_url()}respond/", words)
    guest = Comment.objects.exclude(pk=held.pk).get()
    page = f"{QUEUE}{guest.pk}/writer/"
    assert "this connection" in desk.get(page).content.decode()

    desk.post(page, {"ban": "1", "target": "connection", "days": "7", "told": "Please rest."})

    ban = Ban.objects.get()
    assert ban.ends_at is not None
    assert datetime.timedelta(days=6) < ban.ends_at - timezone.now() < datetime.timedelta(days=8)
    again = {**words, "comment": "Second words"}
    url = f"{held.post.get_absolute_url()}respond/"
    refused = browserlike.post(url, again)
    assert refused.status_code == 403
    assert "Please rest." in refused.content.decode()
    with time_machine.travel(timezone.now() + datetime.timedelta(days=8)):
        assert browserlike.post(url, again).status_code == 303


def test_a_host_is_banned_from_a_comment_that_links_to_it_and_from_the_list(desk: Client) -> None:
    comment = CommentFactory(status=Status.PENDING, text="See https://spam.example/offer")
    page = f"{QUEUE}{comment.pk}/writer/"

    assert "spam.example" in desk.get(page).content.decode()
    assert (
        desk.post(page, {"ban": "1", "target": "host:spam.example", "days": ""}).status_code == 303
    )
    assert desk.post(page, {"ban": "1", "target": "host:evil.example"}).status_code == 422
    desk.post(f"{BANS}add/", {"host": "Worse.Example", "reason": "Not here."})

    assert set(Ban.objects.values_list("host", flat=True)) == {"spam.example", "worse.example"}
    assert desk.post(f"{BANS}add/", {"host": "", "reason": "Not here."}).status_code == 200
    assert Ban.objects.count() == 2


def test_a_ban_is_ended_and_stays_to_be_read(desk: Client) -> None:
    ban = Ban.objects.create(host="spam.example")

    desk.post(BANS, {"action": "lift", "_selected_action": [ban.pk]})

    assert not Ban.objects.in_force().exists()
    assert "spam.example" in desk.get(BANS).content.decode()
    assert desk.get(f"{BANS}{ban.pk}/change/").status_code == 200
    assert desk.post(f"{BANS}{ban.pk}/change/", {"host": "x"}).status_code == 403
    assert desk.post(f"{BANS}{ban.pk}/delete/", {"post": "yes"}).status_code == 403


def test_everything_of_one_reader_goes_and_comes_back_as_one(desk: Client) -> None:
    reader = UserFactory()
    theirs = CommentFactory.create_batch(3, reader=reader)
    held = CommentFactory(reader=reader, status=Status.PENDING)
    other = CommentFactory()

    desk.post(f"{READERS}{reader.pk}/change/", {"all-trash": "1"})

    statuses = set(Comment.objects.filter(reader=reader).values_list("status", flat=True))
    assert statuses == {"trash"}
    other.refresh_from_db()
    assert other.is_approved
    batch = held.decisions.get().batch
    desk.post(f"{QUEUE}undo/", {"batch": batch})
    held.refresh_from_db()
    assert held.is_pending
    assert all(Comment.objects.get(pk=one.pk).is_approved for one in theirs)
