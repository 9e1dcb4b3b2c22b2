"""Passes spans, metrics and log records on to OpenTelemetry. Imported only if telemetry is on.

The providers are not the global ones: the spans that the Azure SDKs make themselves contain whole URLs with sign-in
names, and without a global provider they are never made. A span gets only declared fields, and of an exception only
type and code; the texts of log records other than events are redacted (decision 71).
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from opentelemetry import trace
from opentelemetry._logs import SeverityNumber
from opentelemetry.context import Context, get_current
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.core.values.errors import ExplainedError
from shared.core.values.redaction import redacted, redacted_lines
from shared.telemetry import signals
from shared.telemetry.events import EventName
from shared.telemetry.fields import FIELDS
from shared.telemetry.signals import FieldValue
from shared.telemetry.table import METRICS, ON_FAILURE, SPANS, Metric, MetricKind, SpanName

SCOPE = "phone-methods"
CONNECTION = "APPLICATIONINSIGHTS_CONNECTION_STRING"
_MOST_WAITING = 100_000
"""The most log records or spans that wait to be sent; beyond it the SDK drops the oldest. The SDK's
default is 2,048."""
_INHERITED = ("run", "row")
_PROPAGATOR = TraceContextTextMapPropagator()


@dataclass(frozen=True, slots=True)
class _Current:
    """The app's span that runs now, which the sampler may have dropped, and its fields so far."""

    name: SpanName
    span: trace.Span
    fields: dict[str, FieldValue]

    def inherited(self) -> dict[str, FieldValue]:
        return {name: self.fields[name] for name in _INHERITED if name in self.fields}


_CURRENT: ContextVar[_Current | None] = ContextVar("current", default=None)


class OpenTelemetrySink:
    """The sink for spans and metrics. The SDK chooses the sampler: all, or what OTEL_TRACES_SAMPLER says."""

    def __init__(self, tracers: TracerProvider, meters: MeterProvider) -> None:
        self._tracer = tracers.get_tracer(SCOPE)
        meter = meters.get_meter(SCOPE)
        makers: Mapping[MetricKind, Any] = {
            MetricKind.COUNTER: meter.create_counter,
            MetricKind.HISTOGRAM: meter.create_histogram,
            MetricKind.GAUGE: meter.create_gauge,
        }
        self._instruments = {
            metric: makers[about.kind](metric.value, unit=about.unit, description=about.meaning)
            for metric, about in METRICS.items()
        }

    @contextmanager
    def span(self, name: SpanName, parent: str, fields: Mapping[str, FieldValue]) -> Iterator[None]:
        about, around = SPANS[name], _CURRENT.get()
        if parent:
            context = _PROPAGATOR.extract({"traceparent": parent}, Context())
        else:
            context = Context() if around is None else trace.set_span_in_context(around.span)
        invocation = trace.get_current_span().get_span_context()
        links = (
            [Link(invocation)] if around is None and invocation.is_valid else []
        )  # the host's span of the invocation
        inherited = {} if around is None else around.inherited()
        known, began = {**inherited, **fields}, time.perf_counter()
        kind = SpanKind.CONSUMER if about.is_entry or parent else SpanKind.INTERNAL
        with self._tracer.start_as_current_span(
            name.value,
            context=context,
            kind=SpanKind.CLIENT if name is SpanName.GRAPH else kind,
            attributes=_attributes(known, about.fields),
            links=links,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            before = _CURRENT.set(_Current(name, span, known))
            try:
                yield
            except BaseException as error:
                code = error.code if isinstance(error, ExplainedError) else None
                failure: dict[str, FieldValue] = {"error": type(error).__name__, "code": code}
                span.set_attributes(_attributes(failure, ON_FAILURE))
                span.set_status(Status(StatusCode.ERROR))
                raise
            finally:
                _CURRENT.reset(before)
                if about.duration:
                    self.measure(about.duration, time.perf_counter() - began, known)

    def note(self, fields: Mapping[str, FieldValue]) -> None:
        if current := _CURRENT.get():
            current.fields.update(fields)
            current.span.set_attributes(_attributes(fields, SPANS[current.name].fields))

    def measure(self, metric: Metric, value: float, fields: Mapping[str, FieldValue]) -> None:
        about, instrument = METRICS[metric], self._instruments[metric]
        attributes = _attributes(fields, about.fields)
        match about.kind:
            case MetricKind.COUNTER:
                instrument.add(value, attributes)
            case MetricKind.HISTOGRAM:
                instrument.record(value, attributes)
            case MetricKind.GAUGE:
                instrument.set(value, attributes)

    def traceparent(self) -> str:
        carrier: dict[str, str] = {}
        if current := _CURRENT.get():
            _PROPAGATOR.inject(carrier, trace.set_span_in_context(current.span))
        return carrier.get("traceparent", "")


class LogExport(logging.Handler):
    """Sends every record that reaches the root logger, with the run and the row of the span that runs.

    While OpenTelemetry is on in the worker, the host drops the log records that the worker passes to it.
    """

    def __init__(self, loggers: LoggerProvider) -> None:
        super().__init__()
        self._loggers = loggers

    def emit(self, record: logging.LogRecord) -> None:
        try:
            event: str | None = getattr(record, "event", None)
            text, current = record.getMessage(), _CURRENT.get()
            of_span = _attributes(current.inherited(), _INHERITED) if current else {}
            self._loggers.get_logger(record.name).emit(
                timestamp=int(record.created * 1e9),
                context=get_current(),
                severity_number=SeverityNumber(min(record.levelno, 50) // 10 * 4 + 1),
                severity_text=record.levelname,
                body=text if event else redacted_lines(text),
                attributes={
                    **of_span,
                    **_of_event(event, record),
                    **_of_exception(record),
                },
                event_name=event,
            )
        except Exception:  # noqa: BLE001 - a record must not end the work that it tells of
            self.handleError(record)


def start(environment: Mapping[str, str]) -> None:
    """Send telemetry to Application Insights from now on; if it cannot be set up, log to stderr."""
    try:
        begin(*providers(environment.get(CONNECTION) or "", environment.get("WEBSITE_SITE_NAME") or SCOPE))
    except (ImportError, ValueError) as error:
        logging.getLogger().addHandler(logging.StreamHandler())
        signals.event(EventName.TELEMETRY_FAILED, setting=CONNECTION, error=type(error).__name__)


def providers(connection: str, service: str) -> tuple[TracerProvider, MeterProvider, LoggerProvider]:
    """Raises ValueError for a connection string that cannot be used."""
    from azure.monitor.opentelemetry.exporter import (
        AzureMonitorLogExporter,
        AzureMonitorMetricExporter,
        AzureMonitorTraceExporter,
    )

    resource = Resource.create({"service.name": service})
    tracers, loggers = TracerProvider(resource=resource), LoggerProvider(resource=resource)
    spans = AzureMonitorTraceExporter(
        connection_string=connection, max_envelopes_per_second=0, tracer_provider=tracers
    )  # else it looks for the global provider, and logs an error with each batch
    tracers.add_span_processor(BatchSpanProcessor(spans, max_queue_size=_MOST_WAITING))
    records = AzureMonitorLogExporter(connection_string=connection, max_envelopes_per_second=0)
    loggers.add_log_record_processor(
        BatchLogRecordProcessor(records, schedule_delay_millis=1_000, max_queue_size=_MOST_WAITING)
    )
    metrics = AzureMonitorMetricExporter(connection_string=connection)
    meters = MeterProvider(resource=resource, metric_readers=[PeriodicExportingMetricReader(metrics)])
    return tracers, meters, loggers


def begin(tracers: TracerProvider, meters: MeterProvider, loggers: LoggerProvider) -> LogExport:
    """Pass everything to these providers; returns the handler that was added to the root logger."""
    signals.use(OpenTelemetrySink(tracers, meters))
    handler = LogExport(loggers)
    logging.getLogger().addHandler(handler)
    return handler


def _attributes(fields: Mapping[str, FieldValue], declared: tuple[str, ...]) -> dict[str, str | int | float | bool]:
    """The declared fields that have a value; texts are redacted."""
    return {
        FIELDS[name].key: redacted(value) if isinstance(value, str) else value
        for name, value in fields.items()
        if name in declared and value is not None and value != ""
    }


def _of_event(event: str | None, record: logging.LogRecord) -> dict[str, Any]:
    """The fields of an event, so that no line has to be parsed; nested values are only in the line."""
    if event is None:
        return {}
    fields: Mapping[str, object] = getattr(record, "fields", {})
    return {"event.name": event} | {key: value for key, value in fields.items() if isinstance(value, str | int | float)}


def _of_exception(record: logging.LogRecord) -> dict[str, str]:
    kind, error, _ = record.exc_info or (None, None, None)
    if kind is None or error is None:
        return {}
    return {
        "exception.type": kind.__name__,
        "exception.message": redacted(str(error)),
        "exception.stacktrace": redacted_lines("".join(traceback.format_exception(error))),
    }
