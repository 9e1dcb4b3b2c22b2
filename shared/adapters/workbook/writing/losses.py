"""What openpyxl drops when it writes a workbook again, found by the workbook's parts; used by `annotated`."""

from __future__ import annotations

import re
from collections.abc import Sequence

_LOST_PARTS = (
    (r"vbaProject", "macros"),
    (r"media/", "pictures"),
    (r"slicer|timeline", "slicers"),
    (r"threadedComment", "comment threads (plain comments stay)"),
    (r"ctrlProp|activeX", "form controls"),
    (r"diagrams/", "drawn diagrams"),
    (r"customXml/", "custom XML"),
    (r"printerSettings", "printer settings"),
    (r"queryTable|connections", "data connections"),
    (r"webextension", "add-in panes"),
    (r"richData|metadata\.xml", "linked data types"),
)
_ALWAYS = "Formulas are kept; Excel calculates their results when it opens this workbook."


def what_is_lost(part_names: Sequence[str]) -> tuple[str, ...]:
    """Sentences for the summary sheet."""
    lost = [words for pattern, words in _LOST_PARTS if any(re.search(pattern, name) for name in part_names)]
    return (*((f"Not copied from the workbook: {', '.join(lost)}.",) if lost else ()), _ALWAYS)
