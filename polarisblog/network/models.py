from typing import ClassVar

from django.db import models


class Counter(models.Model):
    """How often one asker used up one window of a limit; written by `limits` alone.

    A row whose window has ended means the same as no row. `ends_at_ms` counts from the epoch: whole
    numbers compare alike on every database.
    """

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    ends_at_ms = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["ends_at_ms"], name="network_counter_ends")]

    def __str__(self) -> str:
        return f"{self.key[:8]}: {self.count}"
