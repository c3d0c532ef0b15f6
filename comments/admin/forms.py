"""What moderators fill in beside the queue."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from comments.banning import Terms
from comments.models import DeskPreferences, Standing
from comments.writers import Writer


class PreferencesForm(forms.ModelForm[DeskPreferences]):
    class Meta:
        model = DeskPreferences
        fields = ("hides_words", "uses_keys", "mail")


class RedactForm(forms.Form):
    """What is cut out, one span a line, exactly as it stands."""

    spans = forms.CharField(
        label=_("Words to cut out"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        help_text=_("One a line, exactly as they stand in the text."),
        error_messages={"required": _("Please copy the words that have to go.")},
    )
    why = forms.CharField(
        label=_("Why"),
        max_length=200,
        error_messages={"required": _("Please say why; the log keeps it.")},
    )

    def clean_spans(self) -> list[str]:
        lines = self.cleaned_data["spans"].replace("\r\n", "\n").split("\n")
        return [line.strip() for line in lines if line.strip()]


class UnsealForm(forms.Form):
    why = forms.CharField(
        label=_("Why do you need to read it?"),
        max_length=200,
        error_messages={"required": _("Please say why; the log keeps it.")},
    )


class StandingForm(forms.Form):
    level = forms.ChoiceField(
        label=_("Standing"),
        required=False,
        choices=[("", _("Judged comment by comment")), *Standing.Level.choices],
        widget=forms.RadioSelect,
    )


class BanForm(forms.Form):
    """Who is banned, how long, what they are told."""

    PERIODS = [
        ("1", _("a day")),
        ("7", _("a week")),
        ("30", _("a month")),
        ("365", _("a year")),
        ("", _("until it is ended")),
    ]

    target = forms.ChoiceField(label=_("Whom"), widget=forms.RadioSelect)
    days = forms.ChoiceField(label=_("For"), choices=PERIODS, required=False, initial="30")
    told = forms.CharField(
        label=_("What they are told"),
        max_length=200,
        required=False,
        help_text=_("They read it when they next try to comment. A kind sentence stands there."),
    )
    note = forms.CharField(
        label=_("For the log"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, writer: Writer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.writer = writer
        choices: list[tuple[str, Any]] = []
        if writer.reader:
            choices.append(("reader", _("this reader")))
        if writer.address_hash:
            choices.append(("connection", _("this connection; others may share it")))
        choices += [(f"host:{host}", host) for host in writer.hosts]
        self.fields["target"].choices = choices  # type: ignore[attr-defined] # a ChoiceField
        self.fields["target"].initial = choices[0][0] if choices else None

    @property
    def has_targets(self) -> bool:
        return bool(self.fields["target"].choices)  # type: ignore[attr-defined] # a ChoiceField

    def terms(self) -> Terms:
        days = self.cleaned_data["days"]
        ends_at = timezone.now() + datetime.timedelta(days=int(days)) if days else None
        return Terms(ends_at, self.cleaned_data["told"], self.cleaned_data["note"])

    def whom(self) -> dict[str, User | str | None]:
        """As `banning.ban` takes it."""
        target = self.cleaned_data["target"]
        if target == "reader":
            return {"reader": self.writer.reader}
        if target == "connection":
            return {"address_hash": self.writer.address_hash}
        return {"host": target.partition(":")[2]}


class AnswerForm(forms.Form):
    words = forms.CharField(
        label=_("Answer"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
        help_text=_("It goes to the address they left, which nobody here sees."),
    )
