from collections.abc import Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

from polarisblog.background.tasks import Task


@register()
def check_periodic_tasks(
    app_configs: Sequence[AppConfig] | None, **kwargs: object
) -> list[CheckMessage]:
    """An error for each entry of PERIODIC_TASKS that could never run."""
    errors: list[CheckMessage] = []
    for path, every_seconds in settings.PERIODIC_TASKS.items():
        try:
            is_task = isinstance(import_string(path), Task)
        except ImportError:
            is_task = False
        if not is_task or every_seconds < 1:
            errors.append(
                Error(
                    f"PERIODIC_TASKS names {path}, every {every_seconds} s.",
                    hint="Each entry is the dotted path of a task and a number of seconds.",
                    id="background.E001",
                )
            )
    return errors
