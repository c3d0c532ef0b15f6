"""Who asked hears of it, once, and of nothing else."""

import datetime
import re
from email.message import Message

import pytest
import time_machine
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings

from comments import forgetting, notices
from comments.models import Comment, DiscussionSettings, Notice, Subscription
from comments.moderating import decide
from posts.models import Post, Site
from tests.factories import CommentFactory, PostFactory, UserFactory
from tests.fakes.mailboxes import mailboxes

pytestmark = pytest.mark.django_db
Kind = Subscription.Kind
Status = Comment.Status

GUEST = {"comment": "First words", "author": "Ada", "email": "ada@example.org", "url": ""}


def work() -> None:
    """Do what is queued, in this transaction; a worker of its own is in `test_delivering`."""
    for row in DBTaskResult.objects.ready():
        row.task.call(*row.args_kwargs["args"])
        row.delete()


def confirmed(email: str = "ada@example.org", **about: object) -> Subscription:
    return Subscription.objects.create(email=email, confirmed_at=timezone.now(), **about)


def link_in(mail: EmailMessage) -> str:
    found = re.search(r"http://testserver(/subscriptions/\S+)", str(mail.body))
    assert found
    return found[1]


def test_mail_is_sent_only_after_the_address_said_yes(
    browserlike: Client, post: Post, mailoutbox: list[EmailMessage]
) -> None:
    wish = {"subscribe_comments": "on", "follow": "replies", "subscribe_blog": "on"}
    browserlike.post(f"{post.get_absolute_url()}respond/", GUEST | wish)
    comment = Comment.objects.get()
    decide(comment, Status.APPROVED, by=None)
    CommentFactory(post=post, parent=comment, status=Status.PENDING)
    work()

    assert [mail.to for mail in mailoutbox] == [["ada@example.org"]], "one mail asks about both"
    page = Client().get(link_in(mailoutbox[0])).content.decode()
    assert "Replies to my comment" in page
    assert "New articles" in page
    assert not Subscription.objects.confirmed().exists(), "opening a link confirms nothing"

    Client(enforce_csrf_checks=True).post(link_in(mailoutbox[0]), {"action": "confirm"})

    assert Subscription.objects.confirmed().count() == 2


def test_a_reply_is_told_to_whom_it_answers_and_to_nobody_else(
    post: Post, mailoutbox: list[EmailMessage]
) -> None:
    asked = CommentFactory(post=post)
    other = CommentFactory(post=post)
    confirmed("one@example.org", kind=Kind.REPLIES, post=post, comment=asked)
    confirmed("two@example.org", kind=Kind.REPLIES, post=post, comment=other)
    confirmed("thread@example.org", kind=Kind.THREAD, post=post, comment=asked)
    confirmed("post@example.org", kind=Kind.POST, post=post)
    confirmed("elsewhere@example.org", kind=Kind.POST, post=PostFactory())
    Subscription.objects.create(email="silent@example.org", kind=Kind.POST, post=post)
    reply = CommentFactory(post=post, parent=asked, status=Status.PENDING)
    work()
    assert mailoutbox == [], "what waits is told to nobody"

    decide(reply, Status.APPROVED, by=None)
    work()

    told = {mail.to[0].split("@")[0] for mail in mailoutbox}
    assert told == {"one", "thread", "post"}
    deeper = CommentFactory(post=post, parent=reply, status=Status.PENDING)
    decide(deeper, Status.APPROVED, by=None)
    work()
    assert sorted(mail.to[0] for mail in mailoutbox[3:]) == [
        "post@example.org",
        "thread@example.org",
    ]


def test_each_address_hears_once_however_often_it_was_decided(
    post: Post, mailoutbox: list[EmailMessage]
) -> None:
    confirmed("ada@example.org", kind=Kind.POST, post=post)
    confirmed("Ada@Example.org", kind=Kind.BLOG)
    confirmed("ADA@example.org", kind=Kind.THREAD, post=post, comment=CommentFactory(post=post))
    comment = CommentFactory(post=post, status=Status.PENDING)

    for status in (Status.APPROVED, Status.TRASH, Status.APPROVED):
        decide(comment, status, by=None)
        work()
        notices.tell_followers(comment)
    notices.deliver()

    assert len(mailoutbox) == 1


def test_writers_hear_nothing_of_their_own_words(
    post: Post, mailoutbox: list[EmailMessage]
) -> None:
    reader = UserFactory()
    confirmed(kind=Kind.POST, post=post, reader=reader)
    first = CommentFactory(post=post, guest_key="the same browser")
    confirmed("guest@example.org", kind=Kind.POST, post=post, comment=first)

    for who in ({"reader": reader}, {"guest_key": "the same browser"}):
        comment = CommentFactory(post=post, status=Status.PENDING, **who)
        decide(comment, Status.APPROVED, by=None)
    work()

    assert [mail.to for mail in mailoutbox] == [["guest@example.org"], ["ada@example.org"]]


def test_discreet_mail_names_no_topic_and_quotes_nobody(
    post: Post, mailoutbox: list[EmailMessage]
) -> None:
    Post.objects.update(title="About trafficking")
    confirmed(kind=Kind.POST, post=post)
    comment = CommentFactory(post=post, text="Secret words", name="Farid", status=Status.PENDING)

    decide(comment, Status.APPROVED, by=None)
    work()

    mail = mailoutbox[0]
    whole = f"{mail.subject}\n{mail.body}\n{mail.alternatives[0][0]}"  # type: ignore[attr-defined] # it has them
    assert mail.subject == "There is something new for you"
    for word in ("trafficking", "Secret", "Farid", Site.current().name):
        assert word not in whole
    assert f"http://testserver/comments/{comment.pk}/" in mail.body


def test_mail_keeps_paragraphs_apart_and_each_name_in_its_own_direction(
    post: Post, mailoutbox: list[EmailMessage]
) -> None:
    DiscussionSettings.objects.create(mails_are_discreet=False)
    confirmed(kind=Kind.POST, post=post)
    text = "First.\n\n- one\n- two\n\nLast."
    comment = CommentFactory(post=post, text=text, name="نور", status=Status.PENDING)

    decide(comment, Status.APPROVED, by=None)
    work()

    mail = mailoutbox[0]
    assert "First.\n\none\n\ntwo\n\nLast." in mail.body
    html = mail.alternatives[0][0]  # type: ignore[attr-defined] # it has them
    assert "<p>First.</p>\n\n<p>one</p>" in html
    assert f"<h1><bdi>نور</bdi> commented on “<bdi>{post.title}</bdi>”</h1>" in html


def test_open_mail_says_who_wrote_what_as_text_and_in_the_sites_look(
    post: Post, mailoutbox: list[EmailMessage]
) -> None:
    DiscussionSettings.objects.create(mails_are_discreet=False)
    confirmed(kind=Kind.POST, post=post)
    comment = CommentFactory(
        post=post, text="A *word* & <b>more</b>", name="Farid\n", status=Status.PENDING
    )

    decide(comment, Status.APPROVED, by=None)
    work()

    mail = mailoutbox[0]
    assert mail.subject == f"[Polaris Blog] Farid commented on “{post.title}”"
    assert "A word & <b>more</b>" in mail.body
    html = mail.alternatives[0][0]  # type: ignore[attr-defined] # it has them
    assert "A word &amp; &lt;b&gt;more&lt;/b&gt;" in html
    assert "font:" in html
    assert "<img" not in html


def test_the_mail_programs_own_button_ends_it_at_once(
    post: Post, mailoutbox: list[EmailMessage]
) -> None:
    subscription = confirmed(kind=Kind.POST, post=post)
    comment = CommentFactory(post=post, status=Status.PENDING)
    decide(comment, Status.APPROVED, by=None)
    work()
    headers = mailoutbox[0].extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = headers["List-Unsubscribe"].strip("<>").removeprefix("http://testserver")

    looked = Client().get(url)
    still_there = Subscription.objects.filter(pk=subscription.pk).exists()
    answer = Client(enforce_csrf_checks=True).post(url, {"List-Unsubscribe": "One-Click"})

    assert (looked.status_code, still_there) == (200, True), "a scanner ends nothing"
    assert answer.status_code == 200
    assert not Subscription.objects.exists()
    assert Client().post(url).status_code == 200, "again is no error"


@pytest.mark.parametrize("token", ["x", "1", "1.forged", "0.", "%00"])
def test_a_forged_link_opens_nothing(post: Post, token: str) -> None:
    confirmed(kind=Kind.POST, post=post)

    assert Client().get(f"/subscriptions/{token}/").status_code == 404
    assert Client().post(f"/subscriptions/{token}/unsubscribe/").status_code == 200
    assert Subscription.objects.count() == 1


def test_an_address_ends_its_own_mail_only(post: Post) -> None:
    mine = confirmed("me@example.org", kind=Kind.POST, post=post)
    other = confirmed("other@example.org", kind=Kind.POST, post=post)

    Client().post(
        f"/subscriptions/{mine.token}/", {"action": "end", "subscription": [mine.pk, other.pk]}
    )

    assert list(Subscription.objects.all()) == [other]


def test_new_posts_are_told_once_to_those_who_followed_before(
    mailoutbox: list[EmailMessage],
) -> None:
    confirmed("early@example.org", kind=Kind.BLOG)
    with time_machine.travel(timezone.now() + datetime.timedelta(minutes=5)):
        PostFactory(published_at=timezone.now(), title="Fresh")
        PostFactory(published_at=timezone.now() + datetime.timedelta(hours=1), title="Later")
        confirmed("late@example.org", kind=Kind.BLOG)
        for _ in range(2):
            notices.announce_posts()
            notices.deliver()

    assert [mail.to for mail in mailoutbox] == [["early@example.org"]]


def test_a_mail_shows_the_content_note_and_not_what_it_warns_of(
    mailoutbox: list[EmailMessage],
) -> None:
    DiscussionSettings.objects.create(mails_are_discreet=False)
    confirmed("early@example.org", kind=Kind.BLOG)
    with time_machine.travel(timezone.now() + datetime.timedelta(minutes=5)):
        PostFactory(
            published_at=timezone.now(), excerpt="Grim words", content_note="Describes violence"
        )
        notices.announce_posts()
        notices.deliver()

    (mail,) = mailoutbox
    assert isinstance(mail, EmailMultiAlternatives)
    for body in (mail.body, str(mail.alternatives[0][0])):
        assert "Please note:" in body
        assert "Describes violence" in body
        assert "Grim words" not in body


def test_what_was_taken_back_meanwhile_is_not_told(
    post: Post, mailoutbox: list[EmailMessage]
) -> None:
    confirmed(kind=Kind.POST, post=post)
    comment = CommentFactory(post=post)
    notices.tell_followers(comment)

    decide(comment, Status.TRASH, by=None)
    notices.deliver()

    assert mailoutbox == []
    assert Notice.objects.get().given_up_at


@pytest.fixture
def smtp(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"


def test_trouble_on_the_way_is_tried_again_and_one_bad_address_holds_up_no_other(
    post: Post, smtp: None, settings: Settings
) -> None:
    for name in ("nobody", "good"):
        confirmed(f"{name}@example.org", kind=Kind.POST, post=post)
    notices.tell_followers(CommentFactory(post=post))
    settings.EMAIL_PORT = 1
    assert notices.deliver() == 0
    assert set(Notice.objects.values_list("attempts", flat=True)) == {1}

    with mailboxes() as boxes, time_machine.travel(timezone.now() + datetime.timedelta(hours=1)):
        boxes.refuses.add("nobody@")
        settings.EMAIL_PORT = boxes.port
        notices.deliver()
        notices.deliver()

    assert [sent(message) for message in boxes.messages] == ["good@example.org"]
    assert boxes.messages[0]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert boxes.messages[0].is_multipart()
    assert Notice.objects.filter(given_up_at__isnull=False).count() == 1


def sent(message: Message) -> str:
    return str(message["To"])


def test_of_two_workers_one_claims_a_mail(post: Post) -> None:
    confirmed(kind=Kind.POST, post=post)
    notices.tell_followers(CommentFactory(post=post))
    seen_by_both = Notice.objects.get()

    assert Notice.objects.claim(seen_by_both)
    assert not Notice.objects.claim(seen_by_both)


def test_every_attempt_carries_the_same_message_id(
    post: Post, mailoutbox: list[EmailMessage]
) -> None:
    """Where a worker dies after handing over and before writing that down."""
    confirmed(kind=Kind.POST, post=post)
    notices.tell_followers(CommentFactory(post=post))
    notices.deliver()
    Notice.objects.update(sent_at=None, due_at=timezone.now())

    notices.deliver()

    one, two = mailoutbox
    assert one.extra_headers["Message-ID"] == two.extra_headers["Message-ID"]


def test_what_is_not_needed_any_more_is_forgotten(post: Post) -> None:
    old = timezone.now() - datetime.timedelta(days=31)
    kept = CommentFactory(post=post, address_hash="a" * 64, guest_key="k")
    aged = CommentFactory(post=post, address_hash="b" * 64, guest_key="k", created_at=old)
    trashed = CommentFactory(post=post, status=Status.TRASH, created_at=old, text="Gone")
    under = CommentFactory(post=post, status=Status.SPAM, created_at=old, text="Gone too")
    CommentFactory(post=post, parent=under)
    lately = CommentFactory(post=post, created_at=old)
    decide(lately, Status.TRASH, by=None)
    Subscription.objects.create(email="never@example.org", kind=Kind.POST, post=post, made_at=old)

    forgetting.forget()

    aged.refresh_from_db()
    kept.refresh_from_db()
    under.refresh_from_db()
    assert (aged.address_hash, aged.guest_key) == ("", "")
    assert (kept.address_hash, kept.guest_key) == ("a" * 64, "k")
    assert not Comment.objects.filter(pk=trashed.pk).exists()
    assert (under.text, under.name) == ("", ""), "only an empty place stays above a reply"
    assert Comment.objects.filter(pk=lately.pk).exists()
    assert not Subscription.objects.exists()
