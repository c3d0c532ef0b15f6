"""The names of the task framework, from Django itself where it has them (6.0 and later)."""

try:
    from django.tasks import Task, TaskResultStatus, task
except ImportError:
    # The same three, published ahead of Django 6.0; the stubs know Django's own only.
    from django_tasks import TaskResultStatus, task  # type: ignore[assignment,no-redef] # as above
    from django_tasks.base import Task  # type: ignore[assignment] # as above

__all__ = ["Task", "TaskResultStatus", "task"]
