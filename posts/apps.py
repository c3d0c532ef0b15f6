from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class PostsConfig(AppConfig):
    """What authors publish."""

    name = "posts"
    verbose_name = _("Writing")

    def ready(self) -> None:
        from polarisblog.pagecache.watching import watch  # noqa: PLC0415 # as the others
        from posts import tasks  # noqa: F401, PLC0415 # hears that a post was published
        from posts.kept import WATCHES  # noqa: PLC0415 # as the others
        from posts.roles import ensure_roles  # noqa: PLC0415 # models load after the apps

        watch(*WATCHES)
        post_migrate.connect(ensure_roles, sender=self)
        post_migrate.connect(ensure_search, sender=self)
        pre_migrate.connect(withdraw_search, sender=self)


def ensure_search(**kwargs: Any) -> None:
    """The database's own part of search: after every migrate, because one may have dropped it."""
    from posts.search import keeping  # noqa: PLC0415 # models are not loaded before

    keeping.ensure()


def withdraw_search(plan: list[tuple[Any, bool]], **kwargs: Any) -> None:
    """It must not outlive what a migrate takes back."""
    from polarisblog.pagecache.migrating import goes_back  # noqa: PLC0415 # as above
    from posts.search import keeping  # noqa: PLC0415 # as above

    if goes_back(plan):
        keeping.withdraw()
