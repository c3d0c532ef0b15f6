"""Correcting, cutting out, opening what was cut; and notes that nobody else reads."""

import datetime
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.test import Client
from django.utils import timezone

from comments import forgetting, notices
from comments.models import Comment, Decision, PrivateNote, Revision, Sealed
from posts.models import Post
from tests.comments.desks import QUEUE, desk_of, one_of_the_team
from tests.factories import CommentFactory

pytestmark = pytest.mark.django_db

Status = Comment.Status
NOTES = "/admin/comments/privatenote/"


@pytest.fixture
def desk(db: None) -> Client:
    return desk_of(one_of_the_team("Moderator", name="Tess"))


def change(desk: Client, comment: Comment, **fields: Any) -> Any:
    stored = {"status": comment.status, "name": comment.name, "url": "", "text": comment.text}
    seen = {"seen_text": comment.text, "seen_status": comment.status}
    return desk.post(f"{QUEUE}{comment.pk}/change/", {**stored, **seen, **fields})


# --- Correcting ----------------------------------------------------------------------------


def test_an_edit_keeps_the_old_words_and_shows_what_differs(desk: Client) -> None:
    comment = CommentFactory(text="They live in a grey house")

    assert change(desk, comment, text="They live in a house", why="A place").status_code == 302

    comment.refresh_from_db()
    assert comment.text == "They live in a house"
    assert comment.edited_at is not None
    assert Revision.objects.get().text == "They live in a grey house"
    shown = desk.get(f"{QUEUE}{comment.pk}/change/").content.decode()
    assert "<del>grey</del>" in shown
    logged = Decision.objects.get()
    assert (logged.what, logged.why) == ("edit", "A place")


def test_who_saves_over_newer_words_is_told_and_loses_nothing(desk: Client) -> None:
    comment = CommentFactory(text="First words")
    change(desk_of(one_of_the_team("Moderator")), comment, text="Their words")

    answer = change(desk, comment, text="My words")

    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "Somebody changed the words while you did" in shown
    assert "<del>Their</del>" in shown
    assert "<ins>My</ins>" in shown
    assert "My words</textarea>" in shown
    comment.refresh_from_db()
    assert comment.text == "Their words"
    assert change(desk, comment, text="My words").status_code == 302


def test_the_form_tells_the_second_of_two_and_keeps_the_words(desk: Client) -> None:
    comment = CommentFactory(status=Status.PENDING)
    seen = Comment.objects.get(pk=comment.pk)
    change(desk_of(one_of_the_team("Moderator", name="Ana")), comment, status="approved")

    answer = change(desk, seen, status="spam", name="Bo")

    assert answer.status_code == 302
    assert "Ana was quicker" in desk.get(QUEUE).content.decode()
    comment.refresh_from_db()
    assert (comment.status, comment.name) == (Status.APPROVED, "Bo")


def test_a_moderator_neither_sees_nor_changes_an_address(desk: Client) -> None:
    comment = CommentFactory(email="ada@example.org", status=Status.PENDING)

    change(desk, comment, email="mine@example.org", text="Corrected")

    comment.refresh_from_db()
    assert comment.email == "ada@example.org"
    for page in (f"{comment.pk}/change/", "?status=all", f"{comment.pk}/writer/", "?q=ada@example"):
        assert "ada@example.org" not in desk.get(QUEUE + page).content.decode()
    assert not desk.get(QUEUE, {"q": "ada@example.org"}).context["cl"].result_list
    editor = desk_of(one_of_the_team("Editor"))
    assert "ada@example.org" in editor.get(f"{QUEUE}{comment.pk}/change/").content.decode()


def test_nothing_personal_is_kept_in_the_frameworks_own_log(desk: Client) -> None:
    comment = CommentFactory(text="Secret", status=Status.TRASH)
    change(desk, comment, text="Other secret")
    desk.post(f"{QUEUE}{comment.pk}/delete/")

    assert not LogEntry.objects.exists()


# --- Cutting out -----------------------------------------------------------------------------


def test_words_are_cut_out_everywhere_and_the_original_is_sealed(desk: Client) -> None:
    comment = CommentFactory(text="Maria lives in Elm Street. Ask Maria.")
    change(desk, comment, text="Maria lives at Elm Street. Ask Maria.")
    url = f"{QUEUE}{comment.pk}/redact/"

    wrong = desk.post(url, {"spans": "Marta", "why": "A name"})
    assert wrong.status_code == 422
    desk.post(url, {"spans": "Maria\r\nElm Street", "why": "A name and a place"})

    comment.refresh_from_db()
    assert comment.text == "[removed] lives at [removed]. Ask [removed]."
    assert "Maria" not in comment.html
    assert "Maria" not in Client().get(comment.post.get_absolute_url()).content.decode()
    for page in (f"{comment.pk}/change/", "?status=all", f"{comment.pk}/redact/"):
        assert "Maria" not in desk.get(QUEUE + page).content.decode()
    assert "Maria" not in Revision.objects.get().text
    assert Sealed.objects.get().text.startswith("Maria lives at Elm")


def test_opening_what_was_cut_out_asks_why_and_is_logged(desk: Client) -> None:
    comment = CommentFactory(text="Maria lives here")
    desk.post(f"{QUEUE}{comment.pk}/redact/", {"spans": "Maria", "why": "A name"})
    url = f"{QUEUE}{comment.pk}/unseal/"

    assert "Maria" not in desk.get(url).content.decode()
    assert "Maria" not in desk.post(url, {"why": ""}).content.decode()
    assert Decision.objects.filter(what="unseal").count() == 0
    assert "Maria lives here" in desk.post(url, {"why": "The police asks"}).content.decode()
    assert Decision.objects.get(what="unseal").why == "The police asks"
    with time_machine.travel(timezone.now() + datetime.timedelta(days=31)):
        forgetting.forget()
    assert not Sealed.objects.exists()


# --- Notes for the moderators only ----------------------------------------------------------------

NOTE = {"words": "He reads my mail.", "answer": "no", "email": "", "post": "", "nickname": ""}


def test_a_note_is_read_by_moderators_and_by_nobody_else(
    desk: Client, browserlike: Client, post: Post
) -> None:
    form = browserlike.post("/comments/note/", {"comment": "He reads my mail."})
    assert "He reads my mail.</textarea>" in form.content.decode()
    assert not PrivateNote.objects.exists()

    sent = browserlike.post("/comments/note/", {**NOTE, "post": str(post.pk)})

    assert sent.status_code == 200
    assert "nobody else" in sent.content.decode()
    assert f'href="{post.get_absolute_url()}">Back to the article' in sent.content.decode()
    assert "guest" not in sent.cookies
    note = PrivateNote.objects.get()
    assert note.post == post
    shown = desk.get(f"{NOTES}{note.pk}/change/").content.decode()
    assert "He reads my mail." in shown
    assert "They asked for no answer" in shown
    for url in ("/", post.get_absolute_url(), "/comments/feed/", f"{post.get_absolute_url()}feed/"):
        assert "He reads" not in Client().get(url).content.decode()
    assert not Comment.objects.exists()
    author = desk_of(one_of_the_team("Author"))
    assert author.get(f"{NOTES}{note.pk}/change/").status_code == 403
    assert author.get(NOTES).status_code == 403


def test_an_address_without_a_yes_is_not_kept(browserlike: Client) -> None:
    browserlike.post("/comments/note/", {**NOTE, "email": "me@example.org"})

    assert PrivateNote.objects.get().email == ""
    asked = browserlike.post("/comments/note/", {**NOTE, "answer": "yes"})
    assert asked.status_code == 422
    assert "He reads my mail." in asked.content.decode()


def test_robots_and_floods_are_refused(browserlike: Client) -> None:
    assert browserlike.post("/comments/note/", {**NOTE, "nickname": "x"}).status_code == 422
    assert browserlike.post("/comments/note/", {**NOTE, "words": " "}).status_code == 422
    answers = [browserlike.post("/comments/note/", NOTE).status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]
    assert Client(enforce_csrf_checks=True).post("/comments/note/", NOTE).status_code == 403


def test_a_note_is_answered_without_its_address_being_seen(desk: Client) -> None:
    note = PrivateNote.objects.create(words="May I ask?", email="me@example.org")
    page = f"{NOTES}{note.pk}/change/"
    assert "me@example.org" not in desk.get(page).content.decode()
    assert "me@example.org" not in desk.get(NOTES).content.decode()
    assert desk.get(NOTES, {"email__startswith": "m"}).status_code == 400

    assert desk.post(page, {"words": "Of course. Call us."}).status_code == 303
    late = desk_of(one_of_the_team("Moderator")).post(page, {"words": "Me too"})
    notices.deliver()

    assert late.status_code == 422
    assert "Tess dealt with it meanwhile." in late.content.decode()
    assert len(mail.outbox) == 1
    sent = mail.outbox[0]
    assert sent.to == ["me@example.org"]
    assert sent.subject == "A word from us"
    assert "Of course. Call us." in sent.body
    assert Decision.objects.get().what == "note"


def test_a_note_is_erased_after_its_time_read_or_not(desk: Client) -> None:
    PrivateNote.objects.create(words="Old", made_at=timezone.now() - datetime.timedelta(days=31))
    kept = PrivateNote.objects.create(words="New")

    forgetting.forget()

    assert list(PrivateNote.objects.all()) == [kept]
    desk.post(f"{NOTES}{kept.pk}/delete/", {"post": "yes"})
    assert not PrivateNote.objects.exists()
