"""Asked again who they are before something that matters, and on with what they were doing.

With a password or a second factor whoever has them; without either, through a site they log in
with. Signing in counts, too: nobody is asked twice within ACCOUNT_REAUTHENTICATION_TIMEOUT seconds.
"""

import time
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from allauth.account.utils import get_next_redirect_url
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import resolve, reverse
from django.utils.datastructures import MultiValueDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts import signing_in
from accounts.models import User
from accounts.signing_in import Provider
from polarisblog.network import limits
from polarisblog.network.addresses import address_key, client_address

RESUME = "accounts.proving.resume"
# Typed into a form that had to wait, but never kept: it is asked for once more.
SECRETS = ("password", "code", "credential")
# What makes a site ask its visitor again, where it has a word for that.
# Sources: Meta, "Re-authentication"; Google, "OpenID Connect", `prompt`.
ASKING_AGAIN = {
    "facebook": {"auth_type": "reauthenticate"},
    "google": {"prompt": "select_account"},
}


def require(request: HttpRequest) -> None:
    """Go on only for somebody who showed lately who they are.

    Raises allauth's ReauthenticationRequired, which the middleware turns into the question, or
    PermissionDenied for staff who can be asked nothing. Readers whom nothing can be asked (a site
    that this blog no longer offers was their only way in) go on: what is theirs stays theirs.
    """
    if is_recent(request):
        return
    if not request.user.is_authenticated or _methods(request):
        raise ReauthenticationRequired
    if request.user.is_staff:
        raise PermissionDenied(_("Please log out and log in again, then this page opens."))


def is_recent(request: HttpRequest) -> bool:
    records = get_authentication_records(request, request.user)
    latest = max((record["at"] for record in records), default=0)
    return bool(time.time() - latest < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)


def providers_of(user: User) -> list[Provider]:
    """The sites that can be asked about `user`."""
    connected = set(SocialAccount.objects.filter(user=user).values_list("provider", flat=True))
    return [each for each in signing_in.available() if each.allauth_id in connected]


def suspend(request: HttpRequest) -> HttpResponse:
    """Lead to the question, and keep what was sent meanwhile: but for secrets."""
    wanted = request.get_full_path()
    drop(request)
    if request.method == "POST":
        request.session[STATE_SESSION_KEY] = {"callback": RESUME, "state": _kept(request, wanted)}
    query = urlencode({"next": wanted})
    return HttpResponseRedirect(f"{_methods(request)[0]['url']}?{query}")


def drop(request: HttpRequest) -> None:
    """What waits for an answer that was not given is not done at the next one."""
    request.session.pop(STATE_SESSION_KEY, None)


def resume(request: HttpRequest, state: dict[str, Any]) -> HttpResponse:
    """Do what was asked for before the question; allauth calls this once it is answered."""
    wanted = get_next_redirect_url(request)
    if state["wanted"] != wanted:
        return HttpResponseRedirect(wanted or reverse("me"))
    if state["had_secret"]:
        messages.info(request, _("Thank you. Please fill in the form once more."))
        return HttpResponseRedirect(wanted)
    request.method, request.path, request.path_info = "POST", state["path"], state["path_info"]
    request.GET, request.POST = QueryDict(state["query"]), QueryDict(state["typed"])
    # Else Django would read the body for files, and take what was typed there for what was typed.
    request._files = MultiValueDict()  # type: ignore[attr-defined] # noqa: SLF001 # Django's own seam
    request.META["QUERY_STRING"] = state["query"]
    request.resolver_match = match = resolve(request.path_info)
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    return response


def ask(request: HttpRequest, provider: Provider, wanted: str) -> HttpResponse:
    """Send the browser to `provider`, which tells who is there. Raises limits.TooFast."""
    limits.check(limits.SIGN_IN_BY_ADDRESS, address_key(client_address(request)))
    theirs = get_adapter(request).get_provider(request, provider.allauth_id)
    response: HttpResponse = theirs.redirect(
        request,
        process=AuthProcess.REDIRECT,
        next_url=f"{reverse('proved')}?{urlencode({'next': wanted})}",
        auth_params={**theirs.get_auth_params(), **ASKING_AGAIN.get(provider.name, {})},
    )
    return response


def hear(request: HttpRequest, sociallogin: SocialLogin) -> None:
    """The site answered. Whoever it names must be the reader who was asked."""
    if not request.user.is_authenticated or sociallogin.user != request.user:
        messages.error(request, _("That was somebody else’s account. Please try once more."))
        query = urlsplit(str(sociallogin.state.get("next", ""))).query
        raise ImmediateHttpResponse(HttpResponseRedirect(f"{reverse('prove')}?{query}"))
    record_authentication(
        request,
        sociallogin.user,
        "socialaccount",
        provider=sociallogin.account.provider,
        uid=sociallogin.account.uid,
        reauthenticated=True,
    )


def _methods(request: HttpRequest) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = get_account_adapter().get_reauthentication_methods(request.user)
    return found


def _kept(request: HttpRequest, wanted: str) -> dict[str, Any]:
    secret = [name for name in request.POST if any(word in name.lower() for word in SECRETS)]
    return {
        "wanted": wanted,
        "path": request.path,
        "path_info": request.path_info,
        "query": request.GET.urlencode(),
        "typed": "" if secret else request.POST.urlencode(),
        "had_secret": bool(secret),
    }
