"""What happens to the conversation after the response. Each is safe to repeat."""

from django_tasks import task

from comments import forgetting, notices
from comments.models import Comment


@task()
def tell_followers(comment_id: int) -> None:
    """Mail to whoever follows an approved comment."""
    comment = Comment.objects.filter(pk=comment_id).first()
    if comment:
        notices.tell_followers(comment)
        notices.deliver()


@task()
def deliver() -> None:
    """Mail that is due, and about posts that have appeared."""
    notices.announce_posts()
    notices.deliver()


@task()
def forget() -> None:
    """Personal data whose time has come."""
    forgetting.forget()
