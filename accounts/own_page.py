"""What a reader sees and decides about the own account, at `/accounts/me/`."""

import json
from typing import Any, cast

from allauth.account.models import EmailAddress
from allauth.socialaccount.internal.flows.connect import disconnect, validate_disconnect
from allauth.socialaccount.models import SocialAccount
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import leaving, naming, picturing, proving, second_factor, signing_in, tasks
from accounts.forms import LeaveForm, NameForm
from accounts.models import Picture, User
from accounts.views import signed_in_only
from polarisblog.network import limits


@signed_in_only
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    return _page(request)


@signed_in_only
@require_POST
def rename(request: HttpRequest) -> HttpResponse:
    form = NameForm(request.POST, reader=_reader(request))
    if not form.is_valid():
        return _page(request, status=422, name_form=form)
    naming.choose(_reader(request), form.cleaned_data["name"])
    messages.success(request, _("Your name is changed, on your earlier comments as well."))
    return _back()


@signed_in_only
@require_POST
def picture(request: HttpRequest) -> HttpResponse:
    """`account` names the account whose picture is wanted; empty asks for the drawn letter."""
    reader = _reader(request)
    number = request.POST.get("account", "")
    if not number:
        picturing.drop(reader.pk)
        return _back()
    account = _account(reader, number)
    if not picturing.offered_by(account):
        raise Http404
    with transaction.atomic():
        picturing.ask(account)
        tasks.fetch_picture.enqueue(reader.pk, account.pk)
    messages.success(request, _("The picture is being fetched; it will be here in a moment."))
    return _back()


@signed_in_only
@require_POST
def connect(request: HttpRequest, name: str) -> HttpResponse:
    provider = signing_in.named(name)
    if provider is None:
        raise Http404
    proving.require(request)
    return signing_in.leave_for(request, provider, "/accounts/me/", process="connect")


@signed_in_only
@require_POST
def remove_account(request: HttpRequest, number: int) -> HttpResponse:
    proving.require(request)
    reader = _reader(request)
    try:
        with transaction.atomic():
            # Of two at once the second sees what the first left: the last way in stays.
            User.objects.select_for_update().get(pk=reader.pk)
            account = _account(reader, number)
            validate_disconnect(request, account)
            picturing.drop(reader.pk, account.provider)
            disconnect(request, account)
    except ValidationError as refusal:
        return _page(request, status=422, refusal=refusal.messages[0])
    return _back()


@signed_in_only
def download(request: HttpRequest) -> HttpResponse:
    """Everything kept about this reader, as one JSON file. GET leads to the button."""
    if request.method != "POST":
        return redirect("me")
    proving.require(request)
    reader = _reader(request)
    limits.check(limits.EXPORT, reader.pk)
    text = json.dumps(
        leaving.personal_data(reader), cls=DjangoJSONEncoder, ensure_ascii=False, indent=2
    )
    return HttpResponse(
        text,
        content_type="application/json; charset=utf-8",
        headers={
            "Content-Disposition": 'attachment; filename="what-this-blog-keeps-about-me.json"',
            "Cache-Control": "no-store",
        },
    )


@signed_in_only
def leave(request: HttpRequest) -> HttpResponse:
    form = LeaveForm(request.POST if request.method == "POST" else None)
    if request.user.is_staff:
        return render(request, "accounts/leave.html", {"is_staff": True}, status=403)
    if not form.is_valid():
        return render(
            request, "accounts/leave.html", {"form": form}, status=422 if form.is_bound else 200
        )
    proving.require(request)
    leaving.leave(_reader(request), keeps_comments=form.keeps_comments)
    logout(request)
    return redirect("left")


@require_safe
def left(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/left.html")


def _page(request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    reader = _reader(request)
    accounts = list(SocialAccount.objects.filter(user=reader).order_by("pk"))
    for account in accounts:
        account.label = signing_in.label_of(account.provider)
        account.offers_picture = bool(picturing.offered_by(account))
    connected = {account.provider for account in accounts}
    return render(
        request,
        "accounts/me.html",
        {
            "reader": reader,
            "name_form": NameForm(reader=reader),
            "picture": Picture.objects.filter(reader=reader).first(),
            "accounts": accounts,
            "providers": [p for p in signing_in.available() if p.allauth_id not in connected],
            "email": EmailAddress.objects.filter(user=reader).order_by("-verified").first(),
            "has_second_factor": second_factor.has_one(reader),
            "way_back": signing_in.way_back(request),
            **context,
        },
        status=status,
    )


def _reader(request: HttpRequest) -> User:
    return cast(User, request.user)


def _account(reader: User, number: object) -> SocialAccount:
    if not str(number).isascii() or not str(number).isdigit():
        raise Http404
    return get_object_or_404(SocialAccount, pk=int(str(number)[:18]), user=reader)


def _back() -> HttpResponseRedirect:
    response = HttpResponseRedirect("/accounts/me/")
    response.status_code = 303
    return response
