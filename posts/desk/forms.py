"""The shape of a post and of a picture, as their authors fill it in."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.files.base import ContentFile
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_prose_editor.widgets import AdminProseEditorWidget

from accounts.models import User
from posts import editor, html, uploading
from posts.desk.widgets import PictureIdWidget
from posts.models import Category, Image, Post

Status = Post.Status


class SourceWidget(forms.Textarea):
    """A text as it is typed: Markdown, or HTML that the rich editor would not keep."""


class PostForm(forms.ModelForm[Post]):
    """A post as its author sees it. The admin sets `user` and `kind` before it makes one."""

    user: User
    kind = Post.Kind.POST
    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    slug = forms.SlugField(
        label=gettext_lazy("Slug"),
        max_length=200,
        allow_unicode=True,
        required=False,
        help_text=gettext_lazy("The last part of the address; made from the title when empty."),
    )
    published_at = forms.SplitDateTimeField(
        label=gettext_lazy("Date"),
        widget=AdminSplitDateTime,
        required=False,
        help_text=gettext_lazy("Empty: when it is published. Ahead: it appears by itself then."),
    )
    author = forms.ModelChoiceField(
        User.objects.none(), label=gettext_lazy("Author"), required=False
    )
    co_authors = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label=gettext_lazy("Written together with"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    categories = forms.ModelMultipleChoiceField(
        Category.objects.all(),
        label=gettext_lazy("Categories"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    tag_names = forms.CharField(
        label=gettext_lazy("Tags"),
        required=False,
        max_length=1000,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=gettext_lazy("Separated by commas; new ones are made."),
    )
    featured_image = forms.ModelChoiceField(
        Image.objects.all(),
        label=gettext_lazy("Featured picture"),
        required=False,
        widget=PictureIdWidget,
    )
    new_password = forms.CharField(
        label=gettext_lazy("Password for readers"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "vTextField"}),
    )
    is_open = forms.BooleanField(
        label=gettext_lazy("Ask readers for no password any more"), required=False
    )

    class Meta:
        model = Post
        fields = (
            *("title", "slug", "body", "markup", "excerpt", "content_note", "featured_image"),
            *("status", "published_at", "author", "co_authors", "categories", "is_sticky"),
            *("comments_open", "pings_open"),
        )
        widgets = {"excerpt": forms.Textarea(attrs={"rows": 3})}

    conflict: Post | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.kind = self.kind
        if "body" not in self.fields:
            return  # to be looked at only: Django has taken the fields out
        self.fields["body"].widget = self._body_widget()
        self._name_date_fields()
        self._offer_statuses()
        self._offer_sorting()
        if self.instance.pk:
            self.initial["seen_version"] = self.instance.version
            undated = self.instance.is_undated
            self.initial["published_at"] = None if undated else self.instance.published_at
        for name in ("author", "co_authors"):
            if name in self.fields:
                self.fields[name].queryset = self._possible_authors(name)  # type: ignore[attr-defined] # both choose among rows
        if self.instance.is_protected:
            self.fields["new_password"].help_text = _(
                "Readers are asked for one. Type another to change it."
            )
        else:
            del self.fields["is_open"]

    def _name_date_fields(self) -> None:
        """Django's admin writes `Date:` beside the field, but not as its label."""
        halves: Any = self.fields["published_at"].widget
        for widget, label in zip(halves.widgets, (_("Date"), _("Time")), strict=True):
            widget.attrs["aria-label"] = label

    def _possible_authors(self, name: str) -> QuerySet[User]:
        """Staff, and whoever wrote it before."""
        wrote = Q(posts=self.instance.pk) if name == "author" else Q(co_authored=self.instance.pk)
        is_possible = Q(is_staff=True, is_active=True) | (wrote if self.instance.pk else Q())
        return User.objects.filter(is_possible).distinct().order_by("name", "pk")

    def _body_widget(self) -> forms.Widget:
        """The rich editor, unless it would drop some of what is there."""
        if self.instance.is_markdown:
            return SourceWidget(attrs={"rows": 24, "class": "source", "dir": "auto"})
        if not html.fits_editor(self.instance.body):
            self.fields["body"].help_text = _(
                "This text holds markup that the rich editor would lose, so here is its HTML."
            )
            return SourceWidget(attrs={"rows": 24, "class": "source", "dir": "auto"})
        picker_url = reverse("admin:posts_image_changelist") + "?_popup=1"
        config = {"extensions": editor.extensions(picker_url=picker_url)}
        widget: forms.Widget = AdminProseEditorWidget(config=config, preset="configurable")
        return widget

    def _offer_statuses(self) -> None:
        """Only what this person may choose, and what the post is now."""
        offered = {Status.DRAFT, Status.REVIEW, Status(self.instance.status)}
        if self.instance.may_be_published_by(self.user):
            offered |= {Status.PUBLISHED, Status.SCHEDULED}
            offered |= {Status.WITHDRAWN} if self.instance.pk else set()
        choices = [(value, label) for value, label in Status.choices if value in offered]
        if "status" in self.fields:
            self.fields["status"].choices = choices  # type: ignore[attr-defined] # a choice field

    def _offer_sorting(self) -> None:
        tree = [(c.pk, f"{'— ' * c.depth}{c.name}") for c in Category.objects.all().tree()]
        self.fields["categories"].choices = tree  # type: ignore[attr-defined] # a choice field
        if self.instance.pk:
            names = self.instance.tags.order_by("name").values_list("name", flat=True)
            self.initial["tag_names"] = ", ".join(names)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self._refuse_to_overwrite(cleaned)
        if "_publish" in self.data:
            may = self.instance.may_be_published_by(self.user)
            cleaned["status"] = Status.PUBLISHED if may else Status.REVIEW
        cleaned["published_at"] = self._date(cleaned)
        if "slug" not in self.errors:
            cleaned["slug"] = self._slug(cleaned)
        if self.initial.get("markup") == "markdown" and cleaned.get("markup") == "html":
            cleaned["body"] = html.post_from_markdown(cleaned.get("body") or "")
        return cleaned

    def _refuse_to_overwrite(self, cleaned: dict[str, Any]) -> None:
        """Somebody else saved since this form was opened: say so, and keep both texts.

        The row is locked until the transaction ends, so no two can pass at the same moment.
        """
        if not self.instance.pk:
            return
        current = Post.objects.select_for_update().get(pk=self.instance.pk)
        seen = self.data.get("_overwrite") or cleaned.get("seen_version")
        if str(seen) != str(current.version):
            self.conflict = current
            self.add_error(
                None, _("Somebody saved this while you were writing. Nothing was overwritten.")
            )

    def _date(self, cleaned: dict[str, Any]) -> datetime.datetime:
        """The date that was typed; else when it was, or is being, published."""
        typed: datetime.datetime | None = cleaned.get("published_at")
        self.instance.is_dated = typed is not None
        was_public = self.initial.get("status") in (Status.PUBLISHED, Status.WITHDRAWN)
        if typed is None and self.instance.pk and was_public:
            return self.instance.published_at
        return typed or timezone.now()

    def _slug(self, cleaned: dict[str, Any]) -> str:
        """The typed one; one made from the title gets a number where another has its address."""
        stem = slugify(cleaned.get("title") or "", allow_unicode=True)[:190].strip("-") or "post"
        typed = str(cleaned.get("slug") or "")
        if typed and (self.instance.pk or typed != stem):
            return typed
        number, slug = 1, stem
        while self._is_taken(slug, cleaned["published_at"]):
            number += 1
            slug = f"{stem}-{number}"
        return slug

    def _is_taken(self, slug: str, published_at: datetime.datetime) -> bool:
        day = timezone.localtime(published_at)
        others = Post.objects.exclude(pk=self.instance.pk)
        of_day = others.at(day.year, day.month, day.day, slug)
        return of_day.exists() or (self.instance.is_page and others.filter(slug=slug).exists())

    def save(self, commit: bool = True) -> Post:  # noqa: FBT002 # Django's signature
        if self.cleaned_data.get("new_password"):
            self.instance.protect(self.cleaned_data["new_password"])
        elif self.cleaned_data.get("is_open"):
            self.instance.protect("")
        return super().save(commit)


class ImageForm(forms.ModelForm[Image]):
    """A picture of the library; its file is chosen once and then stays."""

    upload = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput(
            attrs={"accept": ",".join(f"image/{name.lower()}" for name in uploading.FORMATS)}
        ),
        help_text=gettext_lazy(
            "JPEG, PNG, WebP, AVIF or a still GIF, at most 10 MB, and 40 million pixels in a JPEG "
            "or 16 million in others. Where and when it was taken is removed before it is stored."
        ),
    )
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For finding it again; the file’s name when empty."),
    )

    class Meta:
        model = Image
        fields = ("name", "alt", "is_decorative", "caption", "focal_x", "focal_y")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields.pop("upload", None)

    def clean_upload(self) -> ContentFile[bytes]:
        return uploading.accept(self.cleaned_data["upload"])

    def clean_name(self) -> str:
        upload = self.files.get("upload")
        fallback = (upload.name or "").rpartition(".")[0] if upload else self.instance.name
        return str(self.cleaned_data["name"] or fallback or _("Picture"))[:200]

    def _post_clean(self) -> None:
        """The file is stored once all else is right; where it cannot be, nothing typed is lost."""
        super()._post_clean()  # type: ignore[misc] # Django's own step, which the stubs leave out
        upload = self.cleaned_data.get("upload")
        if upload is None or self.errors:
            return
        try:
            self.instance.file.save(upload.name, upload, save=False)
        except OSError:
            words = _("The picture cannot be stored just now. Please try again in a minute.")
            self.add_error("upload", words)
