"""Mail about the conversation: asking for it without writing, confirming it, ending it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from comments import subscriptions
from comments.forms import FollowForm
from comments.models import Subscription
from comments.visiting import visitor
from polarisblog.network import limits
from polarisblog.network.addresses import address_key, client_address
from polarisblog.network.origins import accepts_strangers, has_session
from posts.views import find_post


@accepts_strangers
def follow(request: HttpRequest, year: int, month: int, day: int, slug: str) -> HttpResponse:
    post = find_post(request, year, month, day, slug)
    form = FollowForm(request.POST or None, initial={"kinds": [Subscription.Kind.POST]})
    context = {"post": post, "form": form, "needs_token": has_session(request)}
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "comments/follow.html", context, status=status)
    limits.check(limits.SUBSCRIBE_BY_ADDRESS, address_key(client_address(request)))
    kinds, reader = tuple(form.cleaned_data["kinds"]), visitor(request).reader
    wish = subscriptions.Wish(form.cleaned_data["email"], kinds, reader)
    context |= {"is_done": True, "is_in_force": subscriptions.subscribe(wish, post)}
    return render(request, "comments/follow.html", context)


@csrf_exempt
def subscription(request: HttpRequest, token: str) -> HttpResponse:
    """Everything the address of this link follows. The link in the mail is the key to it, so
    neither session nor origin is asked; GET changes nothing, for scanners open links too."""
    found = _of(token)
    action = request.POST.get("action", "")
    if action == "confirm":
        subscriptions.confirm(found)
    elif action == "end":
        ids = request.POST.getlist("subscription")
        of_address = Subscription.objects.of(found.email)
        subscriptions.end([one for one in of_address if str(one.pk) in ids])
    rows = Subscription.objects.of(found.email).select_related("post")
    context: dict[str, object] = {
        "token": token,
        "subscriptions": rows.confirmed(),
        "waiting": rows.filter(asked_with=found.asked_with, confirmed_at=None),
        "action": action,
    }
    return _personal(request, "comments/subscription.html", context)


@csrf_exempt
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """POST ends what the mail was about at once (RFC 8058, 3.1: no cookie, no further step)."""
    found = Subscription.objects.with_token(token)
    is_done = request.method == "POST"
    if is_done and found:
        subscriptions.end([found])
    context = {"token": token, "is_done": is_done or found is None, "subscription": found}
    return _personal(request, "comments/unsubscribe.html", context)


def _of(token: str) -> Subscription:
    found = Subscription.objects.with_token(token)
    if found is None:
        raise Http404
    return found


def _personal(request: HttpRequest, template: str, context: dict[str, object]) -> HttpResponse:
    """Kept by nobody, and the link's token is told to no other page."""
    response = render(request, template, context)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
