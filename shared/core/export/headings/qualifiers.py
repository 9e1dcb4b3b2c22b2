"""The meaning of headings that qualify a row or a number: country, type of phone, status, dates."""

from __future__ import annotations

from dataclasses import replace

from shared.core.export.fields import Field
from shared.core.export.headings.heading import Topic
from shared.core.export.headings.meaning import Concepts, Meaning, not_used, undecided, used
from shared.core.export.headings.phones import LINES, owner_of
from shared.core.values.said import Said

_COUNTRY_WORDS = frozenset({"country", "code", "name", "number", "iso", "self"})
_AT_WORK = frozenset({"work", "place", "primary", "office", "company"})
_AT_HOME = frozenset({"private", "address", "residence", "primary"})
_ELSEWHERE = frozenset({"elsewhere", "birth"})


def country(concepts: Concepts) -> Meaning | None:
    """The country of a phone, of the work place or of the home."""
    if "country" not in concepts:
        return None
    if concepts & _ELSEWHERE and concepts <= _ELSEWHERE | _COUNTRY_WORDS | {"date", "place", "type", "work"}:
        return not_used(Said("a country that says nothing about phones"), Topic.COUNTRY)
    rest = concepts - _COUNTRY_WORDS
    if rest & LINES:
        return _country_of_phone(rest)
    return _country_of_place(rest, weak="code" in concepts and "iso" not in concepts)


def _country_of_phone(rest: Concepts) -> Meaning:
    try:
        return used(Field.COUNTRY, owner_of(rest), why=Said("the country of a phone"))
    except LookupError:
        return not_used(Said("the country of a phone that is not used"), Topic.COUNTRY)


def _country_of_place(rest: Concepts, *, weak: bool) -> Meaning | None:
    """`weak`: whether the column may hold calling codes."""
    if not rest:
        return used(Field.COUNTRY, weak=weak, why=Said("the country"))
    if rest <= _AT_WORK or ("work" in rest and rest <= _AT_WORK | {"address"}):
        return used(Field.COUNTRY, rank=2, weak=weak, why=Said("the country of the work place"))
    if rest <= _AT_HOME and weak:
        return undecided(Said("it may be a country or a calling code"), Topic.COUNTRY, Topic.PART_OF_NUMBER)
    return used(Field.COUNTRY, rank=0, why=Said("the country of the home address")) if rest <= _AT_HOME else None


def kind_of_phone(concepts: Concepts) -> Meaning | None:
    """The type of phone that each row names."""
    besides = {"phone_type", "type", "phone", "mobile", "contact", "name", "code", "self", "number"}
    typed = "phone_type" in concepts or ("type" in concepts and bool(concepts & {"phone", "contact"}))
    if not typed or not concepts <= besides:
        return None
    return used(Field.PHONE_TYPE, weak="contact" in concepts, why=Said("the type of the phone"))


def status(concepts: Concepts) -> Meaning | None:
    if not concepts & {"status", "active", "not_active"}:
        return None
    besides = {"self", "work", "name", "code", "leaving", "company"}
    if concepts <= {"not_active", *besides}:
        return used(Field.HAS_LEFT, why=Said("whether the person has left"))
    if concepts <= {"status", "active", "not_active", *besides}:
        return used(Field.STATUS, why=Said("whether the person works here"))
    if concepts <= {"status", "active", "not_active", "harmless", *besides, *LINES}:
        return replace(undecided(Said("it may say whether the person works here"), Topic.STATUS), weak=True)
    return not_used(Said("a property of an account")) if concepts & {"login", "mfa", "upn"} else None


_DATES: tuple[tuple[str, str, Meaning], ...] = (
    (
        "leaving",
        "date self work end company not_active",
        used(Field.LEFT_ON, why=Said("the day on which the person left")),
    ),
    (
        "valid_from",
        "date start self work",
        used(Field.EFFECTIVE_FROM, why=Said("the day on which the row replaces the person's earlier ones")),
    ),
    ("valid_to", "date end self work", used(Field.VALID_TO, why=Said("the last day on which the row applies"))),
    ("contract_end", "date end self work", used(Field.VALID_TO, why=Said("the last day of the contract"))),
    ("end date self", "work", used(Field.LEFT_ON, why=Said("the last day of the employment"))),
    ("end date work", "company", used(Field.LEFT_ON, why=Said("the last day of the employment"))),
    ("hire", "date self work start company", used(Field.VALID_FROM, why=Said("the first day of the employment"))),
    ("start date self", "work", used(Field.VALID_FROM, why=Said("the first day of the employment"))),
    ("start date work", "company", used(Field.VALID_FROM, why=Said("the first day of the employment"))),
    ("start self", "work", used(Field.VALID_FROM, why=Said("the first day of the employment"))),
    ("end self", "work", used(Field.LEFT_ON, why=Said("the last day of the employment"))),
    ("start date", "", used(Field.VALID_FROM, weak=True, why=Said("the first day of the row or of the employment"))),
    ("end date", "", used(Field.VALID_TO, weak=True, why=Said("the last day of the row or of the employment"))),
    ("start", "", used(Field.VALID_FROM, weak=True, why=Said("the first day of the row or of the employment"))),
    ("end", "", used(Field.VALID_TO, weak=True, why=Said("the last day of the row or of the employment"))),
    ("birth", "date place name number", not_used(Said("a date or place of birth"))),
)
"""Needed concepts, concepts that may stand beside them, and the meaning."""


_TIMES = frozenset({"valid_from", "valid_to", "start", "end", "hire", "leaving", "contract_end"})


_VALIDITY = frozenset({"valid_from", "valid_to", "contract_end", "leaving"})
_BESIDE_VALIDITY = LINES | {
    "date",
    "start",
    "end",
    "self",
    "work",
    "private",
    "alternate",
    "primary",
    "contact",
    "number",
}


def dates(concepts: Concepts) -> Meaning | None:
    for needed, besides, meaning in _DATES:
        if concepts >= set(needed.split()) and concepts <= {*needed.split(), *besides.split()}:
            return meaning
    if concepts == {"date"}:
        return replace(undecided(Said("it does not say what happens then"), Topic.DATE), weak=True)
    if concepts & _VALIDITY and concepts <= _VALIDITY | _BESIDE_VALIDITY:
        return replace(undecided(Said("it may say when a phone or the person counts"), Topic.DATE), weak=True)
    if concepts & (_TIMES | {"date"}) and concepts & {"phone", "mobile", "email", "address"}:
        return not_used(Said("the date of another value"))
    if concepts & _TIMES and not concepts & (LINES | {"country", "email"}):
        return not_used(Said("another date"), Topic.DATE)
    return None
