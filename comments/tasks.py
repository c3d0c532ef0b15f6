"""What happens to the conversation after the response. Each is safe to repeat."""

from django_tasks import task

from comments import alerting, forgetting, kept, moderation_mail, notices
from comments.models import Comment


@task()
def tell_followers(comment_id: int) -> None:
    """Mail to whoever follows an approved comment."""
    comment = Comment.objects.filter(pk=comment_id).first()
    if comment:
        notices.tell_followers(comment)
        notices.deliver()


@task()
def tell_moderators(comment_id: int) -> None:
    """A comment waits: mail to whoever moderates there, and a word to their chat."""
    comment = Comment.objects.awaiting_moderation().filter(pk=comment_id).first()
    if comment:
        moderation_mail.announce(comment)
        notices.deliver()
        if alerting.is_on():
            alert.enqueue(comment.pk)


@task()
def alert(comment_id: int) -> None:
    """Tell the team's chat; what it does not take is tried again."""
    comment = Comment.objects.select_related("post").filter(pk=comment_id).first()
    if comment:
        alerting.alert(comment)


@task()
def deliver() -> None:
    """Mail that is due, and about posts that have appeared."""
    notices.announce_posts()
    moderation_mail.digest()
    notices.deliver()


@task()
def close_due() -> None:
    """Conversations that are old enough to be closed."""
    kept.close_due()


@task()
def forget() -> None:
    """Personal data whose time has come."""
    forgetting.forget()
