"""Signing in and out: the pages that ask, and the buttons that leave for a provider."""

from typing import cast

from allauth.account.internal.flows.reauthentication import resume_request
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts import joining, proving, signing_in
from accounts.models import User
from polarisblog.network.origins import accepts_strangers, has_session

signed_in_only = login_required(login_url="sign_in_choices")


@accepts_strangers
def sign_in(request: HttpRequest, name: str) -> HttpResponse:
    """POST leaves for the provider; GET shows one button that does: a link signs nobody in."""
    provider = signing_in.named(name)
    if provider is None:
        raise Http404
    if request.method == "POST":
        return signing_in.leave_for(request, provider, _next_url(request))
    context = {"provider": provider, **_next(request)}
    return render(request, "accounts/sign_in.html", context)


@accepts_strangers
def choices(request: HttpRequest) -> HttpResponse:
    """Every way to sign in, for a reader who wants another account than the present one.

    The form's own button posts to here, so that what was typed is kept.
    """
    if request.method == "POST":
        signing_in.keep_draft(request)
    context = {
        "providers": signing_in.available(),
        "signed_in_through": signing_in.used_by(request) if request.user.is_authenticated else None,
        **_next(request),
    }
    return render(request, "accounts/sign_in_choices.html", context)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Out, and back to the page it was asked on, with the text that stood in the form."""
    next_url = _next_url(request)
    signing_in.sign_out(request)
    return _to(next_url)


def new_account(request: HttpRequest) -> HttpResponse:
    """A reader came back with an account that is new here: theirs, or another reader's?"""
    login = joining.pending(request) if request.user.is_authenticated else None
    if login is None:
        joining.forget(request)
        return redirect("sign_in_choices")
    if request.method == "POST":
        answer = request.POST.get("answer")
        if answer == "mine":
            return joining.add_to_reader(request, login)
        if answer == "another":
            return joining.begin_anew(request, login)
        joining.forget(request)
        return _to(joining.next_url(login))
    context = {
        "label": signing_in.label_of(login.account.provider),
        "name_there": login.account.extra_data.get("name", ""),
    }
    return render(request, "accounts/new_account.html", context)


@signed_in_only
def prove(request: HttpRequest) -> HttpResponse:
    """Who has no password and no second factor shows through their site that it is them."""
    wanted = signing_in.own_path(request, request.GET.get("next", ""), default=reverse("me"))
    providers = proving.providers_of(cast(User, request.user))
    context = {"providers": providers, "wanted": wanted}
    return render(request, "accounts/prove.html", context, status=200 if providers else 404)


@signed_in_only
@require_POST
def prove_through(request: HttpRequest, name: str) -> HttpResponse:
    providers = proving.providers_of(cast(User, request.user))
    provider = next((each for each in providers if each.name == name), None)
    if provider is None:
        raise Http404
    wanted = signing_in.own_path(request, request.POST.get("next", ""), default=reverse("me"))
    return proving.ask(request, provider, wanted)


@signed_in_only
def proved(request: HttpRequest) -> HttpResponse:
    """Back from the site: on with what was asked for."""
    if not proving.is_recent(request):
        return HttpResponseRedirect(f"{reverse('prove')}?{request.META['QUERY_STRING']}")
    return resume_request(request) or redirect("me")


def allauths_own_start(request: HttpRequest, allauth_id: str) -> HttpResponse:
    """allauth's addresses for leaving lead to ours, which are throttled.

    They would also add whatever `?scope=` says to what the provider is asked for.
    """
    provider = signing_in.known_to_allauth_as(allauth_id)
    if provider is None:
        raise Http404
    return redirect(provider.sign_in_url)


def closed(request: HttpRequest) -> HttpResponse:
    """For allauth's doors that this site does not have."""
    raise Http404


def _next_url(request: HttpRequest) -> str:
    return signing_in.own_path(request, request.POST.get("next") or request.GET.get("next", "/"))


def _next(request: HttpRequest) -> dict[str, object]:
    next_url = _next_url(request)
    return {"next_url": next_url, "needs_token": has_session(request) or request.method == "POST"}


def _to(url: str) -> HttpResponseRedirect:
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response
