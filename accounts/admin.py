"""Accounts in the admin; sign-in providers are configured by the environment and stay out of it."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User


def keep_providers_out() -> None:
    """Once every app has registered what it has: allauth comes after us. Twice is once."""
    for model in (SocialApp, SocialToken, SocialAccount, EmailAddress):
        if admin.site.is_registered(model):
            admin.site.unregister(model)


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
