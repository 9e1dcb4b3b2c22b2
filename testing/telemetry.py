"""Collects the app's telemetry in memory, as Application Insights would get it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from opentelemetry.sdk._logs import LoggerProvider, ReadableLogRecord
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import Sampler

from shared.telemetry import signals
from shared.telemetry.events import EventName
from shared.telemetry.sdk import begin

_RESOURCE = Resource({"service.name": "phone-methods"})


@dataclass(frozen=True, slots=True)
class Collected:
    _spans: InMemorySpanExporter
    _metrics: InMemoryMetricReader
    _logs: InMemoryLogRecordExporter

    def spans(self, name: str = "") -> Sequence[ReadableSpan]:
        """The spans that have ended, of this name or all, in the order in which they began."""
        found = [span for span in self._spans.get_finished_spans() if name in {"", span.name}]
        return sorted(found, key=lambda span: span.start_time or 0)

    def logs(self) -> Sequence[ReadableLogRecord]:
        return self._logs.get_finished_logs()

    def points(self) -> dict[str, list[tuple[Mapping[str, object], float]]]:
        """The points of each metric: attributes, and the value or the number of measurements."""
        data = json.loads(self.metrics_as_json())
        return {
            metric["name"]: [
                (point["attributes"], point["value"] if "value" in point else point["count"])
                for point in metric["data"]["data_points"]
            ]
            for resource in data["resource_metrics"]
            for scope in resource["scope_metrics"]
            for metric in scope["metrics"]
        }

    def metrics_as_json(self) -> str:
        data = self._metrics.get_metrics_data()
        return data.to_json() if data else '{"resource_metrics": []}'

    def text(self) -> str:
        """Everything that left the app: names, attributes, events, links and resources."""
        lines = [*(span.to_json() for span in self.spans()), *(record.to_json() for record in self.logs())]
        return "\n".join([*lines, self.metrics_as_json()])


def events(records: Iterable[logging.LogRecord], which: EventName) -> list[Mapping[str, Any]]:
    """The fields of each event of this name, from the lines of a log."""
    return [record.__dict__["fields"] for record in records if record.__dict__.get("event") == which]


@contextmanager
def collected(sampler: Sampler | None = None) -> Iterator[Collected]:
    """Telemetry is on until the block ends. An app that is built inside puts traces into its messages."""
    spans, metrics, logs = InMemorySpanExporter(), InMemoryMetricReader(), InMemoryLogRecordExporter()  # type: ignore[no-untyped-call] # the SDK does not type it
    tracers = TracerProvider(sampler=sampler, resource=_RESOURCE, shutdown_on_exit=False)
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    loggers = LoggerProvider(resource=_RESOURCE, shutdown_on_exit=False)
    loggers.add_log_record_processor(SimpleLogRecordProcessor(logs))
    meters = MeterProvider([metrics], _RESOURCE, shutdown_on_exit=False)
    handler = begin(tracers, meters, loggers)
    try:
        yield Collected(spans, metrics, logs)
    finally:
        logging.getLogger().removeHandler(handler)
        signals.use(None)
