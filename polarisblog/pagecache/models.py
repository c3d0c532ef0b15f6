"""What changed, for whoever keeps pages."""

from django.db import models
from django.db.models.functions import Now


class Change(models.Model):
    """A thing that pages show was changed: written by triggers alone (see `watching`).

    `xid` numbers the writing transaction on PostgreSQL, where a row with a lower id may
    become visible later than one with a higher; on SQLite commits queue and it stays 0.
    """

    tag = models.CharField(max_length=60)
    xid = models.BigIntegerField(default=0, db_default=0, db_index=True)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.tag
