"""For readers at risk: the help lines stay true, and there is always a way out."""

import datetime
import re

import pytest
from django.core import mail
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from posts import reviewing
from posts.models import HelpLine, Site
from tests.factories import AdministratorFactory, CommentFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def line() -> HelpLine:
    return HelpLine.objects.create(
        name="A line that helps",
        hours="Day and night",
        phone="1-555-010-0100",
        text_number="55501",
        text_word="HELLO",
        chat_url="https://help.example.org/chat",
        reviewed_on=timezone.localdate() - datetime.timedelta(days=100),
    )


def test_help_is_on_every_page_and_measures_nothing(client: Client, line: HelpLine) -> None:
    Site.objects.create(emergency_number="112")

    for url in ("/", "/search/", "/safety/", "/archives/", "/nowhere/", "/es/"):
        page = client.get(url).content.decode()
        block = page[page.index('id="help"') : page.index("</aside>")]
        links = re.findall(r'<a href="([^"]+)"', block)
        assert links == [
            "tel:+15550100100",
            "sms:55501",
            "https://help.example.org/chat",
            "tel:112",
        ]
        assert "Day and night" in block
        assert not re.search(r"ping=|onclick|data-(track|event)", block)


@pytest.mark.parametrize("has_line", [True, False])
@pytest.mark.parametrize("number", ["112", ""])
def test_who_tells_of_danger_is_shown_the_numbers_that_are_set(
    client: Client, line: HelpLine, *, number: str, has_line: bool
) -> None:
    Site.objects.create(emergency_number=number)
    if not has_line:
        line.delete()
    comment = CommentFactory()

    for url, form in (
        ("/comments/note/", {"words": "Please look", "answer": "no"}),
        (f"/comments/{comment.pk}/report/", {"reason": "danger"}),
        (f"/es/comments/{comment.pk}/report/", {"reason": "danger"}),
    ):
        page = client.post(url, form).content.decode()
        thanks = page[page.index("<h1>") : page.index("</main>")]
        assert (f'href="tel:{number}"' in thanks) == bool(number)
        assert ('href="#help"' in thanks) == has_line
        assert "911" not in page


def test_editors_are_reminded_by_mail_once_a_week(line: HelpLine) -> None:
    AdministratorFactory(email="editor@example.org")
    UserFactory(email="reader@example.org")
    UserFactory(email="author@example.org", is_staff=True)

    assert (reviewing.remind(), reviewing.remind()) == (1, 0)

    (message,) = mail.outbox
    assert message.to == ["editor@example.org"]
    assert line.name in message.body
    assert "traffick" not in message.subject.lower()
    assert "/admin/posts/helpline/" in message.body
    HelpLine.objects.update(reminded_on=timezone.localdate() - datetime.timedelta(days=7))
    assert reviewing.remind() == 1


def test_editors_see_what_is_due_on_the_desk_until_they_have_checked(
    client: Client, line: HelpLine
) -> None:
    client.force_login(AdministratorFactory())
    assert "A line that helps” was last checked" in client.get("/admin/").content.decode()

    client.post("/admin/posts/helpline/", {"action": "mark_checked", "_selected_action": [line.pk]})

    assert "last checked" not in client.get("/admin/").content.decode()
    line.refresh_from_db()
    assert line.reviewed_on == timezone.localdate()


def test_whoever_may_not_change_the_lines_is_not_asked(client: Client, line: HelpLine) -> None:
    client.force_login(UserFactory(is_staff=True))

    assert "last checked" not in client.get("/admin/").content.decode()


def test_leaving_ends_the_session_and_clears_the_browser(client: Client) -> None:
    Site.objects.create(exit_url="https://weather.example/")
    client.force_login(UserFactory())

    answer = client.get("/exit/")

    assert (answer.status_code, answer.headers["Location"]) == (303, "https://weather.example/")
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get("/es/exit/").status_code == 303
    assert "_auth_user_id" not in client.session


def test_leaving_works_while_the_database_is_broken(client: Client) -> None:
    client.force_login(UserFactory())
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE posts_site RENAME TO posts_site_away")
        answer = client.get("/exit/")
        transaction.set_rollback(True)

    assert (answer.status_code, answer.headers["Location"]) == (303, Site().exit_url)


def test_pages_send_no_address_of_ours_to_other_sites(client: Client) -> None:
    for url in ("/", "/safety/", "/search/?q=x"):
        answer = client.get(url)
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert not answer.cookies
