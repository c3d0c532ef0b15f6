"""What happens after the answer; each task is safe to repeat."""

from django_tasks import task

from accounts import picturing, sessions


@task()
def fetch_picture(reader_id: int, account_id: int) -> None:
    picturing.fetch_for(reader_id, account_id)


@task()
def end_sessions(reader_id: int) -> None:
    sessions.end(reader_id)
