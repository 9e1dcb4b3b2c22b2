"""Days that are not understood, in a file in which people have several rows: they may say which row applies.

Called by `Understand`, which knows the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shared.core.export.column_profile import ColumnProfile, ValueKind
from shared.core.export.fields import Field
from shared.core.export.file_mapping import FileMapping, MappedColumn, Use
from shared.core.export.header import Header
from shared.core.export.heading import Role


def doubting_unknown_days(mapping: FileMapping, header: Header, profiles: Sequence[ColumnProfile]) -> FileMapping:
    """The mapping with such columns in doubt, unless another column says from when a row applies."""
    if any(column.role == Role(Field.EFFECTIVE_FROM) for column in mapping.columns):
        return mapping

    def judged(column: MappedColumn) -> MappedColumn:
        profile = profiles[column.index]
        is_known = column.index < len(header.headings) and header.headings[column.index].known
        if column.use is not Use.IGNORED or column.chosen_by or is_known:
            return column
        if profile.share(ValueKind.DATE) < 1:
            return column
        return replace(column, use=Use.IN_DOUBT, why="people have several rows, and it may say which of them applies")

    return replace(mapping, columns=tuple(map(judged, mapping.columns)))
