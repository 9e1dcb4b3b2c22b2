"""The phone, or the part of a phone number, that a combination of concepts means."""

from __future__ import annotations

from shared.core.export.fields import Field
from shared.core.export.headings.heading import Topic
from shared.core.export.headings.meaning import Concepts, Meaning, not_used, undecided, used
from shared.core.values.said import Said
from shared.core.values.slot import PhoneType

LINES = frozenset({"mobile", "phone", "landline"})
_BESIDES = frozenset(
    {"work", "private", "alternate", "third", "primary", "mfa", "contact", "self", "number", "international"}
)

_OF_A_CONTACT = undecided(Said("it may belong to one of several contacts"), Topic.PHONE, Topic.OTHER_PERSON)
_TABLE: tuple[tuple[str, Meaning | None], ...] = (
    ("contact alternate", _OF_A_CONTACT),
    ("contact third", _OF_A_CONTACT),
    ("contact primary", _OF_A_CONTACT),
    ("mobile work private alternate", None),
    ("mobile third", not_used(Said("a third mobile number, for which accounts have no place"), Topic.PHONE)),
    ("phone mfa alternate", used(Field.ALTERNATE_MOBILE, rank=3, why=Said("the alternate authentication phone"))),
    ("mobile mfa alternate", used(Field.ALTERNATE_MOBILE, rank=3, why=Said("the alternate authentication phone"))),
    ("phone mfa", used(Field.MOBILE, rank=3, why=Said("the authentication phone"))),
    ("mobile mfa", used(Field.MOBILE, rank=3, why=Said("the authentication phone"))),
    ("mobile alternate work", used(Field.ALTERNATE_MOBILE, rank=2, why=Said("a second work mobile"))),
    ("mobile alternate private", used(Field.ALTERNATE_MOBILE, rank=0, why=Said("a second private mobile"))),
    ("mobile alternate", used(Field.ALTERNATE_MOBILE, why=Said("a second mobile"))),
    ("mobile private", used(Field.MOBILE, rank=0, why=Said("a private mobile"))),
    ("mobile work", used(Field.MOBILE, rank=2, why=Said("a work mobile"))),
    ("mobile contact", used(Field.MOBILE, weak=True, why=Said("a mobile, perhaps of a contact"))),
    ("mobile", used(Field.MOBILE, why=Said("a mobile"))),
    ("phone work private", undecided(Said("it names a work phone and a private one"), Topic.PHONE)),
    ("landline work private", undecided(Said("it names a work phone and a private one"), Topic.PHONE)),
    ("phone private", not_used(Said("a private phone, which may be a landline"), Topic.PHONE)),
    ("landline private", not_used(Said("a private landline"), Topic.PHONE)),
    ("phone third", not_used(Said("a third phone"), Topic.PHONE)),
    ("landline third", not_used(Said("a third phone"), Topic.PHONE)),
    ("phone work alternate", not_used(Said("a second office phone, for which accounts have no place"), Topic.PHONE)),
    ("landline work alternate", not_used(Said("a second office phone, for which accounts have no place"), Topic.PHONE)),
    ("phone work contact", used(Field.OFFICE, weak=True, why=Said("an office phone, perhaps of a contact"))),
    ("phone work", used(Field.OFFICE, why=Said("an office phone"))),
    ("landline work", used(Field.OFFICE, why=Said("an office phone"))),
    ("landline", undecided(Said("it does not say whether it is a work line or a private one"), Topic.PHONE)),
    ("phone alternate", used(Field.ALTERNATE_MOBILE, weak=True, why=Said("a second phone"))),
    ("phone", used(Field.PHONE, weak=True, why=Said("a phone of any kind"))),
)
"""The first row whose concepts all occur decides; None = the heading is not understood."""


def line(concepts: Concepts) -> Meaning | None:
    if not concepts & LINES or not concepts <= LINES | _BESIDES:
        return None
    return next(meaning for needed, meaning in _TABLE if concepts >= set(needed.split()))


def owner_of(concepts: Concepts) -> PhoneType | None:
    """The phone that a part of a number belongs to; None = the heading does not say.

    Raises LookupError for a phone that is not used, and for other things than phones.
    """
    if not concepts - {"number", "self", "primary", "contact"}:
        return None
    found = line(concepts if concepts & LINES else concepts | {"phone"})
    if found is not None and not found.known:
        return None
    if found is None or found.role is None:
        raise LookupError
    return None if found.role.field is Field.PHONE else PhoneType(found.role.field.value)


def part_of_phone(concepts: Concepts) -> Meaning | None:
    """A calling code, an area code, an extension or direct-dial digits, with the phone that it belongs to."""
    found = _part(concepts)
    if found is None:
        return None
    field, weak, parts = found
    rest = concepts - parts
    if rest - LINES - _BESIDES:
        return None
    try:
        owner = owner_of(rest)
    except LookupError:
        return not_used(Said("part of a phone number that is not used"), Topic.PART_OF_NUMBER)
    return used(field, owner, weak=weak, why=_WHY[field])


_WHY = {
    Field.CALLING_CODE: Said("the calling code of a country"),
    Field.AREA_CODE: Said("an area code"),
    Field.EXTENSION: Said("an extension"),
    Field.DIRECT_DIAL: Said("the digits that are dialled behind the company's number"),
}
_PARTS: tuple[tuple[str, Field, bool], ...] = (
    ("calling_code extension", Field.IGNORE, False),
    ("calling_code area_code", Field.IGNORE, False),
    ("area_code extension", Field.IGNORE, False),
    ("calling_code direct_dial", Field.IGNORE, False),
    ("area_code direct_dial", Field.IGNORE, False),
    ("extension", Field.EXTENSION, False),
    ("direct_dial", Field.DIRECT_DIAL, True),
    ("calling_code", Field.CALLING_CODE, False),
    ("area_code international", Field.CALLING_CODE, False),
    ("area_code country", Field.CALLING_CODE, False),
    ("trunk international", Field.CALLING_CODE, False),
    ("trunk country", Field.CALLING_CODE, False),
    ("trunk", Field.AREA_CODE, True),
    ("area_code", Field.AREA_CODE, False),
    ("prefix international", Field.CALLING_CODE, False),
    ("prefix country", Field.CALLING_CODE, False),
    ("prefix", Field.CALLING_CODE, True),
    ("international code", Field.CALLING_CODE, True),
    ("country code phone", Field.CALLING_CODE, True),
    ("country code mobile", Field.CALLING_CODE, True),
    ("country code landline", Field.CALLING_CODE, True),
    ("country code work", Field.CALLING_CODE, True),
    ("phone code", Field.CALLING_CODE, True),
    ("mobile code", Field.CALLING_CODE, True),
)
"""Needed concepts, the part, whether the values must agree. `IGNORE` = two parts in one column."""
_JOINING = frozenset({"code", "number", "country", "international", "trunk", "prefix"})
"""Concepts that belong to the name of a part; they do not say which phone it is of."""


def _part(concepts: Concepts) -> tuple[Field, bool, frozenset[str]] | None:
    for needed, field, weak in _PARTS:
        if concepts >= set(needed.split()):
            return (
                None
                if field is Field.IGNORE
                else (field, weak, frozenset(needed.split()) - LINES - {"work"} | _JOINING)
            )
    return None
