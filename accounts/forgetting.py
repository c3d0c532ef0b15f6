"""Facebook tells us to forget somebody, or that somebody took our app away."""

from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction

from accounts import leaving, picturing, signing_out
from accounts.models import Deletion, User
from accounts.signed_requests import SignedRequest

FACEBOOK = "facebook"
Outcome = Deletion.Outcome


def forget(request: SignedRequest) -> Deletion:
    """Delete what came from Facebook about that user; the same request again changes nothing.

    Where Facebook was the only way in nobody could enter the account any more, so it goes as well
    and its comments stand without a name. Otherwise the connection goes, with the picture, and with
    the name unless its bearer chose it.
    """
    done = Deletion.objects.filter(digest=request.digest).first()
    if done:
        return done
    try:
        with transaction.atomic():
            # First, so that of two at once the second waits here and then fails.
            deletion = Deletion.objects.create(digest=request.digest, outcome=Outcome.NOTHING_KEPT)
            deletion.outcome = _forget(request.user_id)
            deletion.save(update_fields=["outcome"])
    except IntegrityError:
        return Deletion.objects.get(digest=request.digest)
    return deletion


def take_leave(request: SignedRequest) -> None:
    """Somebody removed our app over there: sign them out here and keep no profile of theirs.

    The connection stays, so that they find their comments should they come back.
    """
    account = _account(request.user_id)
    if account is None:
        return
    SocialAccount.objects.filter(pk=account.pk).update(extra_data={})
    picturing.drop(account.user_id, FACEBOOK)
    signing_out.everywhere(account.user)


def _forget(user_id: str) -> Deletion.Outcome:
    account = _account(user_id)
    if account is None:
        return Outcome.NOTHING_KEPT
    reader: User = account.user
    others = SocialAccount.objects.filter(user=reader).exclude(pk=account.pk)
    if not others.exists() and not reader.is_staff:
        leaving.leave(reader, keeps_comments=True)
        return Outcome.ACCOUNT
    account.delete()
    picturing.drop(reader.pk, FACEBOOK)
    if not reader.has_chosen_name and not reader.is_staff:
        User.objects.filter(pk=reader.pk).update(name="")
    return Outcome.CONNECTION


def _account(user_id: str) -> SocialAccount | None:
    accounts = SocialAccount.objects.select_related("user")
    return accounts.filter(provider=FACEBOOK, uid=user_id).first()
