"""Which phone a calling code, an area code or an extension belongs to; called by `map_columns`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shared.core.export.fields import Field
from shared.core.export.file_mapping import MappedColumn, Use
from shared.core.export.heading import Role
from shared.core.values.slot import PhoneType


def attached(column: MappedColumn, kind: Field, phones: Sequence[MappedColumn]) -> MappedColumn:
    """The part `column` with the phone that it belongs to, in doubt, or ignored where there is no such phone."""
    role = column.role
    if role is None:
        return column
    use = Use.PART if column.use is Use.USED else column.use
    fields = [phone.role.field for phone in phones if phone.role]
    if role.phone is None and kind is Field.EXTENSION and len(fields) > 1 and Field.OFFICE in fields:
        role = Role(kind, PhoneType.OFFICE)
    if (role.phone is None and not fields) or (role.phone is not None and Field(role.phone.value) not in fields):
        return replace(column, use=Use.IGNORED, role=None, why="the file has no phone that it belongs to")
    if role.phone is None and len(fields) > 1 and not column.chosen_by:
        return replace(column, use=Use.IN_DOUBT, why="it is not clear which phone it belongs to")
    return replace(column, use=use, role=role)
