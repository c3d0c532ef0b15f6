"""What Facebook calls, and the page where somebody sees what came of it.

Source: Meta for Developers, "Data Deletion Request Callback" and "Deauthorize Callback".
"""

import logging

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from accounts import forgetting
from accounts.models import Deletion
from accounts.signed_requests import Forged, SignedRequest, parse

log = logging.getLogger(__name__)


@csrf_exempt  # another server's POST, without cookies: the signature is the proof
@require_POST
def delete(request: HttpRequest) -> HttpResponse:
    """Forget the user that is named; answers with where the outcome stands."""
    try:
        deletion = forgetting.forget(_signed(request))
    except Forged as problem:
        return _refused(problem)
    url = f"{settings.SITE_URL}{deletion.get_absolute_url()}"
    return JsonResponse({"url": url, "confirmation_code": deletion.code})


@csrf_exempt  # as above
@require_POST
def deauthorize(request: HttpRequest) -> HttpResponse:
    try:
        forgetting.take_leave(_signed(request))
    except Forged as problem:
        return _refused(problem)
    return JsonResponse({"status": "ok"})


@require_safe
def status(request: HttpRequest, code: str) -> HttpResponse:
    """What came of a request; whoever has the code may read it, and it names nobody."""
    deletion = get_object_or_404(Deletion, code=code)
    return render(request, "accounts/deletion.html", {"deletion": deletion})


def _signed(request: HttpRequest) -> SignedRequest:
    return parse(request.POST.get("signed_request", ""), _secret())


def _secret() -> str:
    """The app's secret; 404 where this site has no Facebook sign-in."""
    apps = settings.SOCIALACCOUNT_PROVIDERS.get("facebook", {}).get("APPS", [])
    if not apps:
        raise Http404
    return str(apps[0]["secret"])


def _refused(problem: Forged) -> HttpResponse:
    log.warning("a request in Facebook's name was refused: %s", problem)
    return JsonResponse({"error": "The signed request is not valid."}, status=400)
