"""What signing in asks of every request: kind failures, a second factor, where forms may lead."""

import logging
from collections.abc import Callable
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from allauth.socialaccount.models import SocialApp
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts import proving, second_factor, signing_in, throttling
from polarisblog.network.limits import TooFast
from polarisblog.network.middleware import answer

log = logging.getLogger(__name__)

# Where a passkey's answer is read, and where to go when it is nonsense: allauth trusts its shape.
KEY_READERS = {
    "mfa_login_webauthn": "account_login",
    "mfa_authenticate": "mfa_authenticate",
    "mfa_reauthenticate_webauthn": "mfa_reauthenticate_webauthn",
    "mfa_add_webauthn": "mfa_add_webauthn",
}


# Others answer these.
EXPECTED = (TooFast, Http404, PermissionDenied, ImmediateHttpResponse, ReauthenticationRequired)


class SignInMiddleware(MiddlewareMixin):
    """A provider that answers garbage, or nothing, is its failure and no 500 of ours.

    allauth catches what it expects. The rest (a profile that is a list, a name that is missing, a
    discovery document that is away) ends here, for its addresses alone: the reader gets the page
    that says what to do next, the log gets the traceback.
    """

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        try:
            throttling.check(request)
        except TooFast as too_fast:
            return answer(request, too_fast)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        match = request.resolver_match
        name = (match.url_name if match else None) or ""
        if isinstance(exception, ReauthenticationRequired) and request.user.is_authenticated:
            return proving.suspend(request)
        if isinstance(exception, EXPECTED):
            return None
        if name in KEY_READERS and request.method == "POST":
            log.warning("a passkey's answer could not be read", exc_info=exception)
            messages.error(request, _("The key’s answer could not be read. Please try again."))
            return redirect(KEY_READERS[name])
        if name not in ("sign_in", "connect") and not name.endswith("_callback"):
            return None
        if isinstance(exception, SocialApp.DoesNotExist):
            return render(request, "404.html", status=404)
        log.error("sign-in failed at %s", request.path, exc_info=exception)
        return render(request, "socialaccount/authentication_error.html", status=401)


class SecondFactorMiddleware(MiddlewareMixin):
    """Staff without the second factor (STAFF_NEEDS_MFA) are readers, and the desk is closed."""

    def process_request(self, request: HttpRequest) -> None:
        user = request.user
        request.user = SimpleLazyObject(lambda: second_factor.marked(request, user))  # type: ignore[assignment] # as Django's own middleware

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        if match is None or "admin" not in match.app_names or match.url_name in ("login", "logout"):
            return None
        if not second_factor.is_missing(request, request.user):
            return None
        if not second_factor.has_one(request.user):  # type: ignore[arg-type] # staff have a row
            messages.info(
                request,
                _("Before the desk opens, please add a second factor: an app or a passkey."),
            )
            return HttpResponseRedirect(reverse("mfa_index"))
        proving.drop(request)
        back = urlencode({"next": request.get_full_path()})
        return HttpResponseRedirect(f"{reverse('mfa_reauthenticate')}?{back}")


class FormTargetsMiddleware:
    """Name the providers in `form-action` on the pages that hold their buttons, and on no other.

    Chromium holds form-action against the whole chain of redirects, and a sign-in button is a form
    of ours that ends at its provider. The template that writes the button tells, and never the text
    of the page: what a reader types into a comment moves no policy.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if settings.SIGN_IN_ORIGINS and signing_in.is_offered(request):
            # django-csp's own seam: what its decorator `csp_update` sets.
            response._csp_update = {"form-action": settings.SIGN_IN_ORIGINS}  # type: ignore[attr-defined] # noqa: SLF001 # as above
        return response
