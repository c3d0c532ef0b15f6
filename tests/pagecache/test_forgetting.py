"""After any change that a reader could see, the next request shows it, and nothing else is lost."""

import datetime
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from comments import kept, moderating
from comments.models import Comment, Conversation, DiscussionSettings
from posts.models import Category, HelpLine, Post, Site, Tag
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    CommentFactory,
    PostFactory,
    UserFactory,
)
from tests.pagecache.door import Answer, Door

AGO = "2020-0{}-01 12:00:00+00:00"


@dataclass
class Blog:
    """Three articles a month apart; the second, `middle`, is in a category and is talked about."""

    moderator: User = field(default_factory=AdministratorFactory)
    reader: User = field(default_factory=lambda: UserFactory(name="Rosa"))
    category: Category = field(default_factory=lambda: CategoryFactory(name="News", slug="news"))
    tag: Tag = field(default_factory=lambda: Tag.objects.create(name="Law", slug="law"))

    def __post_init__(self) -> None:
        Site.objects.get_or_create(pk=1)
        self.old, self.middle, self.new = (
            PostFactory(
                title=f"Title {name}",
                slug=name,
                published_at=AGO.format(number),
                author=self.moderator,
                excerpt=f"Summary {name}",
            )
            for number, name in enumerate(("old", "middle", "new"), 1)
        )
        for post in (self.old, self.middle, self.new):
            post.refresh_from_db()
        self.middle.categories.add(self.category)
        self.middle.tags.add(self.tag)
        self.said = CommentFactory(post=self.middle, reader=self.reader, name="Rosa")
        self.held = CommentFactory(post=self.middle, status=Comment.Status.PENDING)

    @property
    def paths(self) -> dict[str, str]:
        old, middle, new = (post.get_absolute_url() for post in (self.old, self.middle, self.new))
        return {
            "home": "/",
            "category": "/category/news/",
            "author": f"/author/{self.moderator.pk}/",
            "year": "/2020/",
            "old": old,
            "middle": middle,
            "middle in Spanish": f"/es{middle}",
            "new": new,
            "feed": "/feed/",
            "category feed": "/category/news/feed/atom/",
            "talk of old": f"{old}feed/",
            "talk of middle": f"{middle}feed/",
            "all talk": "/comments/feed/",
            "sitemap": "/sitemap.xml",
            "archives": "/archives/",
            "safety": "/safety/",
        }


MIDDLE = {"middle", "middle in Spanish"}
TALK_OF_MIDDLE = {*MIDDLE, "talk of middle", "all talk"}
LISTS = {"home", "category", "author", "year", "feed", "category feed"}
LISTS |= {"sitemap", "archives", "all talk"}
POSTS = {"old", "new", *MIDDLE}
ALL = {*LISTS, *POSTS, "talk of old", "talk of middle", "safety"}
OF_MIDDLE = {*LISTS, *POSTS, "talk of middle"}


def like(blog: Blog) -> None:
    Comment.objects.filter(pk=blog.said.pk).update(like_count=3)


def change_many_at_once(blog: Blog) -> None:
    Comment.objects.filter(pk=blog.said.pk).update(html="<p>Redacted.</p>")


def recount(blog: Blog) -> None:
    Conversation.objects.filter(post=blog.middle).update(response_count=7)


def show_the_readers_picture(blog: Blog) -> None:
    User.objects.filter(pk=blog.reader.pk).update(picture_key="k1")


def hold_another(blog: Blog) -> None:
    CommentFactory(post=blog.middle, status=Comment.Status.PENDING)


def the_held_one() -> Comment:
    return Comment.objects.filter(status=Comment.Status.PENDING).get()


def approve(blog: Blog) -> None:
    moderating.decide(the_held_one(), Comment.Status.APPROVED, by=blog.moderator)


def discard_the_held_one(blog: Blog) -> None:
    moderating.decide(the_held_one(), Comment.Status.SPAM, by=blog.moderator)


def use_the_desk(blog: Blog) -> None:
    client = Client()
    client.force_login(blog.moderator)
    form = {"action": "approve", "_selected_action": [str(the_held_one().pk)]}
    assert client.post("/admin/comments/comment/", form).status_code == 302


def trash(blog: Blog) -> None:
    said = Comment.objects.get(pk=blog.said.pk)
    moderating.decide(said, Comment.Status.TRASH, by=blog.moderator)


def rewrite_the_text(blog: Blog) -> None:
    Post.objects.filter(pk=blog.middle.pk).update(html="<p>Quite other words.</p>")


def begin_a_draft(blog: Blog) -> None:
    draft = PostFactory(status=Post.Status.DRAFT, slug="draft")
    draft.categories.add(blog.category)


def log_in(blog: Blog) -> None:
    Client().force_login(blog.reader)


def rename_the_author(blog: Blog) -> None:
    User.objects.filter(pk=blog.moderator.pk).update(name="Somebody Else")


def rename_the_category(blog: Blog) -> None:
    Category.objects.filter(pk=blog.category.pk).update(name="Reports")


def add_a_tag(blog: Blog) -> None:
    Tag.objects.create(name="Work", slug="work")


def rename_the_site(blog: Blog) -> None:
    Site.objects.update(name="Another name")


def add_a_help_line(blog: Blog) -> None:
    HelpLine.objects.create(name="A new line", phone="123", reviewed_on="2026-01-01")


def remember_a_review(blog: Blog) -> None:
    HelpLine.objects.update(reminded_on="2026-01-02")


def turn_the_order(blog: Blog) -> None:
    DiscussionSettings.objects.create(newest_first=True)


def publish_another(blog: Blog) -> None:
    PostFactory(title="Title newest", slug="newest", published_at=AGO.format(4))


def take_out_of_the_category(blog: Blog) -> None:
    blog.middle.categories.clear()


def withdraw(blog: Blog) -> None:
    Post.objects.filter(pk=blog.middle.pk).update(status=Post.Status.WITHDRAWN)


# In this order: each leaves the blog as the next expects it.
CHANGES: list[tuple[Callable[[Blog], None], set[str]]] = [
    (like, TALK_OF_MIDDLE),
    (change_many_at_once, TALK_OF_MIDDLE),
    (recount, TALK_OF_MIDDLE),
    (show_the_readers_picture, TALK_OF_MIDDLE),
    (approve, TALK_OF_MIDDLE),
    (hold_another, set()),
    (use_the_desk, TALK_OF_MIDDLE),
    (hold_another, set()),
    (discard_the_held_one, set()),
    (trash, TALK_OF_MIDDLE),
    (rewrite_the_text, OF_MIDDLE - {"archives"}),
    (begin_a_draft, set()),
    (log_in, set()),
    (rename_the_author, {*LISTS, *POSTS, "talk of old", "talk of middle"} - {"archives"}),
    (rename_the_category, ALL),
    (add_a_tag, {"archives"}),
    (rename_the_site, ALL),
    (add_a_help_line, ALL),
    (remember_a_review, set()),
    (turn_the_order, ALL),
    (publish_another, {*LISTS, *POSTS}),
    (take_out_of_the_category, OF_MIDDLE),
    (withdraw, OF_MIDDLE),
]


@pytest.mark.slow
def test_a_change_takes_away_the_pages_that_show_it_and_no_other(
    door: Door, subtests: pytest.Subtests
) -> None:
    blog = Blog()
    for name, path in blog.paths.items():
        assert door.ask(path).status == 200, name
        assert door.is_kept(path), name
    for change, expected in CHANGES:
        with subtests.test(change.__name__):
            change(blog)
            before = len(door.django.paths)
            shown = {name: door.ask(path) for name, path in blog.paths.items()}
            made = {*door.django.paths[before:]}
            assert {name for name, path in blog.paths.items() if path in made} == expected
            for name, path in blog.paths.items():
                assert timeless(shown[name]) == timeless(door.fresh(path)), name


def timeless(answer: Answer) -> str:
    """A feed without entries says when it was made."""
    return re.sub("<(lastBuildDate|updated)>.*?<", "<", answer.text)


def test_what_is_rolled_back_takes_nothing_away(door: Door) -> None:
    blog = Blog()
    path = blog.paths["middle"]
    door.ask(path)
    with suppress(RuntimeError), transaction.atomic():
        approve(blog)
        raise RuntimeError
    assert door.is_kept(path)


def test_a_conversation_that_closes_by_its_age_loses_its_form(door: Door) -> None:
    DiscussionSettings.objects.create(closes_after_days=14)
    post = PostFactory(published_at=timezone.now() - datetime.timedelta(days=14, minutes=1))
    other = PostFactory()
    for path in (post.get_absolute_url(), other.get_absolute_url()):
        door.ask(path)
    kept.close_due()
    assert not door.is_kept(post.get_absolute_url())
    assert door.is_kept(other.get_absolute_url())
