"""A row's number in its run leads back to sheet and row."""

from __future__ import annotations

import pytest

from shared.core.export.places import ONE_SHEET, ListedSheet, Places, RowPlace

TWO = Places((ListedSheet("Berlin", 1, 0), ListedSheet("Team Île", 3, 10)))


@pytest.mark.parametrize(
    ("places", "number", "place", "name"),
    [
        (ONE_SHEET, 5, RowPlace("", 5), "row 5"),
        (TWO, 2, RowPlace("Berlin", 2), "row 2 of sheet 'Berlin'"),
        (TWO, 10, RowPlace("Berlin", 10), "row 10 of sheet 'Berlin'"),
        (TWO, 14, RowPlace("Team Île", 4), "row 4 of sheet 'Team Île'"),
    ],
)
def test_a_row_is_named_as_excel_shows_it(places: Places, number: int, place: RowPlace, name: str) -> None:
    """With one sheet the number is the row; with several the sheet is named too."""
    assert (place, name) == (places.of(number), places.name(number))


@pytest.mark.parametrize(
    ("places", "numbers", "words"),
    [
        (ONE_SHEET, [9, 4], "rows 4, 9"),
        (ONE_SHEET, range(1, 8), "rows 1, 2, 3, 4, 5 and 2 more"),
        (TWO, [14, 9, 4], "rows 4, 9 of sheet 'Berlin', row 4 of sheet 'Team Île'"),
        (TWO, range(7, 14), "rows 7, 8, 9, 10 of sheet 'Berlin', row 1 of sheet 'Team Île' and 2 more"),
    ],
)
def test_several_rows_are_named_together(places: Places, numbers: list[int], words: str) -> None:
    """In order, each sheet once, and no more than a few."""
    assert words == places.name_all(numbers)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Berlin", "Berlin!"), ("Team Berlin", "'Team Berlin'!"), ("2026-01", "'2026-01'!"), ("HR's", "'HR''s'!")],
)
def test_addresses_are_written_as_in_excel(name: str, shown: str) -> None:
    """So that they can be pasted into Go To."""
    assert shown == ListedSheet(name, 1, 0).in_addresses
