"""Compares a heading with the values below it: whether they are what the heading says, and what they are otherwise.

Called by `map_columns` for one column at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from shared.core.export.column_profile import PHONE_KINDS, ColumnProfile, ValueKind
from shared.core.export.country import regions_by_name
from shared.core.export.desired import is_remove_word
from shared.core.export.fields import Field
from shared.core.export.heading import Heading, Role
from shared.core.export.row_qualifiers import EmploymentStatus, phone_type_of, status_of
from shared.core.values.cell import folded

ADDRESSES = "e-mail addresses"
_NEARLY_ALL = 0.9
_MANY = 0.5
_SOME = 0.05


@dataclass(frozen=True, slots=True)
class Judged:
    """What a column with a role means by its values; `role` None without doubt = it is not used."""

    role: Role | None
    in_doubt: bool = False
    why: str = ""


def evidence_against(heading: Heading, profile: ColumnProfile) -> Judged:
    """The role of `heading`, as far as the values agree with it. The heading has a role."""
    role = heading.role
    judge = None if role is None else _JUDGES.get(role.field)
    return Judged(role) if role is None or judge is None or not profile.total else judge(role, profile, heading.weak)


def looks_important(profile: ColumnProfile) -> str:
    """What the values look like although the heading says nothing; "" = nothing that matters."""
    return next((what for what, is_like in _APPEARANCES if is_like(profile)), "") if profile.total else ""


def _is_phone_type(word: str) -> bool:
    """A word such as `active` could also be said of a phone."""
    return phone_type_of(word) is not None and status_of(word, None) is None


def _like_statuses(profile: ColumnProfile) -> bool:
    found = [status_of(word, None) for word in profile.words]
    return EmploymentStatus.LEFT in found and _all_words(profile, lambda word: status_of(word, None))


_APPEARANCES: tuple[tuple[str, Callable[[ColumnProfile], bool]], ...] = (
    ("phone numbers", lambda found: found.share(ValueKind.INTERNATIONAL, ValueKind.PHONE) >= _SOME),
    ("phone numbers", lambda found: found.share(*PHONE_KINDS, ValueKind.TEXT_WITH_NUMBER) >= _MANY),
    ("calling codes", lambda found: found.share(ValueKind.CALLING_CODE) >= _SOME or found.holds_calling_codes),
    ("area codes", lambda found: found.share(ValueKind.AREA_CODE) >= _MANY),
    (ADDRESSES, lambda found: found.share(ValueKind.EMAIL) >= _MANY),
    ("object ids", lambda found: found.share(ValueKind.OBJECT_ID) >= _MANY),
    ("countries", lambda found: _country_share(found) >= _NEARLY_ALL),
    ("types of phones", lambda found: _all_words(found, _is_phone_type)),
    ("statuses of employment", _like_statuses),
)


def _phone(role: Role, profile: ColumnProfile, weak: bool) -> Judged:  # noqa: FBT001 - a fact, not a switch
    short = profile.share(ValueKind.SHORT, ValueKind.CODE)
    if short >= _SOME:
        return Judged(None, in_doubt=True, why="it holds short numbers, such as rooms or extensions")
    meant = profile.count(*PHONE_KINDS, ValueKind.TEXT_WITH_NUMBER)
    meant += sum(count for word, count in profile.words.items() if is_remove_word(word))
    if not weak or meant >= _NEARLY_ALL * profile.total:
        return Judged(role)
    if not meant:
        return Judged(None, why="its values are no phone numbers")
    return Judged(role, in_doubt=True, why="only some of its values are phone numbers")


def _code_or_country(role: Role, profile: ColumnProfile, weak: bool) -> Judged:  # noqa: FBT001 - a fact, not a switch
    """Headings of codes are used for one another, so that the values decide, as far as they are all of one kind."""
    is_area = role.field is Field.AREA_CODE
    found = role.field
    if profile.holds_calling_codes and (not is_area or profile.count(ValueKind.CALLING_CODE)):
        found = Field.CALLING_CODE
    elif _country_share(profile) >= _NEARLY_ALL:
        found = Field.COUNTRY
    elif profile.share(ValueKind.AREA_CODE) >= _NEARLY_ALL:
        found = Field.AREA_CODE
    elif is_area and profile.share(ValueKind.AREA_CODE, ValueKind.CODE, ValueKind.SHORT) >= _NEARLY_ALL:
        return Judged(role, in_doubt=weak, why="its values could be area codes or calling codes" if weak else "")
    elif profile.count(ValueKind.WORD, ValueKind.OTHER) < profile.total:
        return Judged(role, in_doubt=True, why="its values are not all of one kind")
    elif weak:
        return Judged(None, why="its values are words and name no country")
    elif role.field is not Field.COUNTRY:
        return Judged(role, in_doubt=True, why="its values are words")
    return Judged(replace(role, field=found))  # an unknown country refuses only the numbers that need it


def _phone_type(role: Role, profile: ColumnProfile, weak: bool) -> Judged:  # noqa: FBT001 - a fact, not a switch
    unknown = [word for word in profile.words if phone_type_of(word) is None]
    if weak and len(unknown) == len(profile.words):
        return Judged(None, why="its values are no types of phones")
    if profile.has_more_words or profile.count(ValueKind.WORD) < profile.total:
        return Judged(role, in_doubt=True, why="not all of its values are types of phones")
    if unknown:
        why = f"{len(unknown)} of its types are not known, and their rows would get no number"
        return Judged(role, in_doubt=True, why=why)
    return Judged(role)


def _status(role: Role, profile: ColumnProfile, _: bool) -> Judged:  # noqa: FBT001 - as above
    found = [status_of(word, role.field) for word in profile.words]
    if profile.has_more_words or sum(profile.words.values()) < profile.total:
        return Judged(role, in_doubt=True, why="not all of its values are statuses")
    if None in found:
        why = f"{found.count(None)} of its statuses are not known, and their people would count as employed"
        return Judged(role, in_doubt=True, why=why)
    if EmploymentStatus.LEFT in found:
        return Judged(role)
    return Judged(None, why="no value says that a person has left")


def _day(role: Role, profile: ColumnProfile, _: bool) -> Judged:  # noqa: FBT001 - as above
    if profile.share(ValueKind.DATE) >= _NEARLY_ALL:
        return Judged(role)
    return Judged(role, in_doubt=True, why="not all of its values are dates")


_JUDGES: dict[Field, Callable[[Role, ColumnProfile, bool], Judged]] = {
    **dict.fromkeys((Field.MOBILE, Field.ALTERNATE_MOBILE, Field.OFFICE, Field.PHONE), _phone),
    **dict.fromkeys((Field.COUNTRY, Field.CALLING_CODE, Field.AREA_CODE), _code_or_country),
    **dict.fromkeys((Field.LEFT_ON, Field.EFFECTIVE_FROM, Field.VALID_FROM, Field.VALID_TO), _day),
    Field.PHONE_TYPE: _phone_type,
    Field.STATUS: _status,
    Field.HAS_LEFT: _status,
}


def _country_share(profile: ColumnProfile) -> float:
    if profile.has_more_words:
        return 0.0
    known = regions_by_name()
    return sum(count for word, count in profile.words.items() if folded(word) in known) / profile.total


def _all_words(profile: ColumnProfile, is_known: Callable[[str], object]) -> bool:
    return (
        not profile.has_more_words
        and profile.count(ValueKind.WORD) == profile.total
        and all(is_known(word) for word in profile.words)
    )
