"""Puts columns in doubt that may have to be read otherwise once another column in doubt is decided.

A proposal must be safe to accept: to ignore a column in doubt is safe only if this does not change how other columns
are read. So a phone beside unknown digits, which may be its extension or area code, is proposed to be ignored too, and
so is every column with values for slots if an unclear date or status may say which rows count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from shared.core.export.appearance import Appearance, appearance_of, could_be_part
from shared.core.export.decisions import Columns, Decisions
from shared.core.export.fields import ASKING, MOBILES, Field
from shared.core.export.file_mapping import KEY_FIELDS, MappedColumn, Use
from shared.core.export.headings.heading import Topic
from shared.core.values.said import Said

_DIGITS = frozenset({Topic.PHONE, Topic.PART_OF_NUMBER})
_ABOUT_COUNTRIES = frozenset({Topic.COUNTRY, Topic.PART_OF_NUMBER})
_ABOUT_ROWS = frozenset({Topic.STATUS, Topic.DATE})
_LIKE_COUNTRIES = frozenset({Appearance.COUNTRIES, Appearance.CALLING_CODES, Appearance.AREA_CODES})


def doubt_digits(decisions: Decisions) -> None:
    """Doubt short digits without a known heading beside a phone that they may belong to, or beside its part."""
    for index, column in list(decisions.columns.items()):
        heading = decisions.headings[index]
        is_open = heading.role is None and not heading.known and (not heading.topics or heading.topics & _DIGITS)
        if column.use is Use.IGNORED and not column.chosen_by and is_open and could_be_part(decisions.profiles[index]):
            phone = next(_may_take(decisions, index), None)
            if phone is not None:
                decisions.doubt(column, Said("its values may be a part of the numbers of {name}", name=phone.name))


def hold_back(decisions: Decisions) -> None:
    """Put waiting columns in doubt too, and propose to ignore them."""
    for doubt in [column for column in decisions.columns.values() if column.use is Use.IN_DOUBT]:
        for waiting in list(_waiting_for(decisions, doubt)):
            if waiting.index != doubt.index and not waiting.chosen_by:
                unclear = Said("it may mean something else, depending on {name}", name=doubt.name)
                why = waiting.why if waiting.use is Use.IN_DOUBT else unclear
                decisions.doubt(replace(waiting, role=None), why)


def _waiting_for(decisions: Decisions, doubt: MappedColumn) -> Iterator[MappedColumn]:
    if doubt.role is not None:
        yield from decisions.with_role(*ASKING) if doubt.role.field in KEY_FIELDS else ()
        return
    profile, heading = decisions.profiles[doubt.index], decisions.headings[doubt.index]
    seen, phones = appearance_of(profile), decisions.phones()
    if heading.role is not None and heading.role.field is Field.DIRECT_DIAL:
        yield from (phone for phone in phones if not decisions.is_certainly_mobile(phone))
    elif heading.role is not None:
        yield from (phone for phone in phones if phone.role and phone.role.field is heading.role.field)
    if seen is Appearance.DATES or heading.topics & _ABOUT_ROWS:
        yield from decisions.with_role(*ASKING)
    elif seen is Appearance.PHONE_TYPES or heading.topics == {Topic.PHONE_TYPE}:
        yield from phones if len(phones) == 1 else ()
    elif seen in _LIKE_COUNTRIES or heading.topics & _ABOUT_COUNTRIES:
        yield from filter(decisions.needs_country, phones)
    if could_be_part(profile):
        yield from _may_take(decisions, doubt.index)
    if Topic.PHONE in heading.topics or seen is Appearance.PHONES:
        yield from _owners(decisions.parts_beside(doubt.index), phones)


def _owners(parts: Columns, phones: Columns) -> Iterator[MappedColumn]:
    """The phones that parts of numbers may belong to."""
    types = {part.role.phone for part in parts if part.role}
    yield from (phone for phone in phones if types & {None, phone.role and phone.role.field.value})


def _may_take(decisions: Decisions, index: int) -> Iterator[MappedColumn]:
    """The phones whose numbers a column of digits may be a part of, or the rest of."""
    yield from _taking_digits_beside(decisions, index)
    for part in decisions.parts_beside(index):
        beside = decisions.beside(part.index)
        yield from (phone for phone in _owners([part], decisions.phones()) if phone not in beside)


def _taking_digits_beside(decisions: Decisions, index: int) -> Iterator[MappedColumn]:
    """The phones beside a column that may hold parts of their numbers.

    These are all but mobiles whose numbers all name their country.
    """
    phones = decisions.phones()
    for phone in decisions.beside(index):
        role = decisions.headings[phone.index].role
        if phone in phones and (decisions.needs_country(phone) or role is None or role.field not in MOBILES):
            yield phone
