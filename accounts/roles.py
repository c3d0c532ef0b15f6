"""What the four roles of a team may do, but for writing, which `posts.roles` says.

Permissions are named and not imported, since they belong to the apps above.
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

# `app.*` is everything that app has.
ROLES: dict[str, list[str]] = {
    MODERATOR: _EVERYBODYS_COMMENTS,
    AUTHOR: _THEIR_COMMENTS,
    EDITOR: ["comments.*", "linkbacks.*"],
    ADMINISTRATOR: [
        *("posts.*", "comments.*", "linkbacks.*", "accounts.*", "auth.view_group", "health.*"),
        *("mfa.view_authenticator", "mfa.delete_authenticator"),
    ],
}


def ensure_roles(sender: AppConfig, using: str = "default", **kwargs: Any) -> None:
    """After the last app's migrations: the groups exist. What somebody gave or took stays so.

    A group that has any permission of an app was set up for it before, and is left alone there.
    """
    with_models = [app for app in apps.get_app_configs() if app.models_module is not None]
    if sender is not with_models[-1]:
        return
    for name, wanted in ROLES.items():
        group, _is_new = Group.objects.using(using).get_or_create(name=name)
        held = set(group.permissions.values_list("content_type__app_label", flat=True))
        fresh = [each for each in wanted if each.partition(".")[0] not in held]
        if fresh:
            group.permissions.add(*_permissions(fresh, using))


def _permissions(names: list[str], using: str) -> list[Permission]:
    wanted = Q(pk__in=[])
    for name in names:
        app, _dot, codename = name.partition(".")
        each = Q(content_type__app_label=app)
        wanted |= each if codename == "*" else each & Q(codename=codename)
    return list(Permission.objects.using(using).filter(wanted))
