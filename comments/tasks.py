"""What happens to the conversation after the response. Each is safe to repeat."""

from django_tasks import task

from comments import alerting, announcing, forgetting, kept, moderation_mail, notices
from comments.models import Comment


@task()
def tell(post_id: int) -> None:
    """What is new on a post: mail to followers and moderators, and a word to the team's chat."""
    announcing.tell(post_id, on_held=_alert_later)
    notices.deliver()


def _alert_later(comment: Comment) -> None:
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
    for post_id in announcing.posts_with_lost_news():
        tell.enqueue(post_id)
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
