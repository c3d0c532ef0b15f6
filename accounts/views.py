"""Signing in: the page that asks, and the button that leaves for a provider."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import signing_in
from polarisblog.network.origins import accepts_strangers, has_session


@accepts_strangers
def sign_in(request: HttpRequest, name: str) -> HttpResponse:
    """POST leaves for the provider; GET shows one button that does: a link signs nobody in."""
    provider = signing_in.named(name)
    if provider is None:
        raise Http404
    next_url = signing_in.own_path(
        request, request.POST.get("next") or request.GET.get("next", "/")
    )
    if request.method == "POST":
        return signing_in.leave_for(request, provider, next_url)
    context = {
        "provider": provider,
        "next_url": next_url,
        "needs_token": has_session(request),
    }
    return render(request, "accounts/sign_in.html", context)


def choices(request: HttpRequest) -> HttpResponse:
    """Every way to sign in, for a reader who wants another account than the present one."""
    context = {
        "providers": signing_in.available(),
        "next_url": signing_in.own_path(request, request.GET.get("next", "/")),
        "needs_token": has_session(request),
    }
    return render(request, "accounts/sign_in_choices.html", context)
