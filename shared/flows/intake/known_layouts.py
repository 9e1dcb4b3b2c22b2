"""What an export's columns mean, by a person's choices, an approved layout, or as the app proposes.

For a corrected result, the choices of the run that it corrects come before the app's proposal.
`RememberLayout` stores a layout once a run with it was approved and has finished.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from shared.adapters.ledger.layouts import LayoutStore
from shared.core.export.export_folders import folder_of
from shared.core.export.file_mapping import Chosen, FileMapping
from shared.core.export.layout import Layout, fingerprint, layout_of
from shared.core.export.map_columns import MappingRules
from shared.core.export.people_sheets import ONLY_SHEET
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.codes import CODES
from shared.core.values.errors import FileRefusedError
from shared.core.values.said import Said, joined
from shared.core.values.states import LayoutRule, RunState, Source
from shared.flows.intake.export_ports import ExportSheet
from shared.flows.intake.sheets_of_people import WayToRead, ways_to_read
from shared.flows.intake.understand import Understand, Understood

AsBefore = Callable[[Understood], Mapping[int, Chosen]]
"""What columns in doubt meant in the result that the file corrects, by their index."""


@dataclass(frozen=True, slots=True)
class ByLayout:
    """`concerns` are sentences about the layout that hold the run, `notes` others."""

    understood: Understood
    concerns: tuple[Said, ...] = ()
    notes: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownLayouts:
    layouts: LayoutStore
    rule: LayoutRule
    default_region: str | None
    """DEFAULT_REGION."""
    email_methods: bool
    """Whether the app uses e-mail methods."""
    clock: Clock

    async def apply(self, run: Run, export: ExportSheet, as_before: AsBefore) -> ByLayout:
        """Understand the file, and say what is to be known about its layout. Raises FileRefusedError.

        The choices of a person for this run decide; without any, those in an approved layout of the
        same fingerprint; without one, those that `as_before` returns for a corrected result.
        """
        region = run.options.default_region or self.default_region
        rules = MappingRules(run.options.default_phone_type, default_region=region, email_methods=self.email_methods)
        is_own = run.source is Source.DIRECTORY
        understand = Understand(export, rules, self.clock.now().date(), is_own=is_own)
        sheets, chosen = ONLY_SHEET, dict[int, Chosen]()
        if run.mapping is not None:
            sheets, chosen = run.mapping.people_sheets, run.mapping.chosen_by_people()
        ways = ways_to_read(export, understand, sheets)
        proposed = await asyncio.to_thread(next, ways)
        if chosen or sheets.chosen_by or is_own:
            return ByLayout(await asyncio.to_thread(proposed.under, chosen))
        earlier = await asyncio.to_thread(as_before, proposed.understood)
        proposed = replace(proposed, understood=await asyncio.to_thread(proposed.under, earlier))
        return await self._by_layout(run, proposed, ways)

    async def _by_layout(self, run: Run, proposed: WayToRead, others: Iterator[WayToRead]) -> ByLayout:
        """`others` are other ways to read the file, which an approved layout may ask for."""
        understood = proposed.understood
        mapping = understood.mapping
        if self.rule is LayoutRule.MAP and not mapping.is_by_hand:
            raise _not_mapped(mapping)
        must_be_known = self.rule is LayoutRule.CONFIRM
        layout, way = await self._layout_of(run, proposed), proposed
        while layout is None and (other := await asyncio.to_thread(next, others, None)):
            layout, way = await self._layout_of(run, other), other
        if layout is not None and self._is_confirmed(layout, way.understood.mapping):
            return _approved(layout, await asyncio.to_thread(way.under, layout.choices(way.understood.mapping)))
        before = layout or await self.layouts.latest_of_folder(folder_of(run.name))
        if not (mapping.concerns() or must_be_known or (before is not None and before.contradicts(mapping))):
            return ByLayout(understood)
        return ByLayout(understood, _layout_concerns(before, mapping, must_be_known=must_be_known))

    def _is_confirmed(self, layout: Layout, mapping: FileMapping) -> bool:
        """Whether a file with the fingerprint of the layout needs no approval of its own."""
        is_as_approved = self.rule is not LayoutRule.CONFIRM or not layout.read_otherwise(mapping)
        return is_as_approved and layout.allows(mapping)

    async def _layout_of(self, run: Run, way: WayToRead) -> Layout | None:
        return await self.layouts.get(fingerprint(run.name, way.understood.mapping))


def _approved(layout: Layout, understood: Understood) -> ByLayout:
    sheets = understood.mapping.people_sheets
    if sheets.alike:
        sheets = sheets.chosen(sheets.read, layout.approved_by)
    mapping = replace(understood.mapping, doubts=(), people_sheets=sheets)
    note = Said("{who} has confirmed the columns of this list (run {run})", who=layout.approved_by, run=layout.run)
    return ByLayout(replace(understood, mapping=mapping), notes=(note,))


def _layout_concerns(before: Layout | None, mapping: FileMapping, *, must_be_known: bool) -> tuple[Said, ...]:
    if before is None:
        return (Said("this layout is new and must be approved once, with its first run"),) if must_be_known else ()
    changes = before.changes(mapping)
    return (
        Said("the layout differs from the one approved with run {run}: {changes}", run=before.run, changes=changes),
    )


def _not_mapped(mapping: FileMapping) -> FileRefusedError:
    columns = ", ".join(column.letters for column in mapping.columns if column.is_believed)
    info = CODES["layoutNotMapped"]
    message = joined(" ", (Said(info.meaning), Said("Columns: {columns}.", columns=columns)))
    return FileRefusedError("layoutNotMapped", message, remedy=info.remedy)


@dataclass(frozen=True, slots=True)
class RememberLayout:
    """Remembers the layout of an export whose run a person approved, once that run has finished.

    The columns of the next export of this layout then need no approval.
    """

    layouts: LayoutStore
    clock: Clock

    async def __call__(self, run: Run) -> None:
        if run.state is not RunState.FINISHED or not run.approved_by or run.mapping is None:
            return
        layout = layout_of(run.name, run.mapping, approved_by=run.approved_by, run=run.id, at=self.clock.now())
        await self.layouts.remember(layout)
