"""The three protocols over HTTP: no cookie is read or set, and each answers in its own words."""

import uuid

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from comments.linkbacks import answering, forms, receiving, targets, tasks
from comments.linkbacks import trackback as trackbacks
from comments.linkbacks import webmention as webmentions
from comments.linkbacks import xmlrpc as calls
from comments.linkbacks.models import Protocol, ReceivedLinkback
from comments.linkbacks.problems import NotTaken, Problem
from polarisblog.network.addresses import client_address
from posts.models import Post

XML = "text/xml; charset=utf-8"
TEXT = "text/plain; charset=utf-8"


@csrf_exempt
@never_cache
def xmlrpc(request: HttpRequest) -> HttpResponse:
    """Faults are answers like others (200), as XML-RPC wants it; only what is no call is not."""
    if request.method != "POST":
        return _only_post("XML-RPC takes POST requests only.")
    try:
        body = forms.body_of(request, calls.MAX_BYTES)
    except forms.TooLarge:
        fault = calls.Fault(calls.NOT_A_CALL, "This call is too large.")
        return HttpResponse(calls.write_fault(fault), content_type=XML, status=413)
    caller = answering.Caller(client_address(request))
    return HttpResponse(answering.answer(body, caller), content_type=XML)


@csrf_exempt
@never_cache
def webmention(request: HttpRequest) -> HttpResponse:
    """Source: Webmention (W3C Recommendation 2017), 3.2: 201 with a page that tells more."""
    if request.method != "POST":
        return _only_post("Webmention takes POST requests only.")
    try:
        source, target = webmentions.read_claim(forms.read(request))
        linkback = receiving.claim(
            source, target, Protocol.WEBMENTION, address=client_address(request)
        )
    except forms.TooLarge:
        return _text("This request is too large.", status=413)
    except forms.BadForm:
        return _text("A webmention names its source and target in a form.", status=400)
    except NotTaken as refusal:
        return _refused(refusal)
    tasks.verify.enqueue(linkback.pk)
    response = _text("Thank you. The mention will be verified.", status=201)
    response.headers["Location"] = (
        f"{settings.SITE_URL}{reverse('linkbacks:status', args=[linkback.key])}"
    )
    return response


@never_cache
@require_safe
def status(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """What became of a webmention. Why a page was not taken is not told: we are no port scanner."""
    linkback = get_object_or_404(ReceivedLinkback, key=key)
    if linkback.is_awaited:
        return _text("The mention is waiting to be verified.")
    if linkback.is_registered:
        return _text("The mention is verified. It is shown once a moderator has approved it.")
    return _text("The mention is not shown: its source was not found to link to its target.")


@csrf_exempt
@never_cache
def trackback(request: HttpRequest, year: int, month: int, day: int, slug: str) -> HttpResponse:
    """A browser that comes here by mistake is led to the post; a draft's address does not exist."""
    post = get_object_or_404(Post.objects.at(year, month, day, slug).published())
    if request.method != "POST":
        return HttpResponseRedirect(post.get_absolute_url())
    try:
        _take_trackback(request, post, trackbacks.read_ping(forms.read(request)))
    except forms.TooLarge:
        return _trackback_error("This trackback is too large.", status=413)
    except forms.BadForm:
        return _trackback_error("A trackback is a form that names its url.")
    except NotTaken as refusal:
        seconds = refusal.retry_after_seconds
        return _trackback_error(refusal.problem.words, retry_after_seconds=seconds)
    return HttpResponse(trackbacks.TAKEN, content_type=XML)


def _take_trackback(request: HttpRequest, post: Post, ping: trackbacks.Trackback) -> None:
    linkback = receiving.claim(
        ping.url,
        targets.canonical_url(post),
        Protocol.TRACKBACK,
        address=client_address(request),
        sent={"title": ping.title, "excerpt": ping.excerpt},
    )
    if not receiving.check_now(linkback):
        tasks.verify.enqueue(linkback.pk)


def _trackback_error(text: str, *, status: int = 200, retry_after_seconds: int = 0) -> HttpResponse:
    """Source: TrackBack technical specification 1.2, "Sending a TrackBack Ping"."""
    body = trackbacks.write_error(text)
    response = HttpResponse(body, content_type=XML, status=429 if retry_after_seconds else status)
    if retry_after_seconds:
        response.headers["Retry-After"] = str(retry_after_seconds)
    return response


def _refused(refusal: NotTaken) -> HttpResponse:
    if refusal.retry_after_seconds:
        response = _text("Too many mentions at once. Please try again later.", status=429)
        response.headers["Retry-After"] = str(refusal.retry_after_seconds)
        return response
    # A target that is not there and one that takes no mentions are one and the same (3.2.1).
    words = {
        Problem.NO_SOURCE: "The source is not the address of a web page.",
        Problem.NO_TARGET: Problem.NOT_A_TARGET.words,
    }.get(refusal.problem, refusal.problem.words)
    return _text(words, status=403 if refusal.problem == Problem.DENIED else 400)


def _only_post(text: str) -> HttpResponse:
    return HttpResponseNotAllowed(["POST"], text, content_type=TEXT)


def _text(text: str, *, status: int = 200) -> HttpResponse:
    return HttpResponse(f"{text}\n", content_type=TEXT, status=status)
