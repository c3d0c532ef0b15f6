"""What a post's page pulls in from below it: the conversation and its form."""

from typing import Any

from django import template

from accounts import signing_in
from comments import kept, reading, shown, structured, submitting
from comments.forms import CommentForm
from comments.models import Comment, DiscussionSettings
from comments.visiting import visitor
from polarisblog.network.origins import has_session
from posts.models import Post

register = template.Library()


@register.inclusion_tag("comments/_discussion.html", takes_context=True)
def discussion(context: dict[str, Any], post: Post) -> dict[str, Any]:
    """A page of what is said about `post`, as this person may read it, and the form to answer.

    A view may put into the context: `conversation` (another page than the first), `reply_form` (a
    form handed back), `preview` (a comment that is not stored), `is_replying`.
    """
    request = context["request"]
    kept.keep_conversation(request, post)
    found = context.get("conversation") or first_page(post, request)
    added = {name: context.get(name) for name in ("preview", "is_replying")}
    form, is_blank = context.get("reply_form"), not any(added.values())
    return {
        **added,
        "csrf_token": context.get("csrf_token"),
        "request": request,
        "post": post,
        "structured": structured.conversation(found),
        "conversation": found,
        "responses": shown.responses(found),
        "settings": found.settings,
        **respond_context(request, found, form, is_blank=is_blank),
    }


def first_page(post: Post, request: Any) -> reading.Reading:
    """The first page, in the order and part that the address asks for; such as there are."""
    who = visitor(request)
    try:
        return reading.read(post, who, reading.Place.of(1, request.GET))
    except reading.NoSuchPage:
        return reading.read(post, who)


def respond_context(
    request: Any, conversation: reading.Reading, form: CommentForm | None, *, is_blank: bool
) -> dict[str, Any]:
    """What `comments/_respond.html` needs. Asks the session only where the browser sent one.

    `is_blank`: the form as everybody gets it, which is only made again where it has changed.
    """
    post, who = conversation.post, conversation.visitor
    providers, needs_token = signing_in.available(), has_session(request)
    if form is None and is_blank and who.is_stranger and conversation.is_open and not needs_token:
        if providers:
            signing_in.offer(request)
        return {"blank_form": shown.blank_form(post, conversation.settings, tuple(providers))}
    draft = submitting.draft(request, post) if needs_token else {}
    if form is None:
        form = CommentForm(
            initial=draft, post=post, reader=who.reader, settings=conversation.settings
        )
    if not who.is_stranger and not draft and not form.is_bound:
        # A page for everybody says no time; neither does a form that was begun before signing in.
        form.initial.setdefault("started", submitting.started_now())
    number = form["parent"].value()
    answered = Comment.objects.on(post).approved().numbered(number or "")
    return {
        "form": form,
        "parent": answered.filter(kind=Comment.Kind.COMMENT).first() if number else None,
        "reader": who.reader,
        "providers": providers,
        "signed_in_through": signing_in.used_by(request) if who.reader else None,
        "needs_token": needs_token,
    }


@register.simple_tag
def may(comment: Comment, settings: DiscussionSettings) -> dict[str, bool]:
    """What its writer may still do to `comment`."""
    return {
        "edit": comment.may_be_edited(settings),
        "delete": comment.may_be_deleted(settings),
    }
