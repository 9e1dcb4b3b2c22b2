"""The meaning of the concepts of a heading, as a value."""

from __future__ import annotations

from dataclasses import dataclass

from shared.core.export.fields import Field
from shared.core.export.headings.heading import Role, Topic
from shared.core.values.said import NOTHING, Said
from shared.core.values.slot import PhoneType

Concepts = frozenset[str]
"""What the words of a heading mean in any language, such as `mobile`; see `vocabulary`."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """The meaning of a heading; the fields are those of `Heading`, without its text."""

    role: Role | None
    known: bool
    topics: frozenset[Topic] = frozenset()
    weak: bool = False
    other_person: bool = False
    rank: int = 0
    why: Said = NOTHING


_TOPICS: dict[Field, Topic] = {
    Field.OBJECT_ID: Topic.PERSON,
    Field.USER_PRINCIPAL_NAME: Topic.PERSON,
    Field.EMPLOYEE_ID: Topic.PERSON,
    Field.MAIL: Topic.EMAIL,
    Field.EMAIL: Topic.EMAIL,
    Field.COUNTRY: Topic.COUNTRY,
    Field.CALLING_CODE: Topic.PART_OF_NUMBER,
    Field.AREA_CODE: Topic.PART_OF_NUMBER,
    Field.EXTENSION: Topic.PART_OF_NUMBER,
    Field.PHONE_TYPE: Topic.PHONE_TYPE,
    Field.STATUS: Topic.STATUS,
    Field.HAS_LEFT: Topic.STATUS,
    Field.LEFT_ON: Topic.DATE,
    Field.EFFECTIVE_FROM: Topic.DATE,
    Field.VALID_FROM: Topic.DATE,
    Field.VALID_TO: Topic.DATE,
}


def topic_of(field: Field) -> Topic:
    """PHONE for all fields but those of `_TOPICS`: direct-dial digits may be a whole number."""
    return _TOPICS.get(field, Topic.PHONE)


def used(
    field: Field, phone: PhoneType | None = None, *, rank: int = 1, weak: bool = False, why: Said = NOTHING
) -> Meaning:
    return Meaning(Role(field, phone), known=True, topics=frozenset({topic_of(field)}), weak=weak, rank=rank, why=why)


def not_used(why: Said, *topics: Topic, other_person: bool = False) -> Meaning:
    """Every word is known, and the column is not used."""
    return Meaning(None, known=True, topics=frozenset(topics), other_person=other_person, why=why)


def undecided(why: Said, *topics: Topic) -> Meaning:
    """Every word is known, but not their meaning together."""
    return Meaning(None, known=False, topics=frozenset(topics), why=why)
