"""Finds the phone to which a calling code, an area code, an extension or direct-dial digits belong."""

from __future__ import annotations

from dataclasses import replace

from shared.core.export.column_profile import ValueKind
from shared.core.export.decisions import Columns, Decisions
from shared.core.export.fields import Field
from shared.core.export.file_mapping import MappedColumn, Use
from shared.core.export.headings.heading import Role
from shared.core.values.said import Said
from shared.core.values.slot import PhoneType

_BEHIND = (Field.EXTENSION, Field.DIRECT_DIAL)
_UNCLEAR = Said("it is not clear which phone it belongs to")


def attach_parts(decisions: Decisions) -> None:
    """Assign calling codes, area codes, extensions and direct-dial digits to their phones."""
    phones = decisions.phones()
    if not decisions.with_role(Field.CALLING_CODE):
        _name_calling_codes(decisions, phones)
    for kinds in ((Field.CALLING_CODE,), (Field.AREA_CODE,), _BEHIND):
        for column in decisions.with_role(*kinds):
            decisions.columns[column.index] = _attached(decisions, column, phones)
        by_phone: dict[PhoneType | None, list[MappedColumn]] = {}
        for column in decisions.with_role(*kinds):
            by_phone.setdefault(column.role.phone if column.role else None, []).append(column)
        for several in by_phone.values():
            if len(several) > 1:
                decisions.choose_one(several, Said("several columns hold the {part} of one phone", part=kinds[0].said))
        if None in by_phone and len(by_phone) > 1:
            decisions.doubt(replace(by_phone[None][0], role=None), _UNCLEAR)


def _name_calling_codes(decisions: Decisions, phones: Columns) -> None:
    """Propose a column in doubt that holds calling codes for the only phone that needs one.

    It must be the only such column, and stand beside the phone: elsewhere it may belong to another
    phone with an unknown heading.
    """
    doubts = [
        column
        for column in decisions.columns.values()
        if column.use is Use.IN_DOUBT
        and column.role is None
        and decisions.profiles[column.index].share(ValueKind.CALLING_CODE) == 1
    ]
    national = list(filter(decisions.needs_country, phones))
    if len(doubts) == len(national) == 1 and national[0] in decisions.beside(doubts[0].index):
        phone = None if len(phones) == 1 else _type_of(national[0])
        decisions.columns[doubts[0].index] = replace(doubts[0], role=Role(Field.CALLING_CODE, phone))


def _attached(decisions: Decisions, column: MappedColumn, phones: Columns) -> MappedColumn:
    """The part `column` with its phone, or in doubt; ignored if it has no phone."""
    role = column.role
    if role is None:
        return column
    is_behind = role.field in _BEHIND
    use = Use.PART if column.use is Use.USED else column.use
    types = [_type_of(phone) for phone in phones]
    if role.phone is None and is_behind and all(map(decisions.is_certainly_mobile, phones)):
        types = []  # a mobile has no extension: it belongs to a phone that the file does not have
    if role.phone is None and is_behind and len(types) > 1 and PhoneType.OFFICE in types:
        role = Role(role.field, PhoneType.OFFICE)
    if role.field is Field.CALLING_CODE and not column.chosen_by and _is_blank_beside(decisions, column, phones):
        return replace(column, use=Use.IGNORED, role=None, why=Said("it is blank in every row"))
    if not types or (role.phone is not None and role.phone not in types):
        return replace(column, use=Use.IGNORED, role=None, why=Said("the file has no phone that it belongs to"))
    is_unclear = len(types) > 1 if role.phone is None else _stands_before_another(decisions, column, role.phone, phones)
    if is_unclear and not column.chosen_by:
        return replace(column, use=Use.IN_DOUBT, role=None, why=_UNCLEAR)
    return replace(column, use=use, role=role)


def _is_blank_beside(decisions: Decisions, column: MappedColumn, phones: Columns) -> bool:
    has_values = any(decisions.profiles[phone.index].total for phone in phones)
    return has_values and not decisions.profiles[column.index].total


def _stands_before_another(decisions: Decisions, column: MappedColumn, owner: PhoneType, phones: Columns) -> bool:
    """Whether a part stands directly before another phone than its own, and not beside its own."""
    beside = decisions.beside(column.index)
    types = [_type_of(phone) for phone in beside if phone in phones]
    return owner not in types and any(phone.index > column.index for phone in beside if phone in phones)


def _type_of(phone: MappedColumn) -> PhoneType | None:
    """The type of the phone; None = each row names it."""
    return PhoneType(phone.role.field.value) if phone.role and phone.role.field is not Field.PHONE else None
