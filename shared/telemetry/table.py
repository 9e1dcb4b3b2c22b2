"""Every span and metric that the app records, with its fields; docs/telemetry.md is generated from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class SpanName(StrEnum):
    EXPORT = "export dropped"
    STEP = "run step"
    PLAN = "plan row"
    APPLY = "apply row"
    RESULT = "write result"
    CALL = "http call"
    TIMER = "timer"
    GRAPH = "graph call"


class Metric(StrEnum):
    ROWS = "rows"
    ROWS_AGAIN = "rows.again"
    QUEUE_AGE = "queue.age"
    GRAPH_SECONDS = "graph.duration"
    GRAPH_REQUESTS = "graph.requests"
    GRAPH_THROTTLED = "graph.throttled"
    GRAPH_LIMIT = "graph.limit"
    GRAPH_AGAIN = "graph.again"
    READ_BACKS = "writes.read_backs"
    DOUBTS = "writes.doubtful"
    COVERAGE = "reconcile.coverage"
    DRIFT = "reconcile.drift"
    OLDEST_RUN = "runs.oldest_open"


@dataclass(frozen=True, slots=True)
class SpanAbout:
    meaning: str
    fields: tuple[str, ...]
    is_entry: bool = False
    """Whether it is an invocation by the host."""
    duration: Metric | None = None
    """The histogram of its durations."""


SPANS: Mapping[SpanName, SpanAbout] = {
    SpanName.EXPORT: SpanAbout("An export was dropped: a run is made, and its file is read.", ("run",), is_entry=True),
    SpanName.STEP: SpanAbout(
        "One message of the steps queue advances a run.", ("run", "step", "source"), is_entry=True
    ),
    SpanName.PLAN: SpanAbout("One row is planned, in a step or by a message.", ("run", "row", "state", "code")),
    SpanName.APPLY: SpanAbout("One row is applied, in a step or by a message.", ("run", "row", "state", "code")),
    SpanName.RESULT: SpanAbout("The result of a run is written: the workbook that goes back, and its files.", ("run",)),
    SpanName.CALL: SpanAbout("One call of the API or the console.", ("method", "path", "status"), is_entry=True),
    SpanName.TIMER: SpanAbout("A timer fired.", ("timer",), is_entry=True),
    SpanName.GRAPH: SpanAbout(
        "One request to Graph, from sending it to the end of its answer.",
        ("run", "row", "server", "method", "path", "kind", "parts", "status", "requestId", "clientRequestId"),
        duration=Metric.GRAPH_SECONDS,
    ),
}
ON_FAILURE = ("error", "code")
"""Fields that any span gets when an exception ends it."""


class MetricKind(StrEnum):
    COUNTER = "counter"
    HISTOGRAM = "histogram"
    GAUGE = "gauge"


@dataclass(frozen=True, slots=True)
class MetricAbout:
    kind: MetricKind
    unit: str
    meaning: str
    fields: tuple[str, ...] = ()


METRICS: Mapping[Metric, MetricAbout] = {
    Metric.ROWS: MetricAbout(
        MetricKind.COUNTER,
        "{row}",
        "Rows stored in a state; a repeated step counts them again. Divided by time it is the rate.",
        ("state", "code"),
    ),
    Metric.ROWS_AGAIN: MetricAbout(
        MetricKind.COUNTER, "{row}", "Rows that are retried later; `code` is the reason.", ("stage", "code")
    ),
    Metric.QUEUE_AGE: MetricAbout(
        MetricKind.HISTOGRAM,
        "s",
        "Age of a message at its delivery, since it was sent; a delay that was asked for is part of it.",
        ("queue",),
    ),
    Metric.GRAPH_SECONDS: MetricAbout(
        MetricKind.HISTOGRAM, "s", "Time from a request to the end of its answer.", ("kind", "status")
    ),
    Metric.GRAPH_REQUESTS: MetricAbout(
        MetricKind.COUNTER, "{request}", "Requests that were started; each read in a batch counts.", ("kind",)
    ),
    Metric.GRAPH_THROTTLED: MetricAbout(
        MetricKind.COUNTER,
        "{request}",
        "Answers 429; each read in a batch counts. Divided by `graph.requests` it is the share of throttled requests.",
        ("kind",),
    ),
    Metric.GRAPH_LIMIT: MetricAbout(
        MetricKind.GAUGE, "{request}/s", "Rate that this process allows itself; it adapts.", ("kind",)
    ),
    Metric.GRAPH_AGAIN: MetricAbout(
        MetricKind.COUNTER,
        "{request}",
        "Requests that are sent again while the work on them goes on.",
        ("kind", "reason"),
    ),
    Metric.READ_BACKS: MetricAbout(
        MetricKind.COUNTER, "{read}", "Reads that verify a write, or resolve one in doubt.", ("result",)
    ),
    Metric.DOUBTS: MetricAbout(
        MetricKind.COUNTER, "{write}", "Answers that do not say whether a write was made.", ("code",)
    ),
    Metric.COVERAGE: MetricAbout(
        MetricKind.GAUGE, "1", "Share of the people with managed values whom the last reconcile could read."
    ),
    Metric.DRIFT: MetricAbout(MetricKind.GAUGE, "{drift}", "Entries of the newest drift report.", ("kind",)),
    Metric.OLDEST_RUN: MetricAbout(
        MetricKind.GAUGE, "s", "Age of the oldest run that is open, at each sweep; 0 = none is open."
    ),
}
