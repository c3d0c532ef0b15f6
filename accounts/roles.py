"""The four roles a blog's team has, as groups that every migration brings up to date.

They are ours: what is changed about them in the admin is put back. Groups of one's own stand
beside them. Permissions are named and not imported, since they belong to the apps above; a name
that no app has (yet) grants nothing.
"""

from typing import Any

from django.apps import AppConfig, apps
from django.contrib.auth.models import Group, Permission
from django.db.models import Q

MODERATOR, AUTHOR, EDITOR, ADMINISTRATOR = "Moderator", "Author", "Editor", "Administrator"

_THEIR_COMMENTS = ["comments.view_comment", "comments.change_comment", "comments.view_decision"]
_EVERYBODYS_COMMENTS = [
    *_THEIR_COMMENTS,
    "comments.moderate_everywhere",
    "comments.delete_comment",
    *("comments.view_report", "comments.change_report"),
    *("comments.view_ban", "comments.add_ban", "comments.change_ban"),
    *("comments.view_reader", "comments.change_standing"),
    *("comments.view_privatenote", "comments.change_privatenote", "comments.delete_privatenote"),
]
_THEIR_POSTS = [
    *("posts.view_post", "posts.add_post", "posts.change_post", "posts.delete_post"),
    *("posts.view_category", "posts.view_tag", "posts.add_tag"),
    *("posts.view_image", "posts.add_image", "posts.change_image"),
]

# `app.*` is everything that app has.
ROLES: dict[str, list[str]] = {
    MODERATOR: _EVERYBODYS_COMMENTS,
    AUTHOR: [*_THEIR_POSTS, *_THEIR_COMMENTS],
    EDITOR: ["posts.*", "comments.*"],
    ADMINISTRATOR: ["posts.*", "comments.*", "accounts.*", "auth.view_group"],
}


def bring_up_to_date(sender: AppConfig, **kwargs: Any) -> None:
    """Make the groups, and give each exactly its permissions. After the last app's migrations."""
    with_models = [app for app in apps.get_app_configs() if app.models_module is not None]
    if sender is not with_models[-1]:
        return
    for name, wanted in ROLES.items():
        group, _is_new = Group.objects.get_or_create(name=name)
        permissions = set(_permissions(wanted))
        if permissions != set(group.permissions.all()):
            group.permissions.set(permissions)


def _permissions(names: list[str]) -> list[Permission]:
    wanted = Q(pk__in=[])
    for name in names:
        app, _dot, codename = name.partition(".")
        each = Q(content_type__app_label=app)
        wanted |= each if codename == "*" else each & Q(codename=codename)
    return list(Permission.objects.filter(wanted))
