"""Passwords are for those who write and moderate; readers come in through a provider."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.forms import ResetPasswordForm
from django.contrib.auth.base_user import AbstractBaseUser

from accounts.models import User
from polarisblog.network import limits


class StaffBackend(AuthenticationBackend):
    """allauth's backend (which counts failures), for staff alone.

    Whoever is no longer staff has a password that opens nothing, and is answered as if it were
    wrong.
    """

    def _check_password(self, user: AbstractBaseUser | None, password: str) -> Any:
        found = super()._check_password(user, password)
        return found if isinstance(found, User) and found.is_staff else None


class ForgottenPasswordForm(ResetPasswordForm):
    """Mails a link to staff; anybody else gets the same page and no mail."""

    users: list[User]

    def clean_email(self) -> str:
        email: str = super().clean_email()
        limits.check(limits.NEW_PASSWORD_BY_EMAIL, email.casefold())
        self.users = [user for user in self.users if user.is_staff]
        return email
