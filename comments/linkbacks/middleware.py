"""What a post's page says about linkbacks besides its markup."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.encoding import escape_uri_path

from comments.linkbacks.models import SentLinkback
from comments.linkbacks.templatetags.linkbacks import endpoints, is_advertised

NOT_FOUND, GONE = 404, 410


class LinkbackMiddleware:
    """`X-Pingback` and `Link` on the pages that advertise them in their markup, and nowhere else.

    The address of a post that other sites were told of, and that is gone, answers 410: Webmention
    (section 3.2.4) takes that for a deletion, but 404 for an accident.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if is_advertised(request):
            urls = endpoints()
            response.headers["X-Pingback"] = urls["pingback_url"]
            links = [response.headers.get("Link"), f'<{urls["webmention_url"]}>; rel="webmention"']
            response.headers["Link"] = ", ".join(link for link in links if link)
        elif response.status_code == NOT_FOUND and _was_told_of(request):
            response.status_code = GONE
        return response


def _was_told_of(request: HttpRequest) -> bool:
    found = request.resolver_match
    if found is None or found.view_name not in ("posts:post", "pages:page"):
        return False
    source_url = f"{settings.SITE_URL}{escape_uri_path(request.path)}"
    return SentLinkback.objects.filter(source_url=source_url).exclude(sent_at=None).exists()
