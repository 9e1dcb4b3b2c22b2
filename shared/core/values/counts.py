"""Words a number and what it counts: `1 person waits`, `2 people wait`. Every message that counts calls it."""

from __future__ import annotations


def counted(number: int, one: str, many: str) -> str:
    """The number with the form that fits it."""
    return f"{number} {by_count(number, one, many)}"


def by_count(number: int, one: str, many: str) -> str:
    """The form that fits the number, without it."""
    return one if number == 1 else many


def people_in_words(number: int) -> str:
    return counted(number, "person", "people")


def rows_in_words(number: int) -> str:
    return counted(number, "row", "rows")
