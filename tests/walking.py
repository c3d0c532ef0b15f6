"""Every address of the site, and every page of the desk."""

from collections.abc import Iterator

from django.contrib import admin
from django.urls import NoReverseMatch, reverse


def desk_pages() -> Iterator[str]:
    """Every list of the desk, its form for a new row, and all pages of its first row."""
    yield reverse("admin:index")
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        row = model._default_manager.first() if model._meta.managed else None
        of_row = [(page, [row.pk]) for page in ("change", "history", "delete") if row]
        for page, arguments in (("changelist", []), ("add", []), *of_row):
            try:
                yield reverse(f"{name}_{page}", args=arguments)
            except NoReverseMatch:
                continue
