"""The shape of what readers tell us about themselves."""

from typing import Any

from allauth.account.forms import AddEmailForm
from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from accounts import naming
from accounts.models import User
from accounts.names import MAX_LENGTH

LONGEST_ADDRESS = 100


class NameField(forms.CharField):
    """The name others see, checked for this reader."""

    def __init__(self, *, reader: User, **kwargs: Any) -> None:
        self.reader = reader
        defaults = {
            "label": _("Your name will appear as"),
            "max_length": MAX_LENGTH,
            "error_messages": {
                "required": _("Please give a name; it need not be your real one."),
                "max_length": _("Please keep the name to %(limit_value)s characters."),
            },
            "widget": forms.TextInput(attrs={"autocomplete": "nickname"}),
        }
        super().__init__(**{**defaults, **kwargs})

    def clean(self, value: Any) -> str:
        # Left empty where that is allowed: the suggestion, which a provider made, is taken.
        name = str(super().clean(value) or self.initial or "")
        return naming.check(name, self.reader) if name else ""


class NameForm(forms.Form):
    def __init__(self, *args: Any, reader: User, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"name": reader.name}, **kwargs})
        self.fields["name"] = NameField(reader=reader)


class AddressForm(AddEmailForm):
    """An address for the account; as long as one that mail can be asked for at."""

    def clean_email(self) -> str:
        email: str = super().clean_email()
        MaxLengthValidator(LONGEST_ADDRESS)(email)
        return email


class LeaveForm(forms.Form):
    """What becomes of the comments, and a word that nobody types by accident."""

    WORD = _("delete")
    comments = forms.ChoiceField(
        label=_("What becomes of your comments?"),
        choices=[
            ("keep", _("They stay, without a name.")),
            ("remove", _("They go, too. What others answered stays readable.")),
        ],
        initial="keep",
        widget=forms.RadioSelect,
    )
    confirmation = forms.CharField(
        label=_("Type the word “delete”"),
        error_messages={"required": _("Please type the word “delete” to confirm.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )

    def clean_confirmation(self) -> str:
        word: str = self.cleaned_data["confirmation"]
        if word.strip().strip("“”\"'").casefold() != str(self.WORD).casefold():
            raise forms.ValidationError(_("Please type the word “delete” to confirm."))
        return word

    @property
    def keeps_comments(self) -> bool:
        return bool(self.cleaned_data["comments"] == "keep")
