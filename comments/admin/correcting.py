"""The form in which a moderator corrects a comment, and what saving it does."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from comments.models import Comment
from comments.moderating import decide, who_decided
from comments.redacting import Correction, correct
from comments.wording import clean_name


class CorrectionForm(forms.ModelForm[Comment]):
    why = forms.CharField(
        label=_("Why"), max_length=200, required=False, help_text=_("For the log.")
    )
    # What the moderator has before them: whoever saves second over a newer text is told.
    seen_text = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    seen_status = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Comment
        fields = ("status", "name", "email", "url", "text", "is_pinned")
        widgets = {"text": forms.Textarea(attrs={"rows": 12, "dir": "auto"})}

    newer_text: str | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored_text, self.stored_status = self.instance.text, self.instance.status
        self.fields["seen_text"].initial = self.instance.text
        self.fields["seen_status"].initial = self.instance.status
        # A linkback may have no words of its own.
        self.fields["text"].required = not self.instance.is_linkback

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")

    def clean_name(self) -> str:
        name = clean_name(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError(_("Please give a name."))
        return name

    def clean_is_pinned(self) -> bool:
        """What is pinned is a thread, so only what begins one."""
        if self.cleaned_data["is_pinned"] and self.instance.parent_id:
            raise forms.ValidationError(_("Pin the first comment of the thread instead."))
        return bool(self.cleaned_data["is_pinned"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        seen = cleaned.get("seen_text", "").replace("\r\n", "\n")
        if "seen_text" in self.data and seen != self.stored_text:
            self.newer_text = self.stored_text
            self.data = {**self.data.dict(), "seen_text": self.stored_text}  # type: ignore[attr-defined] # a QueryDict
            raise forms.ValidationError(
                _("Somebody changed the words while you did. Yours are kept below; look and save.")
            )
        return cleaned


def save_correction(comment: Comment, form: Any, *, by: User) -> str:
    """Store what the form holds. What the second of two is told; empty where nobody was quicker."""
    wanted, words = form.cleaned_data, {"name", "url", "text"}
    wish = Correction(
        seen_text=form.stored_text,
        email=wanted.get("email"),
        is_pinned=wanted.get("is_pinned"),
        **{name: wanted.get(name, getattr(comment, name)) for name in words},
    )
    why = wanted.get("why", "")
    row = correct(comment, wish, by=by, why=why)
    status = Comment.Status(wanted.get("status") or form.stored_status)
    seen = wanted.get("seen_status") or form.stored_status
    if status == seen or decide(row, status, by=by, why=why, seen=seen):
        comment.status = row.status
        return ""
    return who_decided(row)
