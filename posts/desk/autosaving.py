"""What is being typed is kept, shown as readers would see it, and never taken for saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import time_format
from django.views.decorators.http import require_POST

from accounts.models import User
from posts import html, views
from posts.desk import policy
from posts.models import Autosave, Post

if TYPE_CHECKING:
    from posts.desk.posts import PostAdmin

TYPED = ("title", "slug", "body", "markup", "excerpt", "content_note")
LONGEST = {"title": 250, "slug": 200, "content_note": 250}
# A row that is not in the database, for what asks a post for its categories.
NEW = 0


def unsaved(author: User, post: Post | None, kind: str) -> Autosave | None:
    """What `author` typed into this form and did not save."""
    return Autosave.objects.filter(author=author, post=post, kind=kind).first()


def forget(author: User, post: Post | None, kind: str) -> None:
    Autosave.objects.filter(author=author, post=post, kind=kind).delete()


def typed(author: User, kind: str) -> dict[str, Any]:
    """The text of a new post that was never saved."""
    found = unsaved(author, None, kind)
    return {**(found.typed if found else {}), "author": str(author.pk)}


def restore(author: User, post: Post) -> Post:
    """`post` in memory as `author` left it; saving it notices what others saved since."""
    found = unsaved(author, post, post.kind)
    if found is not None:
        for name, value in found.typed.items():
            setattr(post, name, value)
        post.version = found.version
    return post


def autosave(desk: PostAdmin, request: HttpRequest, object_id: str | None) -> HttpResponse:
    """Keep what was typed so far (POST); says how long it is."""
    return _autosave(request, _post(desk, request, object_id), desk.kind)


@require_POST
def _autosave(request: HttpRequest, post: Post | None, kind: str) -> HttpResponse:
    values = {name: request.POST[name] for name in TYPED if name in request.POST}
    kept = {name: value[: LONGEST.get(name)] for name, value in values.items()}
    version = request.POST.get("seen_version", "")
    Autosave.objects.update_or_create(
        author=cast(User, request.user),
        post=post,
        kind=kind,
        defaults={"typed": kept, "version": int(version) if version.isdecimal() else 0},
    )
    sample = Post(body=kept.get("body", ""), markup=kept.get("markup") or Post.Markup.HTML)
    sample.render()
    return JsonResponse(
        {
            "words": sample.word_count,
            "minutes": sample.reading_minutes,
            "saved_at": time_format(timezone.localtime()),
        }
    )


def discard(desk: PostAdmin, request: HttpRequest, object_id: str | None) -> HttpResponse:
    """Drop what was typed and not saved (POST)."""
    post = _post(desk, request, object_id)
    if request.method == "POST":
        forget(cast(User, request.user), post, desk.kind)
    name = f"admin:{desk.opts.app_label}_{desk.opts.model_name}"
    url = reverse(f"{name}_change", args=[post.pk]) if post else reverse(f"{name}_add")
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


def preview(desk: PostAdmin, request: HttpRequest, object_id: str | None) -> HttpResponse:
    """The post in the site's design, as its author has typed it so far."""
    author = cast(User, request.user)
    post = _post(desk, request, object_id, verb="view")
    if post is None:
        post = Post(pk=NEW, kind=desk.kind, author=author, **_words(typed(author, desk.kind)))
    else:
        restore(author, post)
    post.slug = post.slug or "preview"
    post.render()
    response = views.render_post(request, post, is_preview=True)
    response.headers["Cache-Control"] = "private, no-store"
    return policy.for_preview(response)


def markdown(desk: PostAdmin, request: HttpRequest) -> HttpResponse:
    """Markdown (POST `text`) as the markup that the editor takes."""
    if not desk.has_add_permission(request) and not desk.has_change_permission(request):
        raise PermissionDenied
    return JsonResponse({"html": html.post_from_markdown(request.POST.get("text", ""))})


def _words(values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in TYPED if name in values}


def _post(
    desk: PostAdmin, request: HttpRequest, object_id: str | None, *, verb: str = "change"
) -> Post | None:
    """The post that is written, None for a new one. Raises what the admin's own pages raise."""
    if object_id is None:
        if not desk.has_add_permission(request):
            raise PermissionDenied
        return None
    post = (
        desk.get_queryset(request).filter(pk=object_id).first() if object_id.isdecimal() else None
    )
    if post is None:
        raise Http404
    if not getattr(desk, f"has_{verb}_permission")(request, post):
        raise PermissionDenied
    return post
