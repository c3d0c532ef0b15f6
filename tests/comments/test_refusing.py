"""What is not taken, why, and what becomes of the words."""

import datetime
import re

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory
from django.utils import timezone

from comments import storing, submitting
from comments.forms import CommentForm
from comments.models import Ban, Comment, DiscussionSettings
from comments.moderating import decide
from polarisblog.network.addresses import address_hash
from posts.models import Post
from tests.factories import CommentFactory, UserFactory

pytestmark = pytest.mark.django_db

GUEST = {"comment": "First words", "author": "Ada", "email": "", "url": ""}


def respond_url(post: Post) -> str:
    return f"{post.get_absolute_url()}respond/"


@pytest.mark.parametrize("again", ["FIRST words", "First\u200b  words", "Ｆirst words"])
def test_the_same_words_in_another_spelling_are_the_same(
    browserlike: Client, post: Post, again: str
) -> None:
    browserlike.post(respond_url(post), GUEST)
    answer = browserlike.post(respond_url(post), GUEST | {"comment": again})

    assert answer.status_code == 303
    assert Comment.objects.count() == 1


def test_a_second_click_without_the_cookie_still_shows_the_held_comment(
    browserlike: Client, post: Post
) -> None:
    browserlike.post(respond_url(post), GUEST)
    browserlike.cookies.clear()

    browserlike.post(respond_url(post), GUEST)

    assert Comment.objects.count() == 1
    assert "awaiting moderation" in browserlike.get(post.get_absolute_url()).content.decode()


def test_somebody_elses_same_words_are_409_and_kept(browserlike: Client, post: Post) -> None:
    browserlike.post(respond_url(post), GUEST)
    other = Client(
        REMOTE_ADDR="192.0.2.77",
        headers={"origin": "http://testserver", "sec-fetch-site": "same-origin"},
    )

    answer = other.post(respond_url(post), GUEST)

    assert answer.status_code == 409
    assert "First words" in answer.content.decode()
    assert not answer.cookies


def test_sent_sooner_than_anybody_writes_is_429_and_passes_later(
    browserlike: Client, post: Post
) -> None:
    started = submitting.started_now()

    refused = browserlike.post(respond_url(post), GUEST | {"started": started})
    with time_machine.travel(timezone.now() + datetime.timedelta(seconds=3)):
        accepted = browserlike.post(respond_url(post), GUEST | {"started": started})

    assert refused.status_code == 429
    assert refused["Retry-After"] == "2"
    assert "First words" in refused.content.decode()
    assert started in refused.content.decode()
    assert accepted.status_code == 303


@pytest.mark.parametrize("started", ["", "x", "1:forged", "99999999999999:abc"])
def test_a_kept_pages_form_has_no_time_and_is_not_refused_for_it(
    browserlike: Client, post: Post, started: str
) -> None:
    assert (
        'name="started" id="respond-started"'
        in browserlike.get(post.get_absolute_url()).content.decode()
    ), "the field is there, and empty"
    assert browserlike.post(respond_url(post), GUEST | {"started": started}).status_code == 303


def test_a_page_for_one_reader_says_when_its_form_began(post: Post) -> None:
    client = Client()
    client.force_login(UserFactory())

    page = client.get(post.get_absolute_url()).content.decode()

    assert re.search(r'name="started" value="\d+:', page)
    assert Client().get("/comments/started/")["Cache-Control"] == "no-store"


@pytest.mark.parametrize("of", ["reader", "address", "host"])
def test_the_banned_are_refused_in_words_and_keep_their_text(post: Post, of: str) -> None:
    reader = UserFactory()
    bans: dict[str, dict[str, object]] = {
        "reader": {"reader": reader},
        "address": {"address_hash": address_hash("127.0.0.1", purpose="comment")},
        "host": {"host": "spam.example"},
    }
    ban = Ban.objects.create(**bans[of], reason="You may write again in May.")
    client = Client()
    client.force_login(reader)
    words = {"comment": "See https://a.spam.example/x"}

    refused = client.post(respond_url(post), words)
    ban.ends_at = timezone.now()
    ban.save()
    accepted = client.post(respond_url(post), words)

    assert refused.status_code == 403
    assert "You may write again in May." in refused.content.decode()
    assert "a.spam.example" in refused.content.decode()
    assert accepted.status_code == 303


def test_what_screening_puts_away_looks_held_to_its_writer(browserlike: Client, post: Post) -> None:
    DiscussionSettings.objects.create(disallowed_words="casino")

    browserlike.post(respond_url(post), GUEST | {"comment": "My casino"})

    assert Comment.objects.get().status == Comment.Status.TRASH
    page = browserlike.get(post.get_absolute_url()).content.decode()
    assert "My casino" in page
    assert "awaiting moderation" in page
    assert "My casino" not in Client().get(post.get_absolute_url()).content.decode()


def test_a_guests_address_is_kept_only_where_it_is_needed(browserlike: Client, post: Post) -> None:
    browserlike.post(respond_url(post), GUEST | {"email": "ada@example.org"})

    comment = Comment.objects.get()
    assert comment.email == ""
    assert re.fullmatch(r"[0-9a-f]{64}", comment.address_hash)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ada \t Lovelace ", "Ada Lovelace"),
        ("Ada\u202eevil", "Adaevil"),
        ("A" + "\u0301" * 30, "Á" + "\u0301" * 8),
        ("नमस्ते", "नमस्ते"),
    ],
)
def test_names_do_not_disturb_their_neighbours(
    browserlike: Client, post: Post, typed: str, kept: str
) -> None:
    browserlike.post(respond_url(post), GUEST | {"author": typed})

    assert Comment.objects.get().name == kept


def test_line_ends_count_once(browserlike: Client, post: Post) -> None:
    text = "x\r\n" * 32_000

    assert browserlike.post(respond_url(post), GUEST | {"comment": text}).status_code == 303


def test_the_preview_button_shows_how_it_will_read_and_keeps_the_form(
    browserlike: Client, post: Post
) -> None:
    url = f"{respond_url(post)}preview/"
    words = GUEST | {"comment": "Some *words* <script>alert(1)</script>"}

    page = browserlike.post(url, words).content.decode()
    piece = browserlike.post(url, words, headers={"accept": "text/x-preview"}).content.decode()

    for markup in (page, piece):
        assert "Some <em>words</em> &lt;script&gt;" in markup
    assert 'value="Ada"' in page
    assert "<html" not in piece
    assert browserlike.get(url).status_code == 405
    assert not Comment.objects.exists()


def test_a_reply_whose_parent_went_meanwhile_is_handed_back(
    browserlike: Client, post: Post
) -> None:
    parent = CommentFactory(post=post)
    form = CommentForm(
        GUEST | {"parent": str(parent.pk)}, post=post, reader=None, settings=DiscussionSettings()
    )
    assert form.is_valid()
    decide(parent, Comment.Status.SPAM, by=None)
    request = RequestFactory().post("/")
    request.user = AnonymousUser()
    request.session = {}  # type: ignore[assignment] # no session

    with pytest.raises(storing.ParentGone):
        submitting.submit(request, post, form)
    assert Comment.objects.count() == 1
