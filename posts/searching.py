"""The search page."""

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from polarisblog.network import limits
from polarisblog.network.addresses import address_key, client_address
from posts.context import frame
from posts.search.finding import find
from posts.search.words import MAX_QUERY_LENGTH

MAX_PAGE = 1000


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """`?q=` finds articles, `&comments=1` also what readers said; `&page=2` goes on.

    Raises TooFast for whoever asks without end.
    """
    asked = " ".join(request.GET.get("q", "").replace("\0", " ").split())[:MAX_QUERY_LENGTH]
    with_others = bool(request.GET.get("comments"))
    page, size = _page_number(request), max(frame(request).site.posts_per_page, 1)
    if asked:
        limits.check(limits.SEARCH, address_key(client_address(request)))
    found = find(
        asked, start=(page - 1) * size, stop=page * size, with_others=with_others and page == 1
    )
    query: dict[str, str | int] = {"q": asked, **({"comments": 1} if with_others else {})}
    last_page = -(-found.total // size)
    context = {
        "asked": asked,
        "with_others": with_others,
        "found": found,
        "number": page,
        "newer_url": _address(query, page - 1) if page > 1 else "",
        "further_url": _address(query, page + 1) if page < last_page else "",
        "last_page": last_page,
    }
    return render(request, "posts/search.html", context)


def from_wordpress(request: HttpRequest) -> HttpResponse:
    """`/?s=words`, as WordPress searches."""
    words = urlencode({"q": request.GET.get("s", "")})
    return HttpResponsePermanentRedirect(f"{reverse('posts:search')}?{words}")


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(MAX_PAGE))
    return min(max(int(text), 1), MAX_PAGE) if is_number else 1


def _address(query: dict[str, str | int], page: int) -> str:
    return f"?{urlencode({**query, **({'page': page} if page > 1 else {})})}"
