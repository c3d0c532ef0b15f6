"""Who may write and who may publish: the groups Author and Editor."""

from typing import Any

from django.contrib.auth.models import Group, Permission

# Authors write posts of their own and look after the pictures they upload. That they reach nobody
# else's is decided where posts are (Post.may_be_edited_by), because a permission knows no rows.
AUTHOR = (
    *("view_post", "add_post", "change_post", "delete_post"),
    *("view_image", "add_image", "change_image", "delete_image"),
)
EDITOR = (
    *AUTHOR,
    *("publish_post", "edit_others_posts"),
    *("view_page", "add_page", "change_page", "delete_page"),
    *("view_category", "add_category", "change_category", "delete_category"),
    *("view_tag", "add_tag", "change_tag", "delete_tag"),
    *("view_helpline", "add_helpline", "change_helpline", "delete_helpline"),
    *("view_site", "change_site"),
)
ROLES = {"Author": AUTHOR, "Editor": EDITOR}


def ensure_roles(using: str = "default", **kwargs: Any) -> None:
    """After migrating: the groups exist. What somebody gave or took in the admin stays so.

    A group that has any permission here was set up before and is left alone; what other apps add to
    it is theirs.
    """
    ours = Permission.objects.using(using).filter(content_type__app_label="posts")
    for name, codenames in ROLES.items():
        group, _ = Group.objects.using(using).get_or_create(name=name)
        if not group.permissions.filter(content_type__app_label="posts").exists():
            group.permissions.add(*ours.filter(codename__in=codenames))
