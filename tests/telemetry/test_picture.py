"""The picture of one trace in the documentation is one of a run of today."""

from __future__ import annotations

import re

from tools.hashes import ROOT
from tools.trace_picture import label, one_trace, picture

PUBLISHED = ROOT / "docs/pictures/trace.svg"
WAY = ["export dropped", "run step", "plan row", "POST /$batch 200", "apply row", "write result"]


async def test_the_published_picture_shows_what_a_run_does() -> None:
    """From the workbook through every queue to Graph and back to the result; the times alone may differ."""
    spans = await one_trace()
    assert 1 == len({span.context.trace_id for span in spans if span.context})
    assert spans[0].parent is None
    assert set(WAY) <= {re.sub(r"(row) \d+", r"\1", label(span)) for span in spans}
    assert any("POST /authentication/phoneMethods 201" == label(span) for span in spans)
    assert lines(picture(spans)) == lines(PUBLISHED.read_text(encoding="utf-8"))


def lines(drawn: str) -> list[str]:
    return sorted(re.findall(r'<text x="\d+" [^>]*>([^<]+)</text>', drawn))
