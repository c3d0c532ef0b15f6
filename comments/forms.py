"""The shape of a comment."""

from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from accounts.forms import NameField
from accounts.models import User
from comments.models import MAX_TEXT_LENGTH, Comment, DiscussionSettings
from posts.models import Post

GONE = _("The comment you are answering is no longer there. Your text is still here.")


class WebsiteField(forms.URLField):
    """A guest's website; `example.org` alone is taken for https."""

    default_validators = [URLValidator(schemes=["http", "https"])]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(assume_scheme="https", **kwargs)


class CommentForm(forms.Form):
    """The reply form. A signed-in reader is asked for the text alone."""

    comment = forms.CharField(
        label=_("Comment"),
        max_length=MAX_TEXT_LENGTH,
        error_messages={
            "required": _("Please type your comment text."),
            "max_length": _(
                "This is %(show_value)s characters long; a comment may have up to %(limit_value)s."
            ),
        },
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    author = forms.CharField(
        label=_("Name"),
        max_length=245,
        error_messages={"required": _("Please give a name; it need not be your real one.")},
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    email = forms.EmailField(
        label=_("Email"),
        max_length=100,
        required=False,
        help_text=_("Never shown."),
        error_messages={"invalid": _("Please enter a valid email address, like name@example.org.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    url = WebsiteField(
        label=_("Website"),
        max_length=200,
        required=False,
        error_messages={"invalid": _("Please enter a web address, like https://example.org.")},
        widget=forms.URLInput(attrs={"autocomplete": "url"}),
    )
    parent = forms.CharField(
        required=False,
        max_length=20,
        error_messages={"max_length": GONE},
        widget=forms.HiddenInput,
    )
    # People do not see this field and leave it empty; programs that fill in every field do not.
    nickname = forms.CharField(
        label=_("Leave this field empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    def __init__(
        self,
        *args: Any,
        post: Post,
        reader: User | None,
        settings: DiscussionSettings,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **{"auto_id": "respond-%s", **kwargs})
        self.post = post
        self.fields["email"].required = settings.requires_email
        if reader is not None:
            for name in ("author", "email", "url"):
                del self.fields[name]
            if not reader.has_chosen_name:
                self.fields["public_name"] = NameField(
                    reader=reader, required=False, initial=reader.name
                )
        for name, field in self.fields.items():
            if self.is_bound and self.errors.get(name):
                field.widget.attrs |= {
                    "aria-invalid": "true",
                    "aria-describedby": f"respond-{name}-error",
                }

    def clean_parent(self) -> Comment | None:
        """The comment this answers: on the same post, and one that everybody can read."""
        number = self.cleaned_data["parent"]
        if not number:
            return None
        parent = Comment.objects.on(self.post).numbered(number).first()
        if parent is None or not parent.may_be_answered():
            raise forms.ValidationError(GONE)
        return parent

    def clean_nickname(self) -> str:
        if self.cleaned_data["nickname"]:
            raise forms.ValidationError(_("Please leave this field empty; it is there for robots."))
        return ""
