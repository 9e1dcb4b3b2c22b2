"""An erasure: what identifies a person in stored data, and rows and documents without that person."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from shared.core.export.export_row import ExportRow
from shared.core.run.row import Row
from shared.core.values.states import NEEDS_NO_WORK, RowState

_BETWEEN_CELLS = re.compile(r"[\r\n\t,;|\"]+")
_ENDINGS = "(?:xls[xmb]?|csv|txt|json|ods|pdf)"


@dataclass(frozen=True)
class Sought:
    """A person: the object id, and every name under which files may know the person; `repr` hides them."""

    object_id: str
    names: frozenset[str] = field(repr=False)
    """Sign-in names, e-mail addresses, employee ids and other keys, case-folded."""

    @classmethod
    def of(cls, object_id: str, names: Iterable[str]) -> Sought:
        return cls(object_id.lower(), frozenset(name.strip().casefold() for name in names) - {""})

    def is_id(self, text: object) -> bool:
        return isinstance(text, str) and text.lower() == self.object_id

    def has_row(self, row: Row) -> bool:
        of_file = row.export_row is not None and self._has_key(row.export_row)
        return self.is_id(row.object_id) or self._is_key(row.key) or of_file

    def _has_key(self, row: ExportRow) -> bool:
        is_own = row.key is not None and self._is_key(row.key.value)
        return is_own or any(map(self._has_key, row.also))

    def _is_key(self, text: str) -> bool:
        key = text.strip().casefold()
        return key in self.names or self.is_id(key)

    def is_in(self, text: str) -> bool:
        """Whether the text names the person: by the id, or a name with an @, anywhere; by another name as a whole
        cell."""
        return self.is_addressed_in(text) or (
            bool(self._numbers) and any(map(self._is_number, _BETWEEN_CELLS.split(text)))
        )

    def is_addressed_in(self, text: str) -> bool:
        """Whether the text contains the person's id, or a name with an @."""
        return self._addresses.search(text) is not None

    def _is_number(self, cell: str) -> bool:
        return cell.strip().casefold() in self._numbers

    @cached_property
    def _numbers(self) -> frozenset[str]:
        return frozenset(name for name in self.names if "@" not in name)

    @cached_property
    def _addresses(self) -> re.Pattern[str]:
        """No match inside a longer address, as in `ann.lee@…` or `…@contoso.com.au`; a file's extension may follow."""
        found = "|".join(map(re.escape, sorted({self.object_id, *(self.names - self._numbers)})))
        return re.compile(rf"(?<![\w.+-])(?:{found})(?![\w@-]|\.(?!{_ENDINGS}\b)\w)", re.IGNORECASE)


def erased_row(row: Row) -> Row:
    """The row without its person; if it needs work it becomes `skipped`, so that a redrive leaves it out."""
    return Row(
        row.run,
        row.number,
        row.state if row.state in NEEDS_NO_WORK else RowState.SKIPPED,
        row.code,
        first_row=row.first_row,
        other_rows=row.other_rows,
        slots=row.slots,
        etag=row.etag,
    )


def without_person(document: Any, sought: Sought) -> Any:  # noqa: ANN401 - JSON
    """One of the app's documents without the entries about the person.

    In the documents, an entry about a person is the object id, or has it as its `id`, its first element or its name.
    Elsewhere an object id, alone or among others, says who acted, and stays. A text that names the person in another
    way, such as the name of a file, is blanked.
    """
    match document:
        case dict():
            return {name: without_person(value, sought) for name, value in document.items() if not sought.is_id(name)}
        case list():
            return [without_person(entry, sought) for entry in document if not _is_about(entry, sought)]
        case str() if sought.is_in(document) and not any(map(sought.is_id, document.split(", "))):
            return ""
        case _:
            return document


def _is_about(entry: Any, sought: Sought) -> bool:  # noqa: ANN401 - JSON
    match entry:
        case dict():
            return sought.is_id(entry.get("id"))
        case [first, *_]:
            return sought.is_id(first)
        case _:
            return sought.is_id(entry)
