"""What belongs to somebody else: drafts, comments, links, mails. Counting reaches none of it."""

import datetime
import json
from itertools import product

import pytest
from django.conf import settings as configured
from django.contrib.contenttypes.models import ContentType
from django.core.signing import TimestampSigner
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from comments.models import Comment, Like, Report, Subscription
from posts.models import Autosave, Category, Post, Tag
from posts.search import keeping
from tests.access.addresses import routes
from tests.access.world import PEOPLE, World, build
from tests.factories import CommentFactory, PostFactory, UserFactory
from tests.posts.writing import change, changed, form, member, signed_in
from tests.signing_in import sign_in_lately

pytestmark = pytest.mark.django_db

BELOW = (
    *("", "feed/", "feed/atom/", "respond/", "respond/?parent={comment}", "comment-page-2/"),
    *("follow/", "card.png", "trackback/"),
)
BESIDE = (
    *("/?p={pk}", "/?page_id={pk}", "/comments/{comment}/", "/comments/{comment}/edit/"),
    *("/comments/{comment}/delete/", "/comments/{comment}/report/", "/comments/note/?post={pk}"),
    *("/search/?q=xyzbody", "/search/?q=xyzcomment&comments=1", "/search/?q=xyztitle"),
    *("/oembed/?url=http://testserver{path}", "/webmention/", "/?s=xyzbody"),
    *("/es{path}", "/es/search/?q=xyzbody", "/no-such-page-xyztitle/"),
)
OUTSIDERS = ("stranger", "reader", "Moderator", "Author")


@pytest.fixture
def world(settings: Settings) -> World:
    settings.RATE_LIMITS = settings.PAGE_CACHE = False
    return build()


def hidden(world: World, state: str) -> Post:
    """A post of Ada's that is not for everybody (yet), with a comment below it."""
    ahead = datetime.timedelta(days=3 if state == "scheduled" else -3)
    status = "published" if state == "password" else state
    post: Post = PostFactory(
        author=world.rows["user"],
        title="Xyztitle" if state != "password" else "Known",
        slug="xyztitle" if state != "password" else "known",
        body="<p>Xyzbody</p>",
        excerpt="" if state == "password" else "Xyzexcerpt",
        status=status,
        published_at=timezone.now() + ahead,
    )
    if state == "password":
        post.protect("open sesame")
        post.save()
    post.categories.add(Category.objects.get())
    post.tags.add(Tag.objects.get())
    CommentFactory(post=post, name="Xyzname", text="Xyzcomment")
    keeping.put(post)
    return post


def everywhere(post: Post) -> list[str]:
    """Every address by which a post could be come at, and every list that could name it."""
    path = post.dated_path
    words = {"pk": post.pk, "comment": Comment.objects.get(post=post).pk, "path": path}
    lists = [
        f"/{route}".replace("<words:slug>", "signs" if route.startswith("tag") else "notes")
        .replace("<int:pk>", str(post.author_id))
        .replace("<int:page>", "1")
        .replace("<int:part>", "1")
        .replace("<yyyy:year>", f"{post.published_at:%Y}")
        .replace("<mm:month>", f"{post.published_at:%m}")
        for route in routes()
        if not route.startswith(("admin/", "accounts/", "comments/<", "exit"))
    ]
    return [
        *(f"{path}{below}".format(**words) for below in BELOW),
        *(address.format(**words) for address in BESIDE),
        *(address for address in lists if "<" not in address and "(" not in address),
    ]


class TestWhatIsNotForEverybody:
    @pytest.mark.parametrize("state", ["draft", "review", "scheduled", "withdrawn", "password"])
    def test_is_told_at_no_address(self, world: World, state: str) -> None:
        post = hidden(world, state)
        addresses = everywhere(post)
        assert len(addresses) > 60
        for who, address in product(("stranger", "Author"), addresses):
            answer = world.ask(who, "GET", address)
            asked_for = address if "search" in address or "xyztitle" in address else ""
            told = b"" if answer.streaming else answer.content.lower()
            for secret in (b"xyzbody", b"xyzcomment", b"xyzname", b"xyzexcerpt", b"xyztitle"):
                assert secret.decode() in asked_for or secret not in told, (who, address, secret)
            assert "xyz" not in answer.get("Location", "").lower() or "xyz" in address, address

    @pytest.mark.parametrize("state", ["draft", "scheduled", "withdrawn", "password"])
    def test_takes_nothing(self, world: World, state: str) -> None:
        post = hidden(world, state)
        path, comment = post.dated_path, Comment.objects.get(post=post)
        for who in OUTSIDERS:
            for below, sent in (
                ("respond/", {"comment": "Words", "author": "Ada"}),
                ("respond/preview/", {"comment": "Words"}),
                ("follow/", {"email": "a@example.org", "kinds": ["post"]}),
            ):
                assert world.ask(who, "POST", f"{path}{below}", sent).status_code in (403, 404)
        client = Client()
        sources = {"source": "http://blog.example/", "target": f"http://testserver{path}"}
        for url, sent in (
            (f"{path}trackback/", {"url": "http://blog.example/"}),
            ("/webmention/", sources),
            (f"/comments/{comment.pk}/like/", {}),
            (f"/comments/{comment.pk}/report/", {"reason": "harm", "words": "x"}),
        ):
            # Other sites may mention what has a password: it has an address that everybody knows.
            if state != "password" or "/comments/" in url:
                assert client.post(url, sent).status_code in (200, 400, 403, 404), url
        assert Comment.objects.count() == 2
        assert not Like.objects.exists()
        assert not Report.objects.exclude(comment=world.rows["comment"]).exists()

    def test_its_address_is_not_told_by_the_desk_either(self, world: World) -> None:
        post = hidden(world, "draft")
        kind = ContentType.objects.get_for_model(Post).pk
        url = f"/admin/r/{kind}/{post.pk}/"
        for who in ("Moderator", "Author"):
            assert world.ask(who, "GET", url).status_code == 404
        assert world.ask("Editor", "GET", url)["Location"] == post.get_absolute_url()
        accounts = ContentType.objects.get_for_model(User).pk
        for who, number in product(PEOPLE[2:], (0, 1, accounts, 10**6)):
            assert world.ask(who, "GET", f"/admin/r/{number}/1/").status_code in (302, 404)

    def test_a_secret_link_is_for_one_post_and_ends(self, world: World) -> None:
        post, other = hidden(world, "draft"), world.rows["draft"]
        post.share_preview()
        first = post.preview_token
        assert "Xyzbody" in Client().get(f"/preview/{first}/").content.decode()
        post.share_preview()
        for token in (first, first[:-1], post.preview_token.swapcase(), "%00", "-", str(post.pk)):
            assert Client().get(f"/preview/{token}/").status_code == 404, token
        page = Client().get(f"/preview/{other.preview_token}/").content.decode()
        assert "Xyzbody" not in page
        post.revoke_preview()
        assert Client().get(f"/preview/{post.preview_token or first}/").status_code == 404
        assert Client().get(post.get_absolute_url()).status_code == 404


class TestCommentsOfOthers:
    @pytest.mark.parametrize("status", ["approved", "pending", "spam", "trash"])
    @pytest.mark.parametrize("is_guest", [True, False])
    def test_are_not_theirs_to_change(self, world: World, status: str, is_guest: bool) -> None:
        ada = None if is_guest else world.rows["user"]
        comment = CommentFactory(
            post=world.rows["post"], reader=ada, guest_key="ada" * 8 if is_guest else ""
        )
        Comment.objects.filter(pk=comment.pk).update(status=status)
        guest = TimestampSigner(salt="guest").sign("bob" * 8)
        cookies = ["", guest, guest.replace("bob", "ada"), "ada" * 8, f"{'ada' * 8}:x:y", ":"]
        for what in ("edit", "delete"):
            url = f"/comments/{comment.pk}/{what}/"
            for who, method in product(PEOPLE, ("GET", "POST")):
                assert world.ask(who, method, url, {"comment": "Mine"}).status_code == 404
            for cookie in cookies:
                client = Client()
                client.cookies[configured.GUEST_COOKIE_NAME] = cookie
                assert client.post(url, {"comment": "Mine"}).status_code == 404, cookie
        comment.refresh_from_db()
        assert (comment.text, comment.status) != ("Mine", "trash")
        assert "Mine" not in comment.text
        assert comment.status == status

    def test_a_guests_key_is_a_guests_alone(self, world: World) -> None:
        """Who is signed in and brings a guest's cookie is the reader; an old cookie is nobody's."""
        comment = CommentFactory(post=world.rows["post"], guest_key="ada" * 8)
        url, cookie = f"/comments/{comment.pk}/edit/", configured.GUEST_COOKIE_NAME
        key = TimestampSigner(salt="guest").sign("ada" * 8)
        reader = sign_in_lately(Client(), UserFactory())
        guest = Client()
        reader.cookies[cookie] = guest.cookies[cookie] = key
        assert reader.get(url).status_code == 404
        assert guest.get(url).status_code == 200

    @pytest.mark.parametrize("status", ["pending", "spam", "trash"])
    def test_are_not_answered_liked_or_reported_before_they_are_read(
        self, world: World, status: str
    ) -> None:
        comment = CommentFactory(post=world.rows["post"], text="Xyzheld", status=status)
        path = world.rows["post"].get_absolute_url()
        for who in ("stranger", "reader", "Author"):
            assert world.ask(who, "GET", f"/comments/{comment.pk}/").status_code == 404
            assert world.ask(who, "POST", f"/comments/{comment.pk}/like/").status_code == 404
            assert world.ask(who, "GET", f"/comments/{comment.pk}/report/").status_code == 404
            page = world.ask(who, "GET", f"{path}respond/?parent={comment.pk}")
            assert b"Xyzheld" not in page.content
            sent = {"comment": "An answer", "author": "Bob", "parent": comment.pk}
            assert world.ask(who, "POST", f"{path}respond/", sent).status_code == 422

    def test_what_is_taken_along_is_ones_own(self, world: World) -> None:
        CommentFactory(post=world.rows["post"], reader=world.rows["user"], text="Xyztheirs")
        answer = world.ask("reader", "POST", "/accounts/me/download/")
        kept = json.loads(answer.content)
        assert b"Xyztheirs" not in answer.content
        assert b"ada@example.org" not in answer.content
        assert kept["comments"] == kept["second_factors"] == kept["subscriptions"] == []


class TestMailLinksOfOthers:
    @pytest.fixture
    def two(self, post: Post) -> tuple[Subscription, Subscription]:
        made = [
            Subscription.objects.create(
                email=email, kind="post", post=post, confirmed_at=timezone.now()
            )
            for email in ("ada@example.org", "bob@example.org")
        ]
        return made[0], made[1]

    def test_end_and_show_nothing(self, two: tuple[Subscription, Subscription]) -> None:
        ada, bob = two
        sent = {"action": "end", "subscription": [ada.pk, bob.pk]}
        page = Client().post(f"/subscriptions/{bob.token}/", sent).content.decode()
        assert "ada@" not in page
        assert [row.pk for row in Subscription.objects.all()] == [ada.pk]

    def test_confirm_nothing(self, two: tuple[Subscription, Subscription]) -> None:
        ada, bob = two
        Subscription.objects.filter(pk=ada.pk).update(confirmed_at=None)
        Client().post(f"/subscriptions/{bob.token}/", {"action": "confirm"})
        ada.refresh_from_db()
        assert ada.confirmed_at is None

    def test_are_not_counted_up(self, two: tuple[Subscription, Subscription]) -> None:
        ada, bob = two
        signature = bob.token.partition(str(bob.pk))[2]
        for token in (f"{ada.pk}{signature}", str(ada.pk), f"{ada.pk}.x", ada.token[:-1]):
            assert Client().get(f"/subscriptions/{token}/").status_code == 404
            Client().post(f"/subscriptions/{token}/unsubscribe/")
        assert Subscription.objects.count() == 2


class TestAuthors:
    """Ada and Bob write; neither edits what others write."""

    @pytest.fixture
    def ada(self) -> User:
        return member("Author", name="Ada")

    @pytest.fixture
    def bob(self) -> Client:
        return signed_in(member("Author", name="Bob"))

    @pytest.mark.parametrize("status", ["draft", "review", "published", "withdrawn"])
    def test_reach_nothing_of_each_others(self, ada: User, bob: Client, status: str) -> None:
        post = PostFactory(author=ada, status=status, body="<p>Xyzbody</p>")
        signed_in(ada).post(f"/admin/posts/post/{post.pk}/autosave/", form(body="<p>Xyzauto</p>"))
        before = Post.objects.values().get(pk=post.pk)
        url = f"/admin/posts/post/{post.pk}"
        for place in ("change", "delete", "history", "autosave", "preview", "discard", "versions"):
            for answer in (
                bob.get(f"{url}/{place}/?restore=1&old=1&new=1"),
                bob.post(
                    f"{url}/{place}/", {**changed(post, title="Mine", restore=1), "post": "yes"}
                ),
            ):
                assert answer.status_code in (302, 403, 404, 405)
                assert b"Xyz" not in answer.content
                assert answer.get("Location", "/admin/") == "/admin/"
        assert Post.objects.values().get(pk=post.pk) == before
        assert b"Xyz" not in bob.get("/admin/posts/post/").content
        assert post.title not in bob.get("/admin/posts/post/?q=Xyzbody").content.decode()

    def test_take_no_post_by_its_number(self, ada: User, bob: Client) -> None:
        post = PostFactory(author=ada, status="draft")
        bob.post("/admin/posts/post/add/", form(id=post.pk, pk=post.pk, author=ada.pk))
        post.refresh_from_db()
        assert post.author == ada
        assert Post.objects.exclude(pk=post.pk).get().author.name == "Bob"

    def test_who_write_together_do_not_read_what_the_other_has_not_saved(
        self, ada: User, bob: Client
    ) -> None:
        post = PostFactory(author=ada, status="draft", body="<p>Both know.</p>")
        post.co_authors.add(User.objects.get(name="Bob"))
        signed_in(ada).post(f"/admin/posts/post/{post.pk}/autosave/", form(body="<p>Xyzauto</p>"))
        assert Autosave.objects.get().author == ada
        for place in ("change/?restore=1", "preview/", "versions/"):
            assert b"Xyzauto" not in bob.get(f"/admin/posts/post/{post.pk}/{place}").content
        bob.post(f"/admin/posts/post/{post.pk}/discard/")
        assert Autosave.objects.exists()

    def test_see_no_version_of_another_post_beside_their_own(self, ada: User, bob: Client) -> None:
        mine = PostFactory(author=User.objects.get(name="Bob"), status="draft")
        theirs = PostFactory(author=ada, status="draft", body="<p>Xyzbody</p>")
        signed_in(ada).post(change(theirs), changed(theirs, title="Xyztitle"))
        number = theirs.revisions.get().version
        page = bob.get(f"/admin/posts/post/{mine.pk}/versions/?old={number}&new={number}")
        assert b"Xyz" not in page.content
        answer = bob.post(f"/admin/posts/post/{mine.pk}/versions/", {"restore": number})
        assert answer.status_code == 404

    def test_moderate_under_their_own_posts_alone(self, ada: User, bob: Client) -> None:
        held = CommentFactory(post=PostFactory(author=ada), status="pending", text="Xyzheld")
        queue = "/admin/comments/comment/"
        assert b"Xyzheld" not in bob.get(f"{queue}?status=all").content
        chosen = {"action": "approve", "_selected_action": [held.pk], "select_across": "1"}
        bob.post(queue, chosen)
        bob.post(f"{queue}{held.pk}/decide/", {"decision": "approved"})
        held.refresh_from_db()
        assert held.status == "pending"


def test_the_desks_lists_of_linkbacks_answer_no_guess_at_an_address(world: World) -> None:
    for guess in ("asked_from=203.0.113.9", "asked_from__startswith=2", "post__password__gt=a"):
        answer = world.ask("Editor", "GET", f"/admin/linkbacks/receivedlinkback/?{guess}")
        assert answer.status_code in (302, 400), guess
    url = "/admin/linkbacks/receivedlinkback/?state__exact=waiting&protocol__exact=webmention"
    assert world.ask("Editor", "GET", url).status_code == 200
