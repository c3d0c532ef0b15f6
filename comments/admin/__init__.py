"""Moderation, in Django's admin: the queue, the log, people, and what moderators set."""

from comments.admin import log, notes, people, queue, settings

__all__ = ["log", "notes", "people", "queue", "settings"]
