"""The system page: how the blog is running, and what can be done about it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from polarisblog.background import queue
from polarisblog.health.models import System
from polarisblog.health.overview import overview

SEE_OTHER = 303


@admin.register(System)
class SystemAdmin(admin.ModelAdmin[System]):
    """One page and no rows."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: System | None = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        # No row, so neither a form for one nor its history.
        return super().get_urls()[:1]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            if not self.has_change_permission(request):
                raise PermissionDenied
            _act(request)
            return HttpResponseRedirect(request.path, status=SEE_OTHER)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("System"),
            "system": overview(),
            "may_act": self.has_change_permission(request),
        }
        return TemplateResponse(request, "admin/health/system.html", context)


def _act(request: HttpRequest) -> None:
    """Do what the pressed button says."""
    if "again" in request.POST:
        _said_again(request, queue.try_again(_number(request.POST["again"])))
    elif "again-all" in request.POST:
        _said_again(request, queue.try_again())
    elif "forget" in request.POST and queue.forget(_number(request.POST["forget"])):
        messages.success(request, _("The task was deleted."))
    elif "mail" in request.POST:
        _send_test_mail(request, request.POST.get("address", ""))


def _said_again(request: HttpRequest, count: int) -> None:
    if count:
        words = ngettext("%d task will be tried again.", "%d tasks will be tried again.", count)
        messages.success(request, words % count)
    else:
        messages.info(request, _("Nothing is parked any more."))


def _number(text: str) -> str:
    """A task's id; what is none names no task."""
    try:
        return str(UUID(text))
    except ValueError:
        return str(UUID(int=0))


def _send_test_mail(request: HttpRequest, address: str) -> None:
    """By the same way as every mail, but at once, so that the answer can be shown."""
    mail = EmailMessage(
        _("A test mail from the blog"),
        _("If you can read this, the blog can send mail. Nobody else got it."),
        to=[address],
    )
    try:
        validate_email(address)
        mail.send()
    except Exception as problem:  # noqa: BLE001 # whatever a mail server or its library says
        words = getattr(problem, "messages", None) or [f"{type(problem).__name__}: {problem}"]
        messages.error(request, _("The mail was not sent. %s") % " ".join(map(str, words))[:500])
    else:
        messages.success(request, _("The mail server took it. Look into the mailbox."))
