"""Where a reader is logged in, and logging out there, at `/accounts/me/logged-in/`."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import proving, signing_out
from accounts.models import Session, User
from accounts.views import signed_in_only


@signed_in_only
@require_safe
@never_cache
def listed(request: HttpRequest) -> HttpResponse:
    """For the reader alone, who is asked again: the list would tell others of a second phone."""
    proving.require(request)
    rows = Session.objects.of(cast(User, request.user).pk)
    context = {"sessions": rows, "here": request.session.session_key}
    return render(request, "accounts/sessions.html", context)


@signed_in_only
@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """`session` names one; without it all others end, and nothing is asked first."""
    reader, handle = cast(User, request.user), request.POST.get("session")
    if handle is None:
        ended, back = signing_out.everywhere(reader, but=request), reverse("me")
    else:
        ended, back = signing_out.there(request, reader, handle), reverse("sessions")
    said = ngettext("Logged out in %d other browser.", "Logged out in %d other browsers.", ended)
    messages.success(request, said % ended if ended else _("There was no other to log out of."))
    response = HttpResponseRedirect(back)
    response.status_code = 303
    return response
