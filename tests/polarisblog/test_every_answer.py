"""Every address, asked by everybody in every way, answers with the headers that protect readers."""

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.http import HttpResponse
from django.test import Client, override_settings
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import User
from comments.linkbacks.models import SentLinkback
from comments.models import Comment
from polarisblog import edge
from posts.models import Post
from tests.background import chores
from tests.factories import AdministratorFactory, CommentFactory, PostFactory, UserFactory
from tests.polarisblog.rules import broken
from tests.polarisblog.test_methods import BY_EXPRESSION, addresses
from tests.walking import desk_pages

pytestmark = pytest.mark.django_db

HERE = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}


def faults(answer: Any, *, is_desk: bool = False) -> list[str]:
    headers = {name.lower(): value for name, value in answer.items()}
    found = broken(headers, is_desk=is_desk)
    for cookie in answer.cookies.values():
        found += broken({**headers, "set-cookie": cookie.OutputString()}, is_desk=is_desk)
    return found


@pytest.fixture
def conversation() -> Comment:
    comment: Comment = CommentFactory(post=PostFactory(title="A letter"))
    return comment


def signed_in(user: User) -> Client:
    client = Client(headers=HERE, raise_request_exception=False)
    client.force_login(user)
    return client


@pytest.mark.parametrize("who", ["stranger", "reader", "administrator"])
def test_every_address_keeps_the_rules(conversation: Comment, who: str) -> None:
    people = {"reader": UserFactory, "administrator": AdministratorFactory}
    found, statuses = {}, set()
    for path in [*addresses(), *BY_EXPRESSION]:
        for method in ("get", "post"):
            client = Client(headers=HERE) if who == "stranger" else signed_in(people[who]())
            answer = getattr(client, method)(path)
            statuses.add(answer.status_code)
            is_script = "javascript" in answer.get("Content-Type", "")
            assert not is_script or path.endswith("/jsi18n/"), path
            if problems := faults(answer, is_desk=path.startswith("/admin/")):
                found[f"{method} {path}"] = problems
    assert found == {}
    assert statuses >= {200, 302, 404, 405}
    assert max(statuses) < 500


def test_every_page_of_the_desk_keeps_the_rules(conversation: Comment) -> None:
    client = signed_in(AdministratorFactory())
    pages = list(desk_pages())
    assert len(pages) > 40
    answers = {path: client.get(path) for path in pages}
    assert {path: wrong for path in pages if (wrong := faults(answers[path], is_desk=True))} == {}
    assert {answer.status_code for answer in answers.values()} <= {200, 302, 403}


@pytest.mark.django_db(transaction=True)
def test_every_refusal_keeps_the_rules(conversation: Comment) -> None:
    answers = {answer.status_code: answer for answer in refusals(conversation.post)}
    assert set(answers) >= {400, 403, 404, 405, 409, 410, 422, 429, 500, 503}
    assert {s: wrong for s, answer in answers.items() if (wrong := faults(answer))} == {}
    for status in (403, 409, 422, 429, 500):
        assert "no-store" in answers[status]["Cache-Control"], status


def refusals(post: Post) -> Iterator[HttpResponse]:
    """One answer of each status that refuses, each by its own cause."""
    client: Any = Client(headers=HERE, raise_request_exception=False)
    respond = f"{post.get_absolute_url()}respond/"
    yield client.get("/", headers={"host": "evil.example"})
    yield client.get("/nowhere/")
    yield client.put("/")
    yield client.post(respond, {"comment": ""})
    elsewhere: Any = Client(headers={"origin": "https://e.example"}, enforce_csrf_checks=True)
    yield elsewhere.post(respond, {"comment": "From elsewhere"})
    said = {"comment": "The very same words", "author": "Ada", "email": "ada@example.org"}
    for address in ("192.0.2.1", "192.0.2.2"):
        other: Any = Client(REMOTE_ADDR=address, headers=HERE)
        yield other.post(respond, said)
    for _ in range(61):
        yield client.post(f"{respond}preview/", {"comment": "words"})
    gone: Any = PostFactory()
    SentLinkback.objects.create(
        post=gone,
        source_url=f"http://testserver{gone.get_absolute_url()}",
        target_url="https://b.example/",
        sent_at=timezone.now() - datetime.timedelta(days=1),
    )
    gone.delete()
    yield client.get(gone.get_absolute_url())
    with connection.execute_wrapper(away):
        yield client.get("/")
    chores.note.enqueue("unused")
    DBTaskResult.objects.update(enqueued_at=timezone.now() - datetime.timedelta(hours=1))
    yield client.get("/readyz")


def away(*args: object) -> None:
    raise RuntimeError("database away")


def test_files_keep_the_rules(client: Client) -> None:
    for path in ("/static/css/tokens.css", "/static/js/exit-control.js", "/static/img/icon.svg"):
        answer = client.get(path)
        assert (answer.status_code, faults(answer)) == (200, [])
    name = default_storage.save(f"images/{'0' * 24}.jpg", ContentFile(b"\xff\xd8\xff"))
    answer = client.get(f"/media/{name}")
    default_storage.delete(name)
    assert (answer.status_code, faults(answer)) == (200, [])


@override_settings(SITE_URL="https://blog.example", IS_HTTPS=True, ALLOWED_HOSTS=["blog.example"])
def test_what_nginx_hands_out_by_itself_keeps_the_rules() -> None:
    with override_settings(SECURE_HSTS_SECONDS=31536000, SECURE_HSTS_INCLUDE_SUBDOMAINS=True):
        found = edge.kinds()
    assert len(found) > 1
    for kind in found:
        headers = {name.lower(): value for name, value in kind.headers}
        assert broken(headers, is_https=True) == []
        assert all(
            f'"{value}"' in "".join(kind.directives)
            for value in headers.values()
            if '"' not in value
        )


# Machines send these; no cookie is read there. Facebook signs what it sends, and a mail program
# that ends a subscription (RFC 8058) has the mail's own token.
BY_MACHINES = {"/xmlrpc.php", "/xmlrpc/", "/webmention/", "/2026/03/04/word/trackback/"}
BY_MACHINES |= {"/accounts/facebook/delete/", "/accounts/facebook/deauthorize/"}
BY_MACHINES |= {"/subscriptions/token/unsubscribe/"}


@pytest.mark.parametrize("token", ["", "x" * 64], ids=["none", "wrong"])
def test_no_form_of_somebody_signed_in_counts_without_their_token(
    conversation: Comment, token: str
) -> None:
    """From our own origin even: whoever has a session proves more than that."""
    client = Client(headers=HERE, enforce_csrf_checks=True)
    client.force_login(AdministratorFactory())
    client.cookies["csrf"] = "y" * 32
    own = f"{conversation.post.get_absolute_url()}respond/"
    taken = {}
    for path in [*addresses(), own, f"/comments/{conversation.pk}/like/"]:
        answer = client.post(path, {"csrfmiddlewaretoken": token, "comment": "Words"})
        if path not in BY_MACHINES and answer.status_code not in (403, 404, 405):
            taken[path] = answer.status_code
    assert taken == {}
    assert client.get("/accounts/me/").status_code == 200, "still signed in"
    assert Comment.objects.count() == 1
