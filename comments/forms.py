"""The shape of what readers send."""

from copy import deepcopy
from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from accounts import naming
from accounts.forms import NameField
from accounts.models import User
from comments.models import MAX_TEXT_LENGTH, Comment, DiscussionSettings, Report, Subscription
from comments.wording import clean_name, skeleton, speakable
from posts.models import Post

GONE = _("The comment you are answering is no longer there. Your text is still here.")
NOTHING = _("Please type your comment text.")
BAD_EMAIL = _("Please enter a valid email address, like name@example.org.")
BORROWED = _(
    "Somebody of the team here goes by that name. If it is yours, please log in first; if not,"
    " please choose another."
)
Kind = Subscription.Kind


class WebsiteField(forms.URLField):
    """A guest's website; `example.org` alone is taken for https."""

    default_validators = [URLValidator(schemes=["http", "https"])]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(assume_scheme="https", **kwargs)


class WordsField(forms.CharField):
    """What somebody wrote. Browsers count a line's end as one character and send it as two."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Comment"),
            max_length=MAX_TEXT_LENGTH,
            error_messages={
                "required": NOTHING,
                "max_length": _(
                    "This is %(show_value)s characters long; a comment may have up to"
                    " %(limit_value)s."
                ),
            },
            widget=forms.Textarea(attrs={"rows": 6}),
            **kwargs,
        )

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """No `maxlength`: a browser cuts what is pasted beyond it and says nothing."""
        return {}

    def to_python(self, value: Any) -> str:
        words: str = super().to_python(value) or ""
        # A null character stays, for Django's own validator to refuse.
        return "\0".join(map(speakable, words.replace("\r\n", "\n").split("\0")))

    def clean(self, value: Any) -> str:
        words: str = super().clean(value)
        if not skeleton(words):
            raise forms.ValidationError(NOTHING)
        return words


class CommentForm(forms.Form):
    """The reply form. A signed-in reader is asked for the text alone."""

    comment = WordsField()
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
        error_messages={"invalid": BAD_EMAIL},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    url = WebsiteField(
        label=_("Website"),
        max_length=200,
        required=False,
        error_messages={"invalid": _("Please enter a web address, like https://example.org.")},
        widget=forms.URLInput(attrs={"autocomplete": "url"}),
    )
    subscribe_comments = forms.BooleanField(
        label=_("Notify me of new comments via email."), required=False
    )
    follow = forms.ChoiceField(
        label=_("Which comments"),
        required=False,
        choices=[(kind.value, kind.label) for kind in (Kind.REPLIES, Kind.THREAD, Kind.POST)],
    )
    subscribe_blog = forms.BooleanField(
        label=_("Notify me of new posts via email."), required=False
    )
    parent = forms.CharField(
        required=False,
        max_length=20,
        error_messages={"max_length": GONE},
        widget=forms.HiddenInput,
    )
    started = forms.CharField(required=False, widget=forms.HiddenInput)
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
        self.post, self.reader = post, reader
        if reader is None and settings.requires_email:
            self._own("email").required = True
        if reader is not None:
            for name in ("author", "url"):
                del self.fields[name]
            email = self._own("email")
            email.label = _("Where to send them")
            email.help_text = _(
                "Never shown, and asked first. Leave it empty for the one you confirmed in your"
                " account."
            )
            if not reader.has_chosen_name:
                self.fields["public_name"] = NameField(
                    reader=reader, required=False, initial=reader.name
                )
        for name in self.fields.keys() & self.errors.keys():
            self._own(name).widget.attrs |= {
                "aria-invalid": "true",
                "aria-describedby": f"respond-{name}-error",
            }

    def _own(self, name: str) -> forms.Field:
        """A field that this form alone may change: `_Shared`."""
        field = self.fields[name] = deepcopy(self.fields[name])
        return field

    def clean_parent(self) -> Comment | None:
        """The comment this answers: on the same post, and one that everybody can read."""
        number = self.cleaned_data["parent"]
        if not number:
            return None
        parent = Comment.objects.on(self.post).numbered(number).first()
        if parent is None or not parent.may_be_answered():
            raise forms.ValidationError(GONE)
        return parent

    def clean_author(self) -> str:
        name = clean_name(self.cleaned_data["author"])
        if not name:
            raise forms.ValidationError(self.fields["author"].error_messages["required"])
        if naming.is_the_teams(name):
            raise forms.ValidationError(BORROWED)
        return name

    def clean_nickname(self) -> str:
        if self.cleaned_data["nickname"]:
            raise forms.ValidationError(_("Please leave this field empty; it is there for robots."))
        return ""

    def clean(self) -> None:
        if not self.wanted_kinds or self.cleaned_data.get("email") or "email" in self.errors:
            return
        self.cleaned_data["email"] = self.reader.confirmed_email if self.reader else ""
        if not self.cleaned_data["email"]:
            self.add_error("email", _("Please say where the mail should go, or untick it below."))

    @property
    def wanted_kinds(self) -> tuple[str, ...]:
        """What the writer wants mail about."""
        kinds = []
        if self.cleaned_data.get("subscribe_comments"):
            kinds.append(self.cleaned_data.get("follow") or Kind.REPLIES)
        if self.cleaned_data.get("subscribe_blog"):
            kinds.append(Kind.BLOG)
        return tuple(kinds)


class _Shared(dict[str, forms.Field]):
    """Django copies each field for each form, which takes as long as reading what was sent."""

    def __deepcopy__(self, memo: Any) -> dict[str, forms.Field]:
        return dict(self)


CommentForm.base_fields = _Shared(CommentForm.base_fields)


class EditForm(forms.Form):
    """A writer's second thoughts."""

    comment = WordsField()


class ReportForm(forms.Form):
    """What is wrong with a comment."""

    reason = forms.ChoiceField(
        label=_("What is wrong?"),
        choices=Report.Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose what comes closest.")},
    )
    words = forms.CharField(
        label=_("What should we know?"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class FollowForm(forms.Form):
    """Mail without writing."""

    email = forms.EmailField(
        label=_("Email"),
        max_length=100,
        help_text=_("Never shown. One mail asks whether it is yours before anything is sent."),
        error_messages={
            "required": _("Please say where the mail should go."),
            "invalid": BAD_EMAIL,
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    kinds = forms.MultipleChoiceField(
        label=_("What to hear of"),
        choices=[(kind.value, kind.label) for kind in (Kind.POST, Kind.BLOG)],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Please choose at least one.")},
    )


class PrivateNoteForm(forms.Form):
    """What somebody tells the moderators and nobody else."""

    words = forms.CharField(
        label=_("What would you like to tell us?"),
        max_length=5000,
        error_messages={"required": _("Please write what we should know.")},
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    answer = forms.ChoiceField(
        label=_("May we answer?"),
        choices=[
            ("no", _("No. An answer might be seen by somebody it is not meant for")),
            ("yes", _("Yes, it is safe to write to me")),
        ],
        initial="no",
        widget=forms.RadioSelect,
        error_messages={"required": _("Please say whether an answer is safe.")},
    )
    email = forms.EmailField(
        label=_("Where to?"),
        max_length=100,
        required=False,
        help_text=_("Only if an answer is safe. Moderators answer without seeing it."),
        error_messages={"invalid": BAD_EMAIL},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    post = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    # As in the reply form: people do not see it.
    nickname = forms.CharField(
        label=_("Leave this field empty"),
        required=False,
        max_length=0,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    def clean(self) -> None:
        """An address without a yes is not kept: whoever is not safe must not have to notice it."""
        if self.cleaned_data.get("answer") != "yes":
            self.cleaned_data["email"] = ""
        elif not (self.cleaned_data.get("email") or "email" in self.errors):
            self.add_error("email", _("Please say where, or choose that we should not answer."))
