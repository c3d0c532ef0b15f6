"""How often somebody may try to get in: allauth's pages, held to our limits.

allauth counts in the cache, which forgets, and says neither in the answer nor in its head when to
come back. Its own limits are off (`ACCOUNT_RATE_LIMITS`), and each of them is one of ours here.
"""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django.http import HttpRequest

from accounts import second_factor
from accounts.models import User
from polarisblog.network import limits
from polarisblog.network.addresses import address_key, client_address

# By the name of the page that a form is posted to.
BY_ADDRESS = {
    "account_login": limits.LOG_IN_BY_ADDRESS,
    "mfa_authenticate": limits.LOG_IN_BY_ADDRESS,
    "mfa_login_webauthn": limits.LOG_IN_BY_ADDRESS,
    "account_reset_password_from_key": limits.LOG_IN_BY_ADDRESS,
    "account_reset_password": limits.NEW_PASSWORD_BY_ADDRESS,
}
BY_READER = {
    "account_reauthenticate": limits.PROVE_BY_READER,
    "mfa_reauthenticate": limits.PROVE_BY_READER,
    "mfa_reauthenticate_webauthn": limits.PROVE_BY_READER,
    "account_change_password": limits.ACCOUNT_CHANGE,
    "account_set_password": limits.ACCOUNT_CHANGE,
    "account_email": limits.ACCOUNT_CHANGE,
}


def check(request: HttpRequest) -> None:
    """Count a form that is posted to one of allauth's pages. Raises TooFast."""
    match = request.resolver_match
    if request.method != "POST" or match is None or not match.url_name:
        return
    if match.url_name in BY_ADDRESS:
        limits.check(BY_ADDRESS[match.url_name], address_key(client_address(request)))
    elif match.url_name in BY_READER and request.user.is_authenticated:
        limits.check(BY_READER[match.url_name], request.user.pk)


def before_password(request: HttpRequest, name: str) -> None:
    """Count a password for the account `name` as a wrong one. Raises TooFast."""
    for limit, keys in _wrong_passwords(request, name):
        limits.check(limit, *keys)


def right_password(request: HttpRequest, name: str) -> None:
    """It was none. Earlier ones stay counted: a right one in between wins no more guesses."""
    for limit, keys in _wrong_passwords(request, name):
        limits.give_back(limit, *keys)


def _wrong_passwords(
    request: HttpRequest, name: str
) -> list[tuple[limits.Limit, tuple[object, ...]]]:
    account = name.casefold()
    return [
        (limits.WRONG_PASSWORD, (account, address_key(client_address(request)))),
        (limits.WRONG_PASSWORD_BY_ACCOUNT, (account,)),
    ]


class _Counted:
    """Raises TooFast whatever the code is, once so many were wrong."""

    user: User

    def clean_code(self) -> str:
        limits.check(limits.WRONG_CODE, self.user.pk)
        code: str = super().clean_code()  # type: ignore[misc] # of the form beside this in the bases
        if not second_factor.spend(self.user, code):
            raise get_adapter().validation_error("incorrect_code")
        limits.give_back(limits.WRONG_CODE, self.user.pk)
        return code


class CodeForm(_Counted, AuthenticateForm):
    """A code on the way in."""


class CodeAgainForm(_Counted, ReauthenticateForm):
    """A code from somebody who is in."""
