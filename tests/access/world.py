"""One of everything, none of it theirs, and the people who come to it."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.test import Client, RequestFactory
from django.test.client import ClientHandler
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import Deletion, User
from comments.linkbacks.models import LinkbackSettings, ReceivedLinkback, SentLinkback
from comments.models import (
    Ban,
    CannedReason,
    Decision,
    DiscussionSettings,
    MailKey,
    PrivateNote,
    Report,
    Sealed,
    Subscription,
)
from posts.models import Category, HelpLine, Image, Post, Site, Tag
from tests.factories import AdministratorFactory, CommentFactory, PostFactory, UserFactory
from tests.signing_in import sign_in_lately

DAY = datetime.datetime(2026, 3, 4, 12, tzinfo=datetime.UTC)
PEOPLE = ("stranger", "reader", "Moderator", "Author", "Editor", "Administrator", "superuser")


def person(who: str) -> User:
    if who in ("reader", "superuser"):
        made: User = (UserFactory if who == "reader" else AdministratorFactory)(name=who)
        return made
    user: User = UserFactory(name=who, is_staff=True, email=f"{who}@example.org")
    user.groups.add(Group.objects.get(name=who))
    return user


@dataclass
class World:
    """Rows by what an address calls them, and a cookie for everybody."""

    rows: dict[str, Any]
    cookies: dict[str, str]
    handler: ClientHandler

    def ask(self, who: str, method: str, path: str, form: Any = None, **extra: Any) -> Any:
        """Ask as `who`; whatever the answer changed is as it was again afterwards.

        Django's test client copies what every template was given, which costs most of the time.
        """
        cookie = {"HTTP_COOKIE": f"{settings.SESSION_COOKIE_NAME}={self.cookies[who]}"}
        given = () if method == "GET" else (form or {},)
        asked = getattr(
            RequestFactory(**(cookie if self.cookies[who] else {}), **extra), method.lower()
        )
        with transaction.atomic():
            answer = self.handler(asked(path, *given).environ)
            if answer.streaming:
                b"".join(answer)
            transaction.set_rollback(True)
        return answer

    def parts(self, route: str) -> dict[str, Any]:
        """What stands for the parts of that address."""
        post, first = self.rows["post"], route.partition("/")[0]
        named = re.match(r"admin/\w+/(\w+)/", route)
        slugs = {"category": "notes", "tag": "signs", "<words:slug>": "about-us"}
        row = {"author": "user", "comments": "comment"}.get(first, named[1] if named else "post")
        number = getattr(self.rows.get(row), "pk", 1)
        return {
            "year": "2026",
            "month": "03",
            "day": "04",
            "pk": number,
            "object_id": number,
            "id": number,
            "content_type_id": self.rows["content_type"],
            "slug": slugs.get(first, post.slug),
            "token": self.rows["tokens"].get(first, ""),
            "choice": "approve",
            "code": self.rows["deletion"].code,
            "key": self.rows["receivedlinkback"].key if first == "webmention" else "x",
        } | ({"name": f"images/{'0' * 24}.jpg"} if first == "media" else {})


def build() -> World:
    """Everything belongs to Ada or to nobody, and Ada is none of those who ask."""
    ada = UserFactory(name="Ada", is_staff=True, email="ada@example.org")
    post = PostFactory(author=ada, slug="a-post", published_at=DAY)
    page = PostFactory(author=ada, slug="about-us", kind=Post.Kind.PAGE)
    draft = PostFactory(author=ada, slug="a-draft", status="draft")
    draft.share_preview()
    comment = CommentFactory(post=post, reader=ada, name="Ada")
    Sealed.objects.create(comment=comment, text="What was cut out")
    subscription = Subscription.objects.create(
        email="ada@example.org", kind="post", post=post, confirmed_at=timezone.now()
    )
    rows: dict[str, Any] = {
        "post": post,
        "page": page,
        "draft": draft,
        "comment": comment,
        "reader": ada,
        "user": ada,
        "group": Group.objects.get(name="Author"),
        "decision": Decision.objects.create(comment=comment, post=post, what="status", why="x"),
        "report": Report.objects.create(comment=comment, reason="harm", reader_key="x"),
        "privatenote": PrivateNote.objects.create(words="hush"),
        "ban": Ban.objects.create(host="evil.example"),
        "cannedreason": CannedReason.objects.create(title="A reason", words="Kind words"),
        "discussionsettings": DiscussionSettings.current(),
        "receivedlinkback": ReceivedLinkback.objects.create(
            source_url="http://blog.example/", post=post, protocol="webmention"
        ),
        "sentlinkback": SentLinkback.objects.create(
            target_url="http://blog.example/", post=post, protocol="webmention"
        ),
        "linkbacksettings": LinkbackSettings.objects.create(),
        "image": Image.objects.create(
            file="images/x.jpg", name="x", alt="x", width=1, height=1, uploaded_by=ada
        ),
        "category": Category.objects.create(name="Notes", slug="notes"),
        "tag": Tag.objects.create(name="Signs", slug="signs"),
        "helpline": HelpLine.objects.create(name="A line", reviewed_on=datetime.date.today()),
        "site": Site.current(),
        "authenticator": TOTP.activate(ada, "JBSWY3DPEHPK3PXP").instance,
        "dbtaskresult": DBTaskResult.objects.create(
            exception_class_path="",
            traceback="",
            task_path="accounts.tasks.forget_sessions",
            args_kwargs={"args": [], "kwargs": {}},
            backend_name="default",
            run_after=timezone.now(),
        ),
        "deletion": Deletion.objects.create(digest="x", outcome="account"),
        "content_type": ContentType.objects.get_for_model(Post).pk,
        "tokens": {
            "subscriptions": subscription.token,
            "moderate": MailKey.objects.issue(comment, AdministratorFactory()),
            "preview": draft.preview_token,
        },
    }
    for name in ("discussionsettings", "site"):
        rows[name].save()
    cookies = {"stranger": ""}
    for who in PEOPLE[1:]:
        client = sign_in_lately(Client(), person(who))
        cookies[who] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return World(rows, cookies, ClientHandler(enforce_csrf_checks=False))
