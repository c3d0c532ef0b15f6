"""What the spam learner knows: how often a word stood in what moderators marked."""

from django.db import models


class Word(models.Model):
    """A word as a keyed hash, so that no reader's words are kept here, and how often it was seen.

    The row with an empty key counts the comments themselves.
    """

    key = models.CharField(primary_key=True, max_length=32)
    spam_count = models.PositiveIntegerField(default=0)
    good_count = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.key}: {self.spam_count} spam, {self.good_count} good"
