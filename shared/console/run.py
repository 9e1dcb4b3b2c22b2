"""The page of one run: its progress, why it waits, its planned and made changes, and the decisions about it.

Numbers are masked; people with the right may reveal the numbers of one row, and each reveal is recorded.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Path, Response

from shared.api.errors import RequestRefusedError
from shared.api.roles import CallerRole
from shared.api.row_search import LONGEST_TEXT, RowSearch, RowsQuery
from shared.api.run_answers import LONGEST_NOTE
from shared.api.run_resource import RunResource, as_seen_by
from shared.api.runs import RunId, stored
from shared.api.single_calls import OperationResource
from shared.console.access import ROOT, page_router
from shared.console.render import words
from shared.console.visit import Visit, Visiting
from shared.core.export.places import Places, RowPlace
from shared.core.report.limits_table import limits_table
from shared.core.report.page import Tone
from shared.core.report.result_pages import reading_table
from shared.core.report.row_words import details_of, result_words, todo_words, tone_of
from shared.core.run.documents import RowReport, report_row
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.run.unseen import values_in_file
from shared.core.values.errors import ExplainedError
from shared.core.values.slot import Slot
from shared.core.values.states import SUCCEEDED_ROWS, WAITS_FOR_A_PERSON, RowState, RunState

router = page_router("/runs/{run}")

_ROWS = 50
_SAMPLE = 5
"""The number of rows of a checked file that are shown first."""
_SKIP = "$skiptoken"

RowNumber = Annotated[int, Path(alias="number", ge=1, le=2_000_000)]


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row in the words of the workbooks; `operations` are masked unless revealed."""

    number: int
    place: RowPlace
    report: RowReport
    tone: Tone
    result: str
    todo: str
    details: str
    operations: tuple[OperationResource, ...]
    suggestion: str
    in_file: tuple[tuple[Slot, str | None], ...]
    """What a checked file asks for, if the visitor may start it and sees masked numbers."""

    @classmethod
    def of(
        cls, row: Row, places: Places, *, clear: bool, in_file: tuple[tuple[Slot, str | None], ...] = ()
    ) -> ShownRow:
        report, texts = report_row(row), words()
        planned = row.plan.operations if row.plan else ()
        return cls(
            row.number,
            places.of(row.number),
            report,
            tone_of(report),
            result_words(report, texts),
            todo_words(report, texts),
            details_of(report, texts),
            tuple(OperationResource.of(operation, clear=clear) for operation in planned),
            row.suggestion if clear else "",
            in_file,
        )


@router.get("", name="show_run")
async def show_run(visit: Visiting, run_id: RunId, query: Annotated[RowsQuery, Depends()]) -> Response:
    return await _page(visit, await stored(visit.verbs, run_id), query)


@router.post("", name="find_rows")
async def find_rows(visit: Visiting, run_id: RunId, query: Annotated[RowsQuery, Depends()]) -> Response:
    """Show the run with the rows that match the text of the form; the text may name a person, so it is in no URL."""
    return await _page(visit, await stored(visit.verbs, run_id), query)


async def _page(visit: Visit, run: Run, query: RowsQuery, problem: ExplainedError | None = None) -> Response:
    caller, text = visit.visitor.caller, visit.visitor.form.get("text", "").strip()[:LONGEST_TEXT]
    is_sample = run.state is RunState.CHECKED and not text and query == RowsQuery()
    top = _SAMPLE if is_sample else min(query.top, _ROWS)
    found = await RowSearch(visit.verbs, caller, run, replace(query, top=top), text)()
    seen = as_seen_by(caller, run)
    resource = RunResource.of(seen)
    may_start = visit.may_start(run)
    tells_file, email = may_start and not caller.sees_numbers, visit.verbs.settings.uses_email_methods()
    figures = seen.attempt.plan.figures
    return visit.page(
        "run.html",
        problem=problem,
        run=resource,
        columns=reading_table(run, words()),
        writes=_people_to_write_to(seen),
        limits=limits_table(figures, visit.verbs.settings.safety_limits(), words()) if figures else None,
        has_changes=bool(run.digest) and not run.rows_purged,
        has_result=bool(run.result_blob),
        counts={state: seen.counts[state] for state in RowState if seen.counts.get(state)},
        query=query,
        text=text,
        rows=[
            ShownRow.of(row, run.places, clear=False, in_file=values_in_file(row, email=email) if tells_file else ())
            for row in found.rows
        ],
        up_to=found.up_to and run.places.of(found.up_to),
        filtered=_url(visit, run),
        following=found.up_to and _url(visit, run, found.up_to),
        is_sample=is_sample,
        may_start=may_start,
        names=await visit.names_in([resource]),
        rate=rows_a_minute(run, visit.verbs.clock.now()),
        is_live=not (run.closed or run.state in WAITS_FOR_A_PERSON or text),
    )


def rows_a_minute(run: Run, now: datetime) -> int | None:
    """Rows per minute that have succeeded since the attempt began to apply; None = it is not applying, or none has."""
    if run.state is not RunState.APPLYING or not run.state_history:
        return None
    minutes = (now - run.state_history[-1][1]).total_seconds() / 60
    before = run.attempts[-2].counts if run.is_redriven else {}
    done = sum(run.counts.get(state, 0) - before.get(state, 0) for state in SUCCEEDED_ROWS)
    return round(done / minutes) if minutes and done > 0 else None


def _url(visit: Visit, run: Run, after: int | None = None) -> str:
    """The URL of the run's page with the filters of this request; with `after`, from the row after that one on."""
    asked = visit.request.url.remove_query_params(_SKIP)
    asked = asked if after is None else asked.include_query_params(**{_SKIP: after})
    return f"{ROOT}/runs/{run.id}?{asked.query}"


@router.get("/rows/{number}", name="show_row")
async def show_row(visit: Visiting, run_id: RunId, number: RowNumber) -> Response:
    return await _row_page(visit, run_id, number, clear=False)


@router.post("/rows/{number}/reveal", name="reveal_row")
async def reveal_row(visit: Visiting, run_id: RunId, number: RowNumber) -> Response:
    """The numbers of one row in clear."""
    return await _row_page(visit, run_id, number, clear=True)


async def _row_page(visit: Visit, run_id: str, number: int, *, clear: bool) -> Response:
    run = await stored(visit.verbs, run_id)
    row = await RowSearch(visit.verbs, visit.visitor.caller, run, RowsQuery()).row(number)
    if row is None:
        raise RequestRefusedError("pathNotFound")
    if clear:
        by = visit.visitor.caller.id
        await visit.verbs.journal.revealed("RevealRow", by, person=row.object_id, run=run.id, row=number)
    shown = ShownRow.of(row, run.places, clear=clear)
    may_reveal = CallerRole.READ_NUMBERS in visit.visitor.caller.roles
    return visit.page("row.html", run=run, row=shown, is_clear=clear, may_reveal=may_reveal)


@router.post("/approve", name="approve_run")
async def approve_run(visit: Visiting, run_id: RunId) -> Response:
    """Approve the plan whose digest the page showed, for the number of people that was typed."""
    return await _decide(visit, run_id, "approve", _approve(visit, run_id))


async def _approve(visit: Visit, run_id: str) -> Run:
    caller, form = visit.visitor.caller, visit.visitor.form
    people = _people_to_write_to(as_seen_by(caller, await stored(visit.verbs, run_id)))
    if people is None or form.get("people", "").strip().replace(",", "") != str(people):
        raise RequestRefusedError("numberTyped", target="people")
    digest = form.get("digest", "")
    return await visit.verbs.decisions.approve(run_id, digest, caller.id, through_connector=caller.through_connector)


@router.post("/reject", name="reject_run")
async def reject_run(visit: Visiting, run_id: RunId) -> Response:
    """Reject the run; the note says why and is shown with the run."""
    by, note = visit.visitor.caller.id, visit.visitor.form.get("note", "")[:LONGEST_NOTE]
    return await _decide(visit, run_id, "reject", visit.verbs.decisions.reject(run_id, by, note))


@router.post("/cancel", name="cancel_run")
async def cancel_run(visit: Visiting, run_id: RunId) -> Response:
    """Cancel the run; without `Runs.Approve` the visitor may cancel only an own run."""
    by, own_only = visit.visitor.caller.id, not visit.visitor.may("ApproveRun")
    return await _decide(visit, run_id, "cancel", visit.verbs.decisions.cancel(run_id, by, own_only=own_only))


@router.post("/redrive", name="redrive_run")
async def redrive_run(visit: Visiting, run_id: RunId) -> Response:
    return await _decide(visit, run_id, "redrive", visit.verbs.redrive(run_id, visit.visitor.caller.id))


@router.post("/undo", name="undo_run")
async def undo_run(visit: Visiting, run_id: RunId) -> Response:
    """Start the undo and go to its run, which is held once it is planned."""
    return await _decide(visit, run_id, "undo", visit.verbs.undo(run_id, visit.visitor.caller.id))


async def _decide(visit: Visit, run_id: str, did: str, decision: Awaitable[Run]) -> Response:
    """Make the decision and go to the resulting run, or show this run with the reason why the decision is refused."""
    try:
        decided = await decision
    except ExplainedError as problem:
        return await _page(visit, await stored(visit.verbs, run_id), RowsQuery(), problem)
    return visit.go_to(f"/runs/{decided.id}", did)


def _people_to_write_to(run: Run) -> int | None:
    """The number of people who would be written to; None = nothing is planned, or the visitor may not see it."""
    figures = run.attempt.plan.figures
    return figures.writes if figures else None
