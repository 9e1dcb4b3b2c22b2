"""A number and what it counts, in words: `1 person waits`, `2 people wait`. Every message that counts calls it."""

from __future__ import annotations

from shared.core.values.said import Said


def counted(number: int, one: str, many: str) -> Said:
    """The number with the form that fits it."""
    return Said(f"{{count}} {by_count(number, one, many)}", count=number)


def by_count(number: int, one: str, many: str) -> Said:
    """The form that fits the number, without it."""
    return Said(one if number == 1 else many)


def people_in_words(number: int) -> Said:
    return counted(number, "person", "people")


def rows_in_words(number: int) -> Said:
    return counted(number, "row", "rows")
