"""What each role may do, and above all what it may not: every address of the admin is walked."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from accounts.models import User
from accounts.roles import ROLES
from comments.models import Comment
from tests.comments.desks import desk_of, one_of_the_team
from tests.factories import AdministratorFactory, CommentFactory, PostFactory, UserFactory

pytestmark = pytest.mark.django_db

# What everybody at the desk reaches: the first page, their own password, leaving, scripts' words.
EVERYBODYS = {
    *("index", "login", "logout", "password_change", "password_change_done", "jsi18n"),
    *("autocomplete", "view_on_site", "app_list"),
}
MODERATORS = re.compile(
    r"comments_(comment|decision|report|ban|reader|privatenote)_"
    r"(changelist|change|history|decide|claim|reply|redact|unseal|writer|undo|preferences|export"
    r"|delete|add)$"
)
BARRED = 403, 404, 405


def addresses() -> Iterator[tuple[str, str]]:
    """Every named address of the admin, as (name, path)."""
    for pattern in admin.site.get_urls():
        yield from _named(pattern)


def _named(pattern: URLPattern | URLResolver) -> Iterator[tuple[str, str]]:
    if isinstance(pattern, URLResolver):
        for inner in pattern.url_patterns:
            yield from _named(inner)
    elif pattern.name:
        for arguments in ({}, {"object_id": "1"}, {"pk": 1}, {"id": "1"}):
            try:
                yield pattern.name, reverse(f"admin:{pattern.name}", kwargs=arguments)
            except NoReverseMatch:
                continue
            return


@pytest.fixture
def something(db: None) -> Comment:
    """A row behind the addresses that name one."""
    comment: Comment = CommentFactory(post=PostFactory(author=UserFactory()), reader=UserFactory())
    return comment


def barred(client: Client, path: str, method: str) -> bool:
    ask = client.get if method == "GET" else client.post
    answer: Any = ask(path, {"is_superuser": "on", "is_staff": "on", "post": "yes"})
    is_sent_away = answer.status_code == 302 and answer["Location"] in ("/admin/", "/admin/login/")
    return answer.status_code in BARRED or is_sent_away


def test_the_walk_sees_the_whole_admin() -> None:
    names = {name for name, _path in addresses()}

    assert {"accounts_user_add", "posts_post_change", "comments_comment_decide"} <= names
    assert len(names) > 60
    assert get_resolver()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_moderator_is_kept_out_of_every_other_page(something: Comment, method: str) -> None:
    """Asked for by GET and posted to, with fields that would make more of them."""
    tess = one_of_the_team("Moderator")
    before = list(Permission.objects.filter(group__user=tess).order_by("pk"))
    desk = desk_of(tess)
    walked = [
        (name, path)
        for name, path in addresses()
        if name not in EVERYBODYS and not MODERATORS.match(name)
    ]

    reached = [name for name, path in walked if not barred(desk, path, method)]

    assert len(walked) > 30
    assert reached == []
    tess.refresh_from_db()
    assert not tess.is_superuser
    assert list(Permission.objects.filter(group__user=tess).order_by("pk")) == before


def test_no_page_that_a_moderator_reaches_says_an_address(something: Comment) -> None:
    User.objects.update(email="secret@example.org")
    Comment.objects.update(email="secret@example.org")
    desk = desk_of(one_of_the_team("Moderator", email="own@example.org"))

    for name, path in addresses():
        if name not in ("logout", "comments_comment_undo"):
            answer = desk.get(path)
            body = b"" if answer.streaming else answer.content
            assert b"secret@example.org" not in body, name


def test_a_moderator_neither_bans_the_words_nor_sets_the_rules(something: Comment) -> None:
    desk = desk_of(one_of_the_team("Moderator"))

    for path in (
        "/admin/comments/discussionsettings/",
        "/admin/comments/discussionsettings/add/",
        "/admin/comments/cannedreason/",
        "/admin/accounts/user/",
        "/admin/auth/group/",
        "/admin/posts/post/",
    ):
        assert desk.get(path).status_code in BARRED, path
    assert desk.get("/admin/posts/").status_code in BARRED


def test_an_author_has_own_posts_and_their_comments_and_nothing_else(something: Comment) -> None:
    desk = desk_of(one_of_the_team("Author"))

    for path in (
        "/admin/comments/report/",
        "/admin/comments/ban/",
        "/admin/comments/ban/add/",
        "/admin/comments/reader/",
        "/admin/comments/privatenote/",
        "/admin/comments/discussionsettings/",
        "/admin/comments/cannedreason/",
        f"/admin/comments/comment/{something.pk}/delete/",
        "/admin/accounts/user/",
        "/admin/auth/group/",
        "/admin/posts/site/",
        "/admin/posts/helpline/",
        "/admin/posts/category/add/",
    ):
        assert desk.get(path).status_code in BARRED, path
    assert desk.get("/admin/posts/post/").status_code == 200
    assert desk.get("/admin/comments/comment/").status_code == 200


def test_an_editor_has_all_of_the_blog_and_no_accounts(something: Comment) -> None:
    desk = desk_of(one_of_the_team("Editor"))

    for path in ("/admin/posts/post/", "/admin/posts/site/", "/admin/comments/discussionsettings/"):
        assert desk.get(path, follow=True).status_code == 200, path
    for path in ("/admin/accounts/user/", "/admin/accounts/user/add/", "/admin/auth/group/"):
        assert desk.get(path).status_code in BARRED, path


def test_what_providers_tell_is_in_no_list_of_the_desk(something: Comment) -> None:
    desk = desk_of(AdministratorFactory())

    assert "socialaccount" not in desk.get("/admin/").content.decode()
    for path in ("socialaccount/socialtoken/", "socialaccount/socialapp/", "account/emailaddress/"):
        assert desk.get(f"/admin/{path}").status_code == 404, path


def test_an_administrator_makes_no_superuser_and_changes_none(something: Comment) -> None:
    boss, reader = AdministratorFactory(), UserFactory()
    me = one_of_the_team("Administrator")
    desk = desk_of(me)
    fields = {"username": reader.username, "name": "New", "is_active": "on", "is_superuser": "on"}
    joined = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}

    answer = desk.post(f"/admin/accounts/user/{reader.pk}/change/", {**fields, **joined})
    assert answer.status_code == 302
    for path in (f"{boss.pk}/change/", f"{boss.pk}/password/", f"{boss.pk}/delete/"):
        answer = desk.post(f"/admin/accounts/user/{path}", {"post": "yes", "password1": "x" * 12})
        assert answer.status_code == 403, path
    desk.post(
        "/admin/accounts/user/",
        {"action": "delete_selected", "_selected_action": [boss.pk], "post": "yes"},
    )

    reader.refresh_from_db()
    assert (reader.name, reader.is_superuser) == ("New", False)
    assert User.objects.filter(pk=boss.pk, is_superuser=True).exists()


def test_the_last_superuser_stays_one() -> None:
    boss = AdministratorFactory()
    desk = desk_of(boss)
    fields = {
        "username": boss.username,
        "name": boss.name,
        "is_active": "on",
        "is_staff": "on",
        "date_joined_0": "2026-01-01",
        "date_joined_1": "00:00:00",
    }

    answer = desk.post(f"/admin/accounts/user/{boss.pk}/change/", fields)
    assert "last administrator" in answer.content.decode()
    assert desk.post(f"/admin/accounts/user/{boss.pk}/delete/", {"post": "yes"}).status_code == 403
    other = AdministratorFactory()
    assert desk.post(f"/admin/accounts/user/{other.pk}/delete/", {"post": "yes"}).status_code == 302
    boss.refresh_from_db()
    assert boss.is_superuser


@pytest.mark.parametrize(("name", "greeted"), [("", "tess"), ("Tess T.", "Tess T.")])
def test_the_desk_greets_by_a_name_of_ones_own(client: Client, name: str, greeted: str) -> None:
    client.force_login(AdministratorFactory(username="tess", name=name))
    assert f"<strong>{greeted}</strong>" in client.get("/admin/").content.decode()


def test_a_migration_makes_what_is_missing_and_leaves_what_an_owner_set() -> None:
    moderators = Group.objects.get(name="Moderator")
    moderators.permissions.remove(Permission.objects.get(codename="add_ban"))
    Group.objects.get(name="Author").delete()

    call_command("migrate", verbosity=0)

    assert not moderators.permissions.filter(codename="add_ban").exists()
    author = Group.objects.get(name="Author")
    apps = set(author.permissions.values_list("content_type__app_label", flat=True))
    assert apps == {"posts", "comments"}


def test_a_role_names_no_permission_of_these_apps_that_is_not_there() -> None:
    there = {
        f"{row.content_type.app_label}.{row.codename}"
        for row in Permission.objects.select_related("content_type")
    }
    named = {name for names in ROLES.values() for name in names if not name.endswith("*")}

    assert named - there == set()
