"""Compares a heading with the values below it: whether the values fit the heading, or what they are instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from shared.core.export.appearance import (
    Appearance,
    appearance_of,
    could_be_part,
    country_share,
    names_countries,
    names_leavers_by_status,
    names_phone_types,
    names_statuses,
)
from shared.core.export.column_profile import PHONE_KINDS, ColumnProfile, ValueKind
from shared.core.export.desired import is_remove_word
from shared.core.export.fields import Field
from shared.core.export.headings.heading import Heading, Role
from shared.core.export.row_qualifiers import phone_type_of
from shared.core.export.statuses import status_of
from shared.core.values.said import NOTHING, Said, counted, joined
from shared.core.values.slot import PhoneType

_NEARLY_ALL = 0.9
_SOME = 0.05


@dataclass(frozen=True, slots=True)
class Judged:
    """What a column means by itself; `role` None without doubt = it is not used."""

    role: Role | None
    in_doubt: bool = False
    why: Said = NOTHING


def judged(heading: Heading, profile: ColumnProfile) -> Judged:
    """The meaning of the heading if the values agree; that of the values if the heading is not understood."""
    role = heading.role
    if role is not None:
        judge = _JUDGES.get(role.field) if profile.total else None
        found = judge(role, profile, heading.weak) if judge else Judged(role)
        is_unused = found.role is None and not found.in_doubt
        return (is_unused and _contradicted(heading, profile)) or replace(found, why=found.why or heading.why)
    if heading.is_known_unused:
        return _contradicted(heading, profile) or Judged(None, why=heading.why)
    seen = appearance_of(profile)
    if heading.topics and not heading.weak:
        topics = joined(" / ", (topic.said for topic in sorted(heading.topics)))
        why = heading.why or Said("its heading says something about {topics} and is not understood", topics=topics)
        return Judged(_ROLES.get(seen), in_doubt=profile.total > 0, why=why)
    if seen is not None:
        why = Said(_LOOKS[heading.known if heading.text else None].template, seen=seen.said)
        return Judged(_ROLES.get(seen), in_doubt=True, why=why)
    return Judged(None, why=heading.why or (Said("its heading is not known") if heading.text else NOTHING))


_LOOKS: dict[bool | None, Said] = {
    True: Said("its heading says nothing and its values look like {seen}"),
    False: Said("its heading is not known and its values look like {seen}"),
    None: Said("its heading is blank and its values look like {seen}"),
}
"""Reasons for HR, by whether the heading is known; None = it is blank."""


_ROLES: dict[Appearance | None, Role] = {Appearance.STATUSES: Role(Field.STATUS)}
"""The roles that are proposed because of the values alone; a status only leaves rows out."""


def matters(heading: Heading, first: ColumnProfile) -> bool:
    """Whether values after the `first` ones can change what the column means."""
    return (
        not heading.is_known_unused
        or not first.total
        or names_statuses(first)
        or _contradicted(heading, first) is not None
    )


def _contradicted(heading: Heading, profile: ColumnProfile) -> Judged | None:
    """The column in doubt, if its values matter and its heading says something else."""
    if names_phone_types(profile):
        return Judged(
            None, in_doubt=True, why=Said("its values are types of phones, and its heading says something else")
        )
    if profile.share(ValueKind.CALLING_CODE) == 1:
        return Judged(
            None, in_doubt=True, why=Said("its values are calling codes, and its heading says something else")
        )
    if not heading.topics and names_countries(profile):
        return Judged(None, in_doubt=True, why=Said("its values are countries, and its heading says something else"))
    if names_leavers_by_status(profile):
        return Judged(
            Role(Field.STATUS),
            in_doubt=True,
            why=Said("its values are statuses of employment, and its heading says something else"),
        )
    return None


def _phone(role: Role, profile: ColumnProfile, weak: bool) -> Judged:  # noqa: FBT001 - a fact, not a switch
    short = profile.share(ValueKind.SHORT, ValueKind.CODE)
    if short >= _SOME:
        return Judged(None, in_doubt=True, why=Said("it holds short numbers, such as rooms or extensions"))
    if weak and role.field is not Field.PHONE and profile.share(ValueKind.NUMBER) >= _SOME:
        return Judged(None, in_doubt=True, why=Said("its heading can mean several things, and its values too"))
    meant = profile.count(*PHONE_KINDS, ValueKind.TEXT_WITH_NUMBER)
    meant += sum(count for word, count in profile.words.items() if is_remove_word(word))
    if not weak or meant >= _NEARLY_ALL * profile.total:
        return Judged(role)
    if not meant:
        return Judged(None, why=Said("its values are no phone numbers"))
    return Judged(role, in_doubt=True, why=Said("only some of its values are phone numbers"))


def _employee_id(role: Role, profile: ColumnProfile, weak: bool) -> Judged:  # noqa: FBT001 - a fact, not a switch
    """`Persnr` is a personnel number in one language, and a national identity number in another one."""
    if weak and profile.long_numbers >= _SOME * profile.total:
        return Judged(
            None, in_doubt=True, why=Said("it may hold national identity numbers, which never identify a person")
        )
    if profile.share(ValueKind.INTERNATIONAL) >= _SOME:
        return Judged(None, in_doubt=True, why=Said("its values look like phone numbers"))
    return Judged(role)


def _code_or_country(role: Role, profile: ColumnProfile, weak: bool) -> Judged:  # noqa: FBT001 - a fact, not a switch
    """People mix up the names of these codes, so values of one kind take precedence over the heading."""
    is_area = role.field is Field.AREA_CODE
    found = role.field
    if profile.holds_calling_codes and (not is_area or profile.count(ValueKind.CALLING_CODE)):
        found = Field.CALLING_CODE
    elif country_share(profile) >= _NEARLY_ALL:
        found = Field.COUNTRY
    elif profile.share(ValueKind.AREA_CODE) >= _NEARLY_ALL:
        found = Field.AREA_CODE
    elif is_area and profile.share(ValueKind.AREA_CODE, ValueKind.CODE, ValueKind.SHORT) >= _NEARLY_ALL:
        unclear = Said("its values could be area codes or calling codes")
        return Judged(None, in_doubt=True, why=unclear) if weak else Judged(role)
    elif profile.count(ValueKind.WORD, ValueKind.OTHER) < profile.total:
        return Judged(None, in_doubt=True, why=Said("its values are not all of one kind"))
    elif weak:
        return Judged(None, why=Said("its values are words and name no country"))
    elif role.field is not Field.COUNTRY:
        return Judged(role, in_doubt=True, why=Said("its values are words"))
    return Judged(replace(role, field=found))  # an unknown country refuses only the numbers that need it


def _direct_dial(role: Role, profile: ColumnProfile, _: bool) -> Judged:  # noqa: FBT001 - a fact, not a switch
    """`Durchwahl` is the end of a number to some, and the whole number to others."""
    if could_be_part(profile):
        return Judged(role)
    if profile.share(*PHONE_KINDS, ValueKind.TEXT_WITH_NUMBER) >= _NEARLY_ALL:
        return Judged(
            Role(Field.OFFICE), in_doubt=role.phone not in (None, PhoneType.OFFICE), why=Said("an office phone")
        )
    return Judged(None, in_doubt=True, why=Said("its values are not all of one kind"))


def _phone_type(role: Role, profile: ColumnProfile, weak: bool) -> Judged:  # noqa: FBT001 - a fact, not a switch
    unknown = [word for word in profile.words if phone_type_of(word) is None]
    if weak and len(unknown) == len(profile.words):
        return Judged(None, why=Said("its values are no types of phones"))
    if profile.has_more_words or profile.count(ValueKind.WORD) < profile.total:
        return Judged(role, in_doubt=True, why=Said("not all of its values are types of phones"))
    if unknown:
        why = counted(
            len(unknown),
            "of its types is not known, and its rows would get no number",
            "of its types are not known, and their rows would get no number",
        )
        return Judged(role, in_doubt=True, why=why)
    return Judged(role)


def _status(role: Role, profile: ColumnProfile, _: bool) -> Judged:  # noqa: FBT001 - as above
    found = [status_of(word, role.field) for word in profile.words]
    if profile.has_more_words or sum(profile.words.values()) < profile.total:
        return Judged(role, in_doubt=True, why=Said("not all of its values are statuses"))
    if None in found:
        why = counted(
            found.count(None),
            "of its statuses is not known, and its people would count as employed",
            "of its statuses are not known, and their people would count as employed",
        )
        return Judged(role, in_doubt=True, why=why)
    return Judged(role)


def _day(role: Role, profile: ColumnProfile, _: bool) -> Judged:  # noqa: FBT001 - as above
    if profile.share(ValueKind.DATE, ValueKind.NUMBER) >= _NEARLY_ALL:  # 20260131
        return Judged(role)
    return Judged(role, in_doubt=True, why=Said("not all of its values are dates"))


_JUDGES: dict[Field, Callable[[Role, ColumnProfile, bool], Judged]] = {
    **dict.fromkeys((Field.MOBILE, Field.ALTERNATE_MOBILE, Field.OFFICE, Field.PHONE), _phone),
    **dict.fromkeys((Field.COUNTRY, Field.CALLING_CODE, Field.AREA_CODE), _code_or_country),
    **dict.fromkeys((Field.LEFT_ON, Field.EFFECTIVE_FROM, Field.VALID_FROM, Field.VALID_TO), _day),
    Field.EMPLOYEE_ID: _employee_id,
    Field.DIRECT_DIAL: _direct_dial,
    Field.PHONE_TYPE: _phone_type,
    Field.STATUS: _status,
    Field.HAS_LEFT: _status,
}
