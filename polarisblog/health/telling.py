"""Telling other systems about faults (Sentry) and about where time goes (OpenTelemetry).

Neither is imported unless its setting is there, and both are told from a list of what they may
know: no address, no query, no cookie, no header, no body, no person. The packages are in
requirements-telemetry.txt.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.dispatch import receiver
from django_tasks_db import compat

from polarisblog.health.logs import request_id, scrubbed, task_id

SENTRY, TELEMETRY = "sentry_sdk", "opentelemetry.exporter.otlp.proto.http"
# Of an event for Sentry nothing else leaves.
EVENT = (
    *("event_id", "timestamp", "platform", "level", "logger", "release", "environment"),
    *("exception", "logentry", "transaction", "tags", "contexts", "sdk", "fingerprint"),
)
CONTEXTS = ("runtime", "trace")


def is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:
        return False


# --- Faults -------------------------------------------------------------------


def start_sentry() -> None:
    """Report faults to SENTRY_DSN; nothing where it is not set or the package is missing."""
    if not settings.SENTRY_DSN or not is_installed(SENTRY):
        return
    import sentry_sdk  # noqa: PLC0415 # takes two seconds, so only where it is wanted
    from sentry_sdk.integrations.django import DjangoIntegration  # noqa: PLC0415 # as above
    from sentry_sdk.integrations.logging import LoggingIntegration  # noqa: PLC0415 # as above

    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        release=f"polarisblog@{settings.VERSION}",
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        auto_enabling_integrations=False,
        integrations=[DjangoIntegration(middleware_spans=False), LoggingIntegration()],
        before_send=allowed,  # type: ignore[arg-type] # a dict is what an Event is
    )


def allowed(event: Mapping[str, Any], hint: object) -> dict[str, Any]:
    """What may leave of an event: where it broke, and nothing about whom it broke for."""
    told = {name: event[name] for name in EVENT if name in event}
    contexts = told.get("contexts") or {}
    told["contexts"] = {name: contexts[name] for name in CONTEXTS if name in contexts}
    told["tags"] = {"request": request_id.get(), "task": task_id.get()}
    for value in (told.get("exception") or {}).get("values") or ():
        value["value"] = scrubbed(str(value.get("value") or ""))
    entry = told.get("logentry")
    if entry:
        words = str(entry.get("formatted") or entry.get("message") or "")
        told["logentry"] = {"message": scrubbed(words)}
    return told


# --- Time ---------------------------------------------------------------------


@cache
def _tracer(process: int) -> Any:
    """This process's own tracer: a thread of it sends, and no fork carries threads over."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 # takes a second
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 # as above
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 # as above
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 # as above

    name = os.environ.get("OTEL_SERVICE_NAME", "polarisblog")
    resource = Resource({"service.name": name, "service.version": settings.VERSION})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    atexit.register(provider.shutdown)
    return provider.get_tracer("polarisblog", settings.VERSION)


def _is_on() -> bool:
    return bool(settings.OTEL_EXPORTER_OTLP_ENDPOINT) and is_installed(TELEMETRY)


@contextmanager
def span(name: str, headers: Mapping[str, str]) -> Iterator[Any]:
    """A span that the block may rename and give facts; None where nobody wants to know.

    `headers` may name whose part it is, where a proxy of ours wrote them.
    """
    if not _is_on():
        yield None
        return
    from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415 # as above
        TraceContextTextMapPropagator,
    )

    whole = TraceContextTextMapPropagator().extract(headers)
    with _tracer(os.getpid()).start_as_current_span(
        name, context=whole, record_exception=False, set_status_on_exception=False
    ) as ours:
        yield ours


@receiver(compat.task_started)
def begin_task(task_result: Any, **kwargs: Any) -> None:
    task_id.set(str(task_result.id))
    if _is_on():
        _tasks[task_id.get()] = _tracer(os.getpid()).start_span(
            f"task {task_result.task.module_path}"
        )


@receiver(compat.task_finished)
def end_task(task_result: Any, **kwargs: Any) -> None:
    ours = _tasks.pop(str(task_result.id), None)
    if ours is not None:
        ours.set_attribute("polaris.task.status", str(task_result.status))
        ours.end()
    task_id.set("")


_tasks: dict[str, Any] = {}
