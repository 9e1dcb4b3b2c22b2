"""Reads the status of an employment: `Active`, `ausgeschieden`, or a yes under `Terminated`.

The words are in `statuses.json`, by language. Those for people who have left are also recognised
as headings of columns that hold yes or no.
"""

from __future__ import annotations

import json
import re
from enum import Enum, auto
from functools import cache, lru_cache
from pathlib import Path

from shared.core.export.fields import Field
from shared.core.export.yes_no import yes_or_no
from shared.core.values.cell import folded, words_in

_BETWEEN_PARTS = re.compile(r"\s[-\u2013]\s|[/|:;,()]")

_LONGEST_CODE = 2
"""Words that are not longer are codes."""


class EmploymentStatus(Enum):
    ACTIVE = auto()
    LEFT = auto()


@lru_cache(maxsize=1024)
def status_of(text: str, kind: Field | None) -> EmploymentStatus | None:
    """The status that a cell names, in a column of `kind` (STATUS, HAS_LEFT, or None for any other column).

    None = it names no status. `Active - Payroll` is read part by part, and one part is enough to say that the person
    has left.
    """
    parts = [found for part in (text, *_BETWEEN_PARTS.split(text)) if (found := _status_of_word(part)) is not None]
    if parts:
        return EmploymentStatus.LEFT if EmploymentStatus.LEFT in parts else EmploymentStatus.ACTIVE
    answer = None if kind is None else yes_or_no(text)
    if answer is None:
        return None
    return EmploymentStatus.LEFT if answer is (kind is Field.HAS_LEFT) else EmploymentStatus.ACTIVE


def _status_of_word(text: str) -> EmploymentStatus | None:
    name, words = folded(text), _status_words()
    return (
        EmploymentStatus.LEFT if name in words["left"] else EmploymentStatus.ACTIVE if name in words["active"] else None
    )


def names_leavers(name: str) -> bool:
    """Whether a title, or the name of a sheet, says that its people have left: `Leavers`, `Berlin - ausgetreten`."""
    # without its last letter too, which may be that of a plural
    forms = (form for word in words_in(name) for form in (word, word[:-1]) if len(form) > _LONGEST_CODE)
    return any(status_of(form, None) is EmploymentStatus.LEFT for form in forms)


@cache
def _status_words() -> dict[str, frozenset[str]]:
    data = json.loads(Path(__file__).with_name("statuses.json").read_text(encoding="utf-8"))
    return {
        kind: frozenset(folded(word) for words in by_language.values() for word in words)
        for kind, by_language in data.items()
    }
