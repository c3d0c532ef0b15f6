"""Pages that belong to no app: what went wrong, said for people, and whether we are alive."""

import re
import sys
from contextlib import suppress
from typing import Any

from django.contrib import admin
from django.contrib.auth import logout
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import redirect, render
from django.template import loader
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from polarisblog import outages
from posts.models import Site
from posts.search.finding import find

PLAIN_HEADERS = {"Cache-Control": "no-store"}


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Alive: the process answers. Whether its surroundings are well is another question."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8", headers=PLAIN_HEADERS)


def exit_site(request: HttpRequest) -> HttpResponse:
    """Leave at once for a neutral page and leave nothing behind in this browser.

    The one GET that changes state: it must work as a plain link, and being signed out by somebody
    else's link does no harm. Source: GOV.UK Design System, "Exit this page"; W3C Clear Site Data.
    """
    try:
        logout(request)
        target = Site.current().exit_url
    except DatabaseError:
        # Whoever must leave cannot wait until it is well again; the cookie goes all the same.
        target = Site().exit_url
    response = HttpResponseRedirect(target)
    response.status_code = 303
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    response.headers["Cache-Control"] = "no-store"
    return response


def on_site(request: HttpRequest, content_type_id: int, object_id: str) -> HttpResponse:
    """Leads to where a row stands in public, whoever may see it at the desk.

    Django's own view tells everybody at the desk, and so the words in a draft's address.
    """
    kind = ContentType.objects.filter(pk=content_type_id).first()
    model = kind.model_class() if kind else None
    if model is None or not admin.site.is_registered(model):
        raise Http404
    desk = admin.site.get_model_admin(model)
    row: Any = desk.get_object(request, object_id)
    if not (row and desk.has_view_permission(request, row) and hasattr(row, "get_absolute_url")):
        raise Http404
    return redirect(row)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Whoever mistyped an address, or comes by an old link, may find the article by its words."""
    wanted = request.path_info.strip("/").rpartition("/")[2]
    perhaps = []
    # Scanners ask for wp-login.php and the like all day; nobody looks for those words.
    if re.fullmatch(r"[-\w]{4,80}", wanted):
        with suppress(DatabaseError):
            perhaps = find(wanted, stop=3).hits
    return render(request, "404.html", {"perhaps": perhaps}, status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", {"reason": str(exception)}, status=403)


def not_allowed(request: HttpRequest, refusal: HttpResponseBase) -> HttpResponse:
    """The words for a 405; `refusal` says in its headers what is allowed."""
    headers = {name: value for name, value in refusal.items() if name != "Content-Type"}
    page = render(request, "405.html", status=405)
    for name, value in headers.items():
        page.headers.setdefault(name, value)
    return page


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Also for a Host header that is not ours: nothing here may build an address from it."""
    return HttpResponse(loader.render_to_string("400.html"), status=400)


def failed(request: HttpRequest) -> HttpResponse:
    """Something broke; this page needs no database, no session and no setting to say so.

    An outage comes here where middleware met it and not the view.
    """
    kind = outages.kind_of(sys.exception())
    if kind:
        return outages.page(request, kind, is_ours=False)
    return HttpResponse(loader.render_to_string("500.html"), status=500)


def not_from_here(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The CSRF check failed: say so kindly, and give back what was typed."""
    typed = request.POST.get("comment", "")
    context = {
        "reason": _("The form was sent from another page, or it waited too long."),
        "typed": typed,
    }
    return render(request, "403.html", context, status=403)
