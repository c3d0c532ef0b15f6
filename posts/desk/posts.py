"""Posts and pages in the admin: who may do what, and what saving does."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from js_asset import Media as MediaWithNonce

from accounts.models import User
from posts import publishing, revising
from posts.desk import autosaving, policy, versions
from posts.desk.forms import PostForm
from posts.models import Page, Post, Tag

CONFLICT, UNPROCESSABLE = 409, 422


@admin.register(Post)
class PostAdmin(admin.ModelAdmin[Post]):
    form: Any = PostForm
    kind = Post.Kind.POST
    change_form_template = "admin/posts/post/change_form.html"
    change_list_template = "admin/posts/post/change_list.html"
    list_display: Any = ("title", "state", "written_by", "published_at", "updated_at")
    list_filter: ClassVar[Any] = ("status", "categories", "is_sticky")
    list_per_page = 50
    view_on_site = False
    search_fields = ("title", "body")
    prepopulated_fields = {"slug": ("title",)}
    date_hierarchy: ClassVar[Any] = "published_at"
    readonly_fields = ("preview_link",)
    actions = None
    fieldsets: ClassVar[Any] = (
        (None, {"classes": ("words",), "fields": ("title", "slug", "body", "markup")}),
        (
            gettext_lazy("Around the text"),
            {"classes": ("words",), "fields": ("excerpt", "content_note")},
        ),
        (
            gettext_lazy("Publishing"),
            {"fields": ("status", "published_at", "is_sticky", "author", "co_authors")},
        ),
        (gettext_lazy("Sorting"), {"fields": ("categories", "tag_names")}),
        (gettext_lazy("Picture"), {"fields": ("featured_image",)}),
        (
            gettext_lazy("Readers"),
            {"fields": ("comments_open", "pings_open", "new_password", "is_open")},
        ),
        (gettext_lazy("Before it is published"), {"fields": ("preview_link", "seen_version")}),
    )
    for_editors_only = ("is_sticky", "author", "co_authors")

    class Media:
        css = {"all": ["css/admin-writing.css"]}
        js = [
            forms.Script("js/admin-auto-save.js", defer=True),
            forms.Script("js/admin-live-preview.js", defer=True),
            forms.Script("js/admin-rich-text.js", defer=True),
        ]

    # --- Who may do what -----------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Post]:
        """Authors find what they write themselves; editors find everything."""
        found = Post.objects.filter(kind=self.kind).with_people()
        if not request.user.has_perm("posts.edit_others_posts"):
            found = found.by(_user(request))
        return found.order_by("-published_at", "-pk")

    def has_change_permission(self, request: HttpRequest, obj: Post | None = None) -> bool:
        """An author whose posts are reviewed changes them until they are published."""
        if obj is None or not super().has_change_permission(request, obj):
            return super().has_change_permission(request, obj)
        user = _user(request)
        is_still_theirs = obj.status in (Post.Status.DRAFT, Post.Status.REVIEW)
        return obj.may_be_edited_by(user) and (is_still_theirs or obj.may_be_published_by(user))

    def has_view_permission(self, request: HttpRequest, obj: Post | None = None) -> bool:
        is_theirs = obj is None or obj.may_be_edited_by(_user(request))
        return super().has_view_permission(request, obj) and is_theirs

    def has_delete_permission(self, request: HttpRequest, obj: Post | None = None) -> bool:
        may = super().has_delete_permission(request, obj)
        return may and (obj is None or self.has_change_permission(request, obj))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """With a post goes all that stands below it, which needs no permission of its own.

        Authors are told of what they meet at the desk, and of no rows that only the database knows.
        """
        _rows, counts, _needed, protected = super().get_deleted_objects(objs, request)
        desk = self.admin_site
        known = [desk.get_model_admin(m) for m in apps.get_models() if desk.is_registered(m)]
        names = {str(one.opts.verbose_name_plural) for one in known}
        told = {name: count for name, count in counts.items() if str(name) in names}
        return [str(post) for post in objs], told, set(), protected

    # --- The form -------------------------------------------------------------

    def get_fieldsets(self, request: HttpRequest, obj: Post | None = None) -> Any:
        hidden: set[str] = set() if obj else {"preview_link", "seen_version"}
        if not request.user.has_perm("posts.edit_others_posts"):
            hidden |= set(self.for_editors_only)
        if obj is None or not obj.is_protected:
            hidden.add("is_open")
        if obj is None or not obj.is_markdown:
            hidden.add("markup")
        if obj is not None and not self.has_change_permission(request, obj):
            hidden |= {"tag_names", "new_password", "is_open", "seen_version"}
        shown = (
            (name, {**options, "fields": [f for f in options["fields"] if f not in hidden]})
            for name, options in self.fieldsets
        )
        return [(name, options) for name, options in shown if options["fields"]]

    def get_form(
        self,
        request: HttpRequest,
        obj: Post | None = None,
        change: bool = False,  # noqa: FBT002 # Django's signature
        **kwargs: Any,
    ) -> type[forms.ModelForm[Post]]:
        form = super().get_form(request, obj, change, **kwargs)
        form.user, form.kind = _user(request), self.kind  # type: ignore[attr-defined] # PostForm's own
        return form

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Post | None:
        """The post; with `?restore` as this author left it without saving."""
        post = super().get_object(request, object_id, from_field)
        if post is not None and request.method == "GET" and "restore" in request.GET:
            autosaving.restore(_user(request), post)
        return post

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        if "restore" in request.GET:
            return autosaving.typed(_user(request), self.kind)
        return {"author": str(request.user.pk)}

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        form = context["adminform"].form
        post: Post | None = context.get("original")
        context["may_publish"] = (post or Post()).may_be_published_by(_user(request))
        if not form.is_bound:
            context["autosave"] = autosaving.unsaved(_user(request), post, self.kind)
        context["media"] = MediaWithNonce.from_media(context["media"], nonce=policy.nonce(request))
        conflict = getattr(form, "conflict", None)
        if conflict is not None:
            context["conflict"] = conflict
            context["differences"] = revising.compare(conflict, form.instance)
            context["saved_by"] = conflict.revisions.select_related("saved_by").first()
        response = super().render_change_form(request, context, *args, **kwargs)
        if form.is_bound and form.errors:
            response.status_code = CONFLICT if conflict is not None else UNPROCESSABLE
        return policy.for_editor(response, request)

    # --- Saving ---------------------------------------------------------------

    def save_model(
        self, request: HttpRequest, obj: Post, form: forms.ModelForm[Post], change: bool
    ) -> None:
        if not change and obj.author is None:
            obj.author = _user(request)
        publishing.store(obj, by=_user(request))
        autosaving.forget(_user(request), obj if change else None, self.kind)

    def save_related(
        self, request: HttpRequest, form: forms.ModelForm[Post], formsets: Any, change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        names = [name.strip() for name in form.cleaned_data["tag_names"].split(",")]
        form.instance.tags.set(publishing.terms(Tag, [name for name in names if name]))

    def delete_model(self, request: HttpRequest, obj: Post) -> None:
        publishing.delete(obj)

    def response_add(
        self, request: HttpRequest, obj: Post, post_url_continue: str | None = None
    ) -> HttpResponse:
        return super().response_add(self._staying(request), obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Post) -> HttpResponse:
        if "_share" in request.POST:
            obj.share_preview()
        elif "_revoke" in request.POST:
            obj.revoke_preview()
        return super().response_change(self._staying(request), obj)

    @staticmethod
    def _staying(request: HttpRequest) -> HttpRequest:
        """Every button but `Save and close` leads back to the form."""
        if "_save" not in request.POST:
            posted = request.POST.copy()
            posted["_continue"] = "1"
            request.POST = posted  # type: ignore[assignment] # Django's admin asks the request
        return request

    # --- Beside the form ------------------------------------------------------

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        wrap = self.admin_site.admin_view
        own = [
            path("autosave/", wrap(self.autosave), name=f"{name}_autosave_new"),
            path("preview/", wrap(self.preview), name=f"{name}_preview_new"),
            path("discard/", wrap(self.discard), name=f"{name}_discard_new"),
            path("markdown/", wrap(self.markdown), name=f"{name}_markdown"),
            path("<path:object_id>/autosave/", wrap(self.autosave), name=f"{name}_autosave"),
            path("<path:object_id>/preview/", wrap(self.preview), name=f"{name}_preview"),
            path("<path:object_id>/discard/", wrap(self.discard), name=f"{name}_discard"),
            path("<path:object_id>/versions/", wrap(self.versions), name=f"{name}_versions"),
        ]
        return own + super().get_urls()

    def autosave(self, request: HttpRequest, object_id: str | None = None) -> HttpResponse:
        return autosaving.autosave(self, request, object_id and unquote(object_id))

    def discard(self, request: HttpRequest, object_id: str | None = None) -> HttpResponse:
        return autosaving.discard(self, request, object_id and unquote(object_id))

    def preview(self, request: HttpRequest, object_id: str | None = None) -> HttpResponse:
        return autosaving.preview(self, request, object_id and unquote(object_id))

    def markdown(self, request: HttpRequest) -> HttpResponse:
        return autosaving.markdown(self, request)

    def versions(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return versions.show(self, request, unquote(object_id))

    # --- What lists and forms show ---------------------------------------------

    @admin.display(description=gettext_lazy("state"), ordering="status")
    def state(self, post: Post) -> SafeString:
        is_waiting = post.status == Post.Status.PUBLISHED and post.published_at > timezone.now()
        label = _("Scheduled") if is_waiting else post.get_status_display()
        extras = [
            *([_("sticky")] if post.is_sticky else []),
            *([_("with password")] if post.is_protected else []),
        ]
        return format_html(
            '<span class="state state-{}">{}</span> {}', post.status, label, ", ".join(extras)
        )

    @admin.display(description=gettext_lazy("written by"), ordering="author__name")
    def written_by(self, post: Post) -> str:
        return ", ".join(writer.name for writer in post.authors) or "–"

    @admin.display(description=gettext_lazy("secret preview link"))
    def preview_link(self, post: Post) -> SafeString | str:
        if not post.preview_token:
            return _("None. With one, somebody without an account can read it before the others.")
        url = post.get_preview_url()
        return format_html('<a href="{}" rel="noreferrer">{}</a>', url, url)


@admin.register(Page)
class PageAdmin(PostAdmin):
    kind = Post.Kind.PAGE
    list_display = ("title", "state", "slug", "updated_at")
    list_filter = ("status",)
    date_hierarchy = None


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)
