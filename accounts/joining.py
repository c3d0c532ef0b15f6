"""Somebody signed in comes back with an account that is new here: is it theirs, or another reader?

Taking it for either would be wrong for somebody: joined, a borrowed account would open theirs for
good; separate, they would have become a second reader without noticing. So they are asked.
"""

from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.socialaccount.internal.flows.connect import connect
from allauth.socialaccount.internal.flows.login import record_authentication
from allauth.socialaccount.internal.flows.signup import process_signup
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

PENDING = "sign_in_new_account"


def ask(request: HttpRequest, sociallogin: SocialLogin) -> HttpResponse:
    """Put the question; the answered sign-in waits in the session meanwhile."""
    request.session[PENDING] = sociallogin.serialize()
    return HttpResponseRedirect(reverse("sign_in_new"))


def pending(request: HttpRequest) -> SocialLogin | None:
    """The sign-in that waits for an answer; None where there is none, or somebody has it by now."""
    try:
        login = SocialLogin.deserialize(request.session.get(PENDING))
    except ValueError:
        return None
    known = SocialAccount.objects.filter(provider=login.account.provider, uid=login.account.uid)
    return None if known.exists() else login


def forget(request: HttpRequest) -> None:
    request.session.pop(PENDING, None)


def add_to_reader(request: HttpRequest, login: SocialLogin) -> HttpResponse:
    """One reader with one more way in, who is here through it now."""
    forget(request)
    response: HttpResponse = connect(request, login)
    if login.user == request.user:
        record_authentication(request, login)
    return response


def begin_anew(request: HttpRequest, login: SocialLogin) -> HttpResponse:
    """A reader of its own, who starts with nothing."""
    get_account_adapter(request).logout(request)
    response: HttpResponse = process_signup(request, login)
    return response


def next_url(login: SocialLogin) -> str:
    url: Any = login.state.get("next")
    return str(url or "/")
