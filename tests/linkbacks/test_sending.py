"""An author publishes: who is told, when again, and what becomes of it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from comments.linkbacks import tasks
from comments.linkbacks.models import LinkbackSettings, Protocol, SentLinkback
from comments.models import Comment
from posts.models import Post
from posts.publishing import announce
from tests.factories import AdministratorFactory, PostFactory
from tests.fakes.blogs import Blog, article, fault, in_turn
from tests.fakes.origins import answer, page, silent

pytestmark = pytest.mark.django_db(transaction=True)

Work = Callable[[], None]
HEAD = '<link rel="webmention" href="/webmention">'


def url_of(post: Post) -> str:
    return f"http://testserver{post.get_absolute_url()}"


def change(post: Post, *urls: str, **facts: Any) -> None:
    post.body = " ".join(f'<p><a href="{url}">x</a></p>' for url in urls)
    for name, value in facts.items():
        setattr(post, name, value)
    post.save()
    announce(post, was_published=True)


def outcomes() -> dict[str, str]:
    rows = SentLinkback.objects.all()
    return {row.target_url.rpartition("/")[2]: row.outcome for row in rows}


@pytest.fixture
def pages(blog: Blog) -> list[str]:
    """Two pages of another blog that takes webmentions."""
    blog.takes_webmentions()
    return [blog.serve(path, page(article(head=HEAD, body=""))) for path in ("/one", "/two")]


def test_each_change_is_told_once(blog: Blog, post: Post, pages: list[str], work: Work) -> None:
    change(post, pages[0], pages[0], f"{pages[0]}#again", "mailto:a@b.example", url_of(post))
    work()
    assert blog.mentions() == [(url_of(post), pages[0])]
    announce(post)
    work()
    assert len(blog.visits) == 2
    change(post, pages[0], pages[1])
    work()
    assert sorted(blog.mentions()[1:]) == [(url_of(post), pages[0]), (url_of(post), pages[1])]
    assert outcomes() == {"one": "accepted", "two": "accepted"}


def test_a_removed_link_is_told_and_then_forgotten(
    blog: Blog, post: Post, pages: list[str], work: Work
) -> None:
    change(post, *pages)
    work()
    change(post, pages[0])
    work()
    assert len(blog.mentions()) == 4
    change(post, pages[0], title="Another title")
    work()
    assert blog.mentions()[4:] == [(url_of(post), pages[0])]
    assert not SentLinkback.objects.get(target_url=pages[1]).is_linked
    change(post, *pages)
    work()
    assert len(blog.mentions()) == 7


@pytest.mark.parametrize("how", ["admin", "queryset", "unpublish"])
def test_a_post_that_goes_is_told_and_its_address_answers_410(
    blog: Blog, post: Post, pages: list[str], work: Work, client: Client, how: str
) -> None:
    change(post, *pages)
    work()
    path = post.get_absolute_url()
    if how == "admin":
        client.force_login(AdministratorFactory())
        client.post(f"/admin/posts/post/{post.pk}/delete/", {"post": "yes"})
        client.logout()
    elif how == "queryset":
        Post.objects.filter(pk=post.pk).delete()
        tasks.sweep.enqueue()
    else:
        change(post, *pages, status=Post.Status.DRAFT)
    work()
    assert sorted(blog.mentions()[2:]) == sorted((url_of(post), url) for url in pages)
    response = client.get(path)
    assert response.status_code == 410
    assert b"<html" in response.content
    tasks.sweep.enqueue()
    work()
    assert len(blog.mentions()) == 4
    assert client.get("/2011/01/11/never-was/").status_code == 404


def test_a_post_that_moves_is_told_from_both_addresses(
    blog: Blog, post: Post, pages: list[str], work: Work
) -> None:
    change(post, pages[0])
    work()
    before = url_of(post)
    change(post, pages[0], slug="elsewhere")
    work()
    assert sorted(blog.mentions()[1:]) == sorted([(before, pages[0]), (url_of(post), pages[0])])


def test_publishing_by_command_and_in_the_admin_tells(
    blog: Blog, pages: list[str], work: Work, client: Client, tmp_path: Path
) -> None:
    file = tmp_path / "post.md"
    file.write_text(f"---\ntitle: From a file\n---\n[one]({pages[0]})\n")
    call_command("publish", file)
    client.force_login(AdministratorFactory())
    now = timezone.now()
    client.post(
        "/admin/posts/post/add/",
        {
            "title": "From the desk",
            "slug": "from-the-desk",
            "body": f'<a href="{pages[1]}">two</a>',
            "markup": "html",
            "status": "published",
            "published_at_0": f"{now:%Y-%m-%d}",
            "published_at_1": f"{now:%H:%M:%S}",
            "pings_open": "on",
        },
    )
    assert blog.visits == []  # saving never waits
    work()
    assert [target for _, target in blog.mentions()] == pages


def test_a_scheduled_post_tells_when_its_time_has_come(
    blog: Blog, pages: list[str], work: Work
) -> None:
    later = timezone.now() + timedelta(hours=2)
    post = PostFactory(published_at=later, body=f'<a href="{pages[0]}">x</a>')
    announce(post)
    tasks.sweep.enqueue()
    work()
    assert blog.visits == []
    with time_machine.travel(later + timedelta(minutes=1)):
        tasks.sweep.enqueue()
        work()
    assert blog.mentions() == [(url_of(post), pages[0])]


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_success_is_one(
    blog: Blog, post: Post, pages: list[str], work: Work, status: int
) -> None:
    blog.takes_webmentions(status=status)
    change(post, pages[0])
    work()
    assert outcomes() == {"one": "accepted"}


def later_attempts(work: Work) -> None:
    """Lets time pass until nothing more is tried."""
    while waiting := DBTaskResult.objects.filter(status="READY").order_by("run_after").first():
        with time_machine.travel(max(waiting.run_after, timezone.now()) + timedelta(seconds=1)):
            work()


def test_trouble_is_tried_again_until_it_is_given_up(
    blog: Blog, post: Post, pages: list[str], work: Work
) -> None:
    blog.takes_webmentions(status=503)
    change(post, pages[0])
    work()
    row = SentLinkback.objects.get()
    assert (row.outcome, row.attempts) == ("waiting", 1)
    work()
    assert len(blog.mentions()) == 1
    later_attempts(work)
    assert len(blog.mentions()) == 1 + len(SentLinkback.RETRY_AFTER_SECONDS)
    assert outcomes() == {"one": "failed"}


def test_trouble_that_passes_ends_well(
    blog: Blog, post: Post, pages: list[str], work: Work
) -> None:
    blog.serve("/webmention", in_turn(answer(b"", status=500), answer(b"ok", status=202)))
    change(post, pages[0])
    work()
    later_attempts(work)
    assert outcomes() == {"one": "accepted"}
    assert [v.path for v in blog.visits] == [
        "/one",
        "/webmention",
    ] * 2  # the endpoint is asked anew


@pytest.mark.parametrize("status", [400, 403, 404, 410])
def test_a_refusal_is_not_tried_again(
    blog: Blog, post: Post, pages: list[str], work: Work, status: int
) -> None:
    blog.takes_webmentions(status=status)
    change(post, pages[0])
    work()
    later_attempts(work)
    assert outcomes() == {"one": "refused"}
    assert SentLinkback.objects.get().detail == f"HTTP {status}"
    assert len(blog.mentions()) == 1


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (fault(48), "accepted"),
        (fault(17), "refused"),
        (fault(33), "refused"),
        (fault(0, ""), "refused"),
        (fault(50), "waiting"),
        (b"<html>", "waiting"),
        (b"<!DOCTYPE x><methodResponse/>", "waiting"),
    ],
)
def test_what_a_pingback_server_answers(
    blog: Blog, post: Post, work: Work, body: bytes, outcome: str
) -> None:
    blog.takes_pingbacks("/rpc", body)
    target = blog.serve("/one", page("x", headers=[("X-Pingback", f"{blog.url}/rpc")]))
    change(post, target)
    work()
    assert outcomes() == {"one": outcome}


def test_addresses_that_are_not_public_are_never_asked(
    blog: Blog, post: Post, work: Work, settings: Any
) -> None:
    """Neither as a target nor as an endpoint nor by redirect."""
    with Blog() as inside:
        inside.takes_webmentions()
        inside.links_to(url_of(post), "/one")
        endpoint = f'<link rel="webmention" href="{inside.url}/webmention">'
        outside = blog.serve("/one", page(article(head=endpoint, body="")))
        change(post, f"{inside.url}/one", outside)
        work()
        later_attempts(work)
        assert inside.connection_count == 0
    assert set(SentLinkback.objects.values_list("outcome", flat=True)) == {"refused"}


def test_a_link_to_our_own_article_is_told_without_the_network(
    blog: Blog, post: Post, work: Work
) -> None:
    other = PostFactory(title="Newer")
    change(other, url_of(post), "http://testserver/", "http://testserver/no/such/")
    work()
    comment = Comment.objects.get()
    assert (comment.post, comment.name, comment.status) == (post, "Newer", "approved")
    assert SentLinkback.objects.count() == 1
    change(other)
    work()
    comment.refresh_from_db()
    assert comment.status == Comment.Status.TRASH


def test_a_slow_site_holds_up_neither_saving_nor_the_others(
    blog: Blog, post: Post, pages: list[str], work: Work, monkeypatch: Any
) -> None:
    monkeypatch.setattr("comments.linkbacks.sending.DISCOVERY_SECONDS", 0.3)
    change(post, blog.serve("/slow", silent), pages[0])
    work()
    assert outcomes() == {"slow": "waiting", "one": "accepted"}


def test_editors_may_send_nothing(blog: Blog, post: Post, pages: list[str], work: Work) -> None:
    LinkbackSettings.objects.create(sends=False)
    change(post, pages[0])
    work()
    assert blog.visits == []


def test_a_trackback_by_hand_is_sent_once_and_again_by_button(
    blog: Blog, post: Post, pages: list[str], work: Work, client: Client
) -> None:
    taken = b'<?xml version="1.0"?><response><error>0</error></response>'
    no = b"<response><error>1</error><message>No!</message></response>"
    address = blog.serve("/tb", in_turn(answer(taken), answer(no)))
    client.force_login(AdministratorFactory())
    add = "/admin/linkbacks/sentlinkback/add/"
    client.post(add, {"post": post.pk, "target_url": address})
    work()
    visit = blog.posts_to("/tb")[0]
    assert b"title=Post" in visit.body
    assert outcomes() == {"tb": "accepted"}
    change(post, pages[0])
    work()
    assert len(blog.posts_to("/tb")) == 1
    row = SentLinkback.objects.get(protocol=Protocol.TRACKBACK)
    text = client.get(f"/admin/linkbacks/sentlinkback/{row.pk}/change/").content.decode()
    assert "Send again" in text
    client.post(f"/admin/linkbacks/sentlinkback/{row.pk}/change/", {"_again": "1"})
    work()
    row.refresh_from_db()
    assert (row.outcome, row.detail) == ("refused", "Error: No!")


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b"<response><error>0</error></response>", "accepted"),
        (b"<response><error>1</error><message>No!</message></response>", "refused"),
        (b"<h1>Back soon<br></h1>", "waiting"),
        (b"<html><body>Back soon</body></html>", "waiting"),
        (b"<!DOCTYPE x><response><error>0</error></response>", "waiting"),
        (b"", "waiting"),
    ],
)
def test_what_a_trackback_address_answers(
    blog: Blog, post: Post, work: Work, client: Client, body: bytes, outcome: str
) -> None:
    address = blog.serve("/tb", answer(body))
    client.force_login(AdministratorFactory())
    fields = {"post": post.pk, "target_url": address}
    client.post("/admin/linkbacks/sentlinkback/add/", fields)
    work()
    assert outcomes() == {"tb": outcome}


def test_rows_are_sent_again_from_the_list(
    blog: Blog, post: Post, pages: list[str], work: Work, client: Client
) -> None:
    change(post, *pages)
    work()
    client.force_login(AdministratorFactory())
    chosen = list(SentLinkback.objects.values_list("pk", flat=True))
    fields = {"action": "send_again", "_selected_action": chosen}
    client.post("/admin/linkbacks/sentlinkback/", fields)
    work()
    assert len(blog.mentions()) == 4
    listing = client.get("/admin/linkbacks/sentlinkback/").content.decode()
    assert pages[0] in listing


def test_a_lost_task_is_found_again(blog: Blog, post: Post, pages: list[str], work: Work) -> None:
    change(post, pages[0])
    while not DBTaskResult.objects.filter(task_path__endswith="deliver").exists():
        tasks.send.call(post.pk)
    DBTaskResult.objects.all().delete()
    SentLinkback.objects.update(leased_until=timezone.now() + timedelta(seconds=30))
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        tasks.sweep.enqueue()
        work()
    assert len(blog.mentions()) == 1


def test_the_article_that_came_with_the_blog_tells_nobody(work: Work) -> None:
    call_command("starter", verbosity=0)
    work()
    assert not SentLinkback.objects.exists()
