"""Every odd workbook is read completely or refused by name, never in between."""

from __future__ import annotations

import pytest

from shared.core.values.codes import CODES
from shared.core.values.errors import FileRefusedError
from tests.adapters.workbook import corpus_cells, corpus_files, corpus_structure
from tests.adapters.workbook.odd import Odd
from tests.adapters.workbook.reading import opened, texts

_ALL = [*corpus_structure.CORPUS, *corpus_cells.CORPUS, *corpus_files.CORPUS]


@pytest.mark.parametrize("odd", [odd for odd in _ALL if odd.rows is not None], ids=str)
def test_is_read_completely(odd: Odd) -> None:
    """All rows of the file come, with their numbers, twice, and as many as the raw scan counts."""
    export = opened(odd.make(), odd.file)
    rows = texts(export)
    assert odd.rows == rows
    assert export.raw_count == len(rows)
    assert rows == texts(export)


@pytest.mark.parametrize("odd", [odd for odd in _ALL if odd.code], ids=str)
def test_is_refused_by_name(odd: Odd) -> None:
    """The file is refused with its code and a remedy, before the last row is given out."""
    with pytest.raises(FileRefusedError) as refused:
        texts(opened(odd.make(), odd.file))
    assert odd.code == refused.value.code
    assert odd.code in CODES
    assert refused.value.remedy
    assert "contoso" not in refused.value.message


def test_names_are_unique() -> None:
    """No file of the corpus hides another."""
    assert len(_ALL) == len({odd.name for odd in _ALL})
