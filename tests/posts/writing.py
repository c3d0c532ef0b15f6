"""An author at the desk: who they are and what their forms hold."""

from typing import Any

from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import User
from posts.models import Post
from tests.factories import UserFactory

POSTS, PAGES = "/admin/posts/post/", "/admin/posts/page/"


def member(role: str, **facts: Any) -> User:
    user: User = UserFactory(is_staff=True, **facts)
    user.groups.add(Group.objects.get(name=role))
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def form(**facts: Any) -> dict[str, Any]:
    return {
        "title": "A title",
        "slug": "",
        "body": "<p>Words.</p>",
        "status": "draft",
        "published_at_0": "",
        "published_at_1": "",
        "tag_names": "",
        "comments_open": "on",
        "pings_open": "on",
        **facts,
    }


def changed(post: Post, **facts: Any) -> dict[str, Any]:
    post.refresh_from_db()
    given = {"title": post.title, "slug": post.slug, "body": post.body, "status": post.status}
    return form(**{**given, "seen_version": post.version, **facts})


def change(post: Post) -> str:
    return f"{POSTS}{post.pk}/change/"
