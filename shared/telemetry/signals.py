"""Records spans, metrics and events.

While telemetry is off, spans and metrics cost one comparison, and events are only lines of the log.

`shared.telemetry.sdk` gives it the sink that passes them on to OpenTelemetry.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from shared.telemetry.events import EVENTS, EventName
from shared.telemetry.fields import FIELDS
from shared.telemetry.table import Metric, SpanName

_log = logging.getLogger(__name__)

type FieldValue = str | int | float | bool | None
"""None = the field is left out."""


class Sink(Protocol):
    def span(self, name: SpanName, parent: str, fields: Mapping[str, FieldValue]) -> AbstractContextManager[object]: ...

    def note(self, fields: Mapping[str, FieldValue]) -> None: ...

    def measure(self, metric: Metric, value: float, fields: Mapping[str, FieldValue]) -> None: ...

    def traceparent(self) -> str: ...


class _Process:
    """The sink of this process."""

    sink: Sink | None = None


def use(sink: Sink | None) -> None:
    """Pass everything on to `sink` from now on; None = telemetry is off."""
    _Process.sink = sink


def is_on() -> bool:
    return _Process.sink is not None


def span(name: SpanName, *, parent: str = "", **fields: FieldValue) -> AbstractContextManager[object]:
    """A span around a block. `parent` is the traceparent in the message; "" = the present span of this process."""
    sink = _Process.sink
    return nullcontext() if sink is None else sink.span(name, parent, fields)


def note(**fields: FieldValue) -> None:
    """Add fields to the span that runs now; fields that it does not declare are left out."""
    if _Process.sink is not None:
        _Process.sink.note(fields)


def measure(metric: Metric, value: float = 1, **fields: FieldValue) -> None:
    """Add to a counter, put into a histogram, or set a gauge."""
    if _Process.sink is not None:
        _Process.sink.measure(metric, value, fields)


def traceparent() -> str:
    """The span that runs now, in the form of W3C Trace Context; "" = there is none."""
    return "" if _Process.sink is None else _Process.sink.traceparent()


def event(which: EventName, /, **fields: object) -> None:
    """A line of the log: the event's name, and its declared fields as JSON. None leaves a field out.

    The app logs in no other way. No field may hold a number, an e-mail address or a name of a person or a file.
    """
    about = EVENTS[which]
    filled = {FIELDS[name].key: fields[name] for name in about.fields if fields.get(name) is not None}
    _log.log(about.level, "%s %s", which, json.dumps(filled), extra={"event": which.value, "fields": filled})
