"""The ways to read a file with several sheets of people: as one list if all are alike, or the first one alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from shared.core.export.file_mapping import Chosen
from shared.core.export.one_list import MOST_SHEETS, SheetAlone, differences, shown_sheets
from shared.core.export.people_sheets import PeopleSheets, SheetsRead, sheets_in_words
from shared.core.export.statuses import names_leavers
from shared.core.values.errors import FileRefusedError
from shared.core.values.said import NOTHING, Said, as_said
from shared.flows.intake.export_ports import ExportSheet
from shared.flows.intake.understand import Understand, Understood


@dataclass(frozen=True, slots=True)
class WayToRead:
    """One way to read a file, understood without choices of people about its columns."""

    understand: Understand
    understood: Understood

    def under(self, choices: Mapping[int, Chosen]) -> Understood:
        return self.understand.again(self.understood, choices) if choices else self.understood

    def with_doubts(self, doubts: tuple[Said, ...]) -> WayToRead:
        mapping = self.understood.mapping
        return WayToRead(
            replace(self.understand, doubts=(*self.understand.doubts, *doubts)),
            replace(self.understood, mapping=replace(mapping, doubts=(*doubts, *mapping.doubts))),
        )


def ways_to_read(export: ExportSheet, understand: Understand, before: PeopleSheets) -> Iterator[WayToRead]:
    """The ways to read a file, the proposed one first; each is read only when the caller asks for it.

    `understand` is about the first sheet. If `before`, the decision about the run's sheets, is to read the first alone,
    there is only this way. Raises FileRefusedError for a file that cannot be read in any way.
    """
    understand = replace(understand, doubts=tuple(_doubts_of_sheets(export)))
    if before.alike and before.read is SheetsRead.FIRST:
        yield _first_alone(export, understand, before, NOTHING)
        return
    alike: tuple[str, ...] = ()
    why_not = NOTHING
    if export.other_sheets:
        found = _as_one_list(export, understand, before.chosen_by)
        if isinstance(found, WayToRead):
            yield found
            alike = found.understood.mapping.people_sheets.alike
        else:
            why_not = found
    yield _first_alone(export, understand, PeopleSheets(alike), why_not)


def _first_alone(export: ExportSheet, understand: Understand, sheets: PeopleSheets, why_not: Said) -> WayToRead:
    doubts = (_others_left_out(export, why_not),) if export.other_sheets else ()
    alone = replace(understand, sheets=sheets, doubts=(*understand.doubts, *doubts))
    return WayToRead(alone, alone({}))


def _doubts_of_sheets(export: ExportSheet) -> Iterator[Said]:
    if export.nameless_sheets:
        names = sheets_in_words(shown_sheets(export.nameless_sheets[:MOST_SHEETS]))
        yield Said(
            "{sheets} may hold numbers of people, but no heading identifies the people; proposal: read nothing there",
            sheets=names,
        )
    if not export.other_sheets and names_leavers(export.sheet):
        yield Said("the name of the sheet says that its people have left; proposal: read it like any other")


def _others_left_out(export: ExportSheet, why_not: Said) -> Said:
    first, *others = (f"'{name}'" for name in shown_sheets([export.sheet, *export.other_sheets]))
    if len(others) > MOST_SHEETS:
        others[MOST_SHEETS:] = ["…"]
    sheets = ", ".join(others)
    if not why_not:
        return Said(
            "sheets {sheets} look like lists of people too; proposal: read only sheet {first}",
            sheets=sheets,
            first=first,
        )
    return Said(
        "sheets {sheets} look like lists of people too, and they cannot be read as one list ({why}); "
        "proposal: read only sheet {first}",
        sheets=sheets,
        why=why_not,
        first=first,
    )


def _as_one_list(export: ExportSheet, understand: Understand, chosen_by: str) -> WayToRead | Said:
    """All sheets of people as one list, or the reason, in words, why they are no list."""
    sheets_of_leavers = list(filter(names_leavers, (export.sheet, *export.other_sheets)))
    if sheets_of_leavers:
        return Said("people who have left: {sheets}", sheets=sheets_in_words(shown_sheets(sheets_of_leavers)))
    try:
        listed = export.as_one_list()
    except ValueError as too_large:
        return as_said(too_large.args[0])
    except FileRefusedError as refused:
        return refused.message
    names = tuple(place.name for place in listed.places.sheets)
    together = replace(understand, export=listed, sheets=PeopleSheets(names, SheetsRead.ALL, chosen_by))
    try:
        understood = together({})
        alone = [
            SheetAlone(name, replace(understand, export=sheet).meaning(), order)
            for name, sheet, order in zip(names, listed.sheets, listed.alignment.orders, strict=True)
        ]
    except FileRefusedError as refused:
        return refused.message
    found = differences(understood.mapping, alone)
    return found.why_not or WayToRead(together, understood).with_doubts(found.doubts)
