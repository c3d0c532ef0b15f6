"""The system page's place in the admin: a permission, and no table."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class System(models.Model):
    """Who may view it sees how the blog is running; who may change it tries again and tests."""

    class Meta:
        managed = False
        default_permissions = ("view", "change")
        verbose_name = verbose_name_plural = _("system")

    def __str__(self) -> str:
        return "system"
