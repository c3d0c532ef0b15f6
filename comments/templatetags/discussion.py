"""What a post's page pulls in from below it: the conversation and its form."""

from typing import Any

from django import template

from accounts import signing_in
from accounts.models import User
from comments import submitting, threads
from comments.forms import CommentForm
from comments.models import Comment, DiscussionSettings
from polarisblog.network.origins import has_session
from posts.models import Post

register = template.Library()


@register.inclusion_tag("comments/_discussion.html", takes_context=True)
def discussion(context: dict[str, Any], post: Post) -> dict[str, Any]:
    """Everything said about `post` that this person may read, and the form to answer.

    A view that hands a form back puts it into the context as `reply_form`.
    """
    request = context["request"]
    reader = request.user if has_session(request) and request.user.is_authenticated else None
    settings = DiscussionSettings.current()
    comments = Comment.objects.on(post).visible_to(
        reader_id=reader.pk if reader else None, guest_key=submitting.guest_key(request)
    )
    rows = list(comments.oldest_first())
    for comment in rows:
        comment.post = post
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "post": post,
        "responses": threads.arrange(rows, settings.max_depth),
        "response_count": sum(comment.is_approved for comment in rows),
        **respond_context(request, post, reader, settings, context.get("reply_form")),
    }


def respond_context(
    request: Any,
    post: Post,
    reader: User | None,
    settings: DiscussionSettings,
    form: CommentForm | None,
) -> dict[str, Any]:
    """What `comments/_respond.html` needs. Asks the session only where the browser sent one."""
    draft = submitting.draft(request, post) if has_session(request) else {}
    form = form or CommentForm(initial=draft, post=post, reader=reader, settings=settings)
    answered = Comment.objects.on(post).approved().numbered(form["parent"].value() or "")
    return {
        "form": form,
        "parent": answered.filter(kind=Comment.Kind.COMMENT).first(),
        "reader": reader,
        "providers": signing_in.available(),
        "signed_in_through": signing_in.used_by(request) if reader else None,
        "needs_token": has_session(request),
    }
