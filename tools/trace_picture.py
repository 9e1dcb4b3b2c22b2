"""Draws one trace of a run, from the workbook to Graph's answers and back: `python -m tools.trace_picture FILE`.

The app runs in memory against the stand-in, each row by messages of its own, so that the trace passes every queue.
Look at the picture before it is committed.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind

from sandbox.exports import write_export
from sandbox.people import make_staff
from testing.in_memory import in_memory
from testing.telemetry import collected

_PEOPLE = 2
_LINE, _TOP, _LEFT, _WIDTH = 22, 52, 430, 620
_COLORS = {"graph call": "#0f6cbd", "plan row": "#7a7574", "apply row": "#107c41", "write result": "#8764b8"}
_OTHER = "#a19f9d"
_STYLE = "text{font:12px 'Segoe UI',sans-serif;fill:#242424}.q{fill:#616161}.h{font-weight:600;font-size:14px}"


async def one_trace() -> Sequence[ReadableSpan]:
    """The spans of a run over a workbook of two people, in the order in which they began."""
    staff = make_staff(_PEOPLE, seed=3)
    with collected() as telemetry:
        async with in_memory(staff) as world:
            world.work_by_messages()
            await world.run_to_end("staff.xlsx", write_export(staff))
    return telemetry.spans()


def picture(spans: Sequence[ReadableSpan]) -> str:
    """One line for each span, below the one that caused it; its bar shows when it ran."""
    began = min(span.start_time or 0 for span in spans)
    whole = max(span.end_time or 0 for span in spans) - began
    height = _TOP + _LINE * len(spans) + 16
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + 90} {height}" role="img">',
        f"<title>One trace from a workbook to Graph and back</title><style>{_STYLE}</style>",
        f'<rect width="100%" height="{height}" fill="#fff"/>',
        f'<text class="h" x="12" y="22">One run of {_PEOPLE} people: {len(spans)} spans in one trace</text>',
        '<text class="q" x="12" y="40">→ a message of a queue came in between</text>',
    ]
    for place, (depth, span) in enumerate(_as_tree(spans)):
        y, color = _TOP + _LINE * place, _COLORS.get(span.name, _OTHER)
        start = _LEFT + _WIDTH * ((span.start_time or 0) - began) / whole
        length = ((span.end_time or 0) - (span.start_time or 0)) / whole * _WIDTH
        arrow = "→ " if span.kind is SpanKind.CONSUMER and span.parent else ""
        lines += [
            f'<text x="{12 + 14 * depth}" y="{y + 14}">{arrow}{escape(label(span))}</text>',
            f'<rect x="{start:.1f}" y="{y + 3}" width="{max(length, 2):.1f}" height="14" fill="{color}"/>',
            f'<text class="q" x="{start + length + 5:.1f}" y="{y + 14}">{length / _WIDTH * whole / 1e6:.0f} ms</text>',
        ]
    return "\n".join([*lines, "</svg>"]) + "\n"


def label(span: ReadableSpan) -> str:
    """The name of the span with its row, or what Graph was asked and answered."""
    of = {key: str(value) for key, value in (span.attributes or {}).items()}
    if span.name != "graph call":
        return f"{span.name} {of.get('row', '')}".rstrip()
    path = of.get("path", "a list").replace("%2D", "-").removeprefix("/users/{user-id}")
    return f"{of['http.request.method']} {path} {of['http.response.status_code']}"


def _as_tree(
    spans: Sequence[ReadableSpan], parent: int | None = None, depth: int = 0
) -> Iterator[tuple[int, ReadableSpan]]:
    for span in spans:
        if (span.parent.span_id if span.parent else None) == parent:
            yield depth, span
            yield from _as_tree(spans, span.context.span_id if span.context else 0, depth + 1)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(picture(asyncio.run(one_trace())), encoding="utf-8")
