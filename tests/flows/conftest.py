"""Fixtures for the tests of flows."""

from __future__ import annotations

import pytest

from shared.adapters.workbook.reading.xlsx import XlsxSource
from shared.adapters.workbook.writing import limited_process
from shared.adapters.workbook.writing.annotated import write_annotated
from shared.adapters.workbook.writing.our_columns import ResultContent


@pytest.fixture(autouse=True)
def results_are_written_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the code that the app runs in a process of its own, which takes a second of CPU to start.

    tests/adapters/workbook tests that process.
    """

    def write(source: XlsxSource, content: ResultContent) -> bytes:
        return write_annotated(source, content)

    monkeypatch.setattr(limited_process, "write_in_process", write)
