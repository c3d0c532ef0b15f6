"""What happens after the answer; each task is safe to repeat."""

from django_tasks import task

from accounts import picturing
from accounts.sessions import SessionStore


@task()
def fetch_picture(reader_id: int, account_id: int) -> None:
    picturing.fetch_for(reader_id, account_id)


@task()
def forget_sessions() -> None:
    """What a browser's session held goes once it has ended."""
    SessionStore.clear_expired()
