"""How the conversation works, and the reasons that come again and again."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from comments.models import CannedReason, DiscussionSettings
from posts.desk.settings import OneRowAdmin


@admin.register(CannedReason)
class CannedReasonAdmin(admin.ModelAdmin[CannedReason]):
    list_display = ("title", "words", "position")
    list_editable = ("position",)


@admin.register(DiscussionSettings)
class DiscussionSettingsAdmin(OneRowAdmin[DiscussionSettings]):
    fieldsets = (
        (
            _("The page"),
            {
                "fields": (
                    "newest_first",
                    "threads_per_page",
                    "max_depth",
                    "closes_after_days",
                    "takes_linkbacks",
                )
            },
        ),
        (
            _("Before a comment appears"),
            {
                "fields": (
                    "holds_everything",
                    "holds_first_comment",
                    "links_to_hold",
                    "hold_words",
                    "disallowed_words",
                    "learns_spam",
                )
            },
        ),
        (_("Afterwards"), {"fields": ("edit_minutes", "reports_to_hold")}),
        (
            _("Personal data and mail"),
            {
                "fields": (
                    "requires_email",
                    "mails_are_discreet",
                    "address_days",
                    "trash_days",
                    "note_days",
                    "sealed_days",
                )
            },
        ),
    )
