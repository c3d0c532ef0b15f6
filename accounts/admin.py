"""Accounts in the admin; sign-in providers are configured by the environment and stay out of it."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.base.internal.flows import delete_dangling_recovery_codes
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts import leaving, proving, signing_out
from accounts.models import User

FOUND = 302
# What somebody may do here hangs on these.
POWERS = {"is_active", "is_staff", "is_superuser", "groups", "user_permissions"}
# A forgotten password is mailed a link to its address, and the link logs in.
ASKED_AGAIN = POWERS | {"email"}


def keep_providers_out() -> None:
    """Once every app has registered what it has: allauth comes after us. Twice is once."""
    for model in (SocialApp, SocialToken, SocialAccount, EmailAddress):
        if admin.site.is_registered(model):
            admin.site.unregister(model)
    for model, ours in ((Group, GroupAdmin), (Authenticator, FactorAdmin)):
        if admin.site.is_registered(model):
            admin.site.unregister(model)
        admin.site.register(model, ours)


class AccountForm(UserChangeForm[User]):
    """The blog is never left without an administrator."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        stays = cleaned.get("is_superuser", True) and cleaned.get("is_active", True)
        if not stays and is_last_administrator(self.instance):
            raise forms.ValidationError(
                _("This is the last administrator; make another one first.")
            )
        return cleaned


def is_last_administrator(user: User) -> bool:
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    return User.objects.filter(pk=user.pk, is_superuser=True).exists() and not others.exists()


@admin.register(User)
class UserAdmin(DjangoUserAdmin[User]):
    form = AccountForm
    list_display = ("username", "name", "is_staff", "is_active", "last_login")
    search_fields = ("username", "name", "email")
    actions = ("sign_out_everywhere",)
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("name", "email")}),
        (
            _("Permissions"),
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
        (_("Important dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("username", "name", "usable_password", "password1", "password2"),
            },
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Who may do everything is for those who may do everything to say."""
        if request.user.is_superuser:
            return super().get_readonly_fields(request, obj)
        return (*super().get_readonly_fields(request, obj), "is_superuser", "user_permissions")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        is_above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not is_above

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if obj is not None and (
            is_last_administrator(obj) or (obj.is_superuser and not request.user.is_superuser)
        ):
            return False
        return super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """One by one: a list of names is deleted too easily."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Other powers, or none any more: nobody goes on in a browser that was let in before."""
        changed = set(form.changed_data) if change else set()
        if changed & ASKED_AGAIN:
            proving.require(request)
        super().save_model(request, obj, form, change)
        if changed & POWERS:
            _sign_out(request, obj)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        if request.method == "POST":
            proving.require(request)
        return super().delete_view(request, object_id, extra_context)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        """A reader is gone as if they had left by themselves; comments stay, without a name."""
        try:
            leaving.leave(obj, keeps_comments=True)
        except leaving.StaffStays:
            signing_out.everywhere(obj)
            super().delete_model(request, obj)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:  # noqa: A002 # Django's signature
        """Asked before the form opens, so that no password has to be typed twice."""
        proving.require(request)
        response = super().user_change_password(request, id, form_url)
        user = User.objects.filter(pk=id).first() if response.status_code == FOUND else None
        if user is not None:
            _sign_out(request, user)
        return response

    @admin.action(description=_("Log out everywhere"), permissions=["change"])
    def sign_out_everywhere(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """For a laptop that was lost; of the accounts that this person may change."""
        theirs = [user for user in queryset if self.has_change_permission(request, user)]
        ended = sum(_sign_out(request, user) for user in theirs)
        for user in theirs:
            self.log_change(request, user, gettext("Logged out everywhere."))
        said = ngettext("Logged out in %d browser.", "Logged out in %d browsers.", ended)
        self.message_user(request, said % ended)


def _sign_out(request: HttpRequest, user: User) -> int:
    """Everywhere, but where this page is open."""
    return signing_out.everywhere(user, but=request if user == request.user else None)


class GroupAdmin(DjangoGroupAdmin):
    """A group's permissions are powers of everybody in it."""

    def save_model(self, request: HttpRequest, obj: Group, form: Any, change: bool) -> None:
        if "permissions" in form.changed_data:
            proving.require(request)
        super().save_model(request, obj, form, change)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        if request.method == "POST":
            proving.require(request)
        return super().delete_view(request, object_id, extra_context)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions


class FactorAdmin(admin.ModelAdmin[Authenticator]):
    """Who has which second factor, without its secrets. A lost one is taken away here."""

    list_display = fields = readonly_fields = ("user", "type", "created_at", "last_used_at")
    list_select_related = ("user",)
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        is_above = obj is not None and obj.user.is_superuser and not request.user.is_superuser
        return super().has_delete_permission(request, obj) and not is_above

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        if request.method == "POST":
            proving.require(request)
        return super().delete_view(request, object_id, extra_context)

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        """Recovery codes stand for a factor; they go with the last one."""
        super().delete_model(request, obj)
        delete_dangling_recovery_codes(obj.user)
        _sign_out(request, obj.user)
