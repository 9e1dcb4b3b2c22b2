"""`/runs/{run}/audit` and `/runs/journal`: the journal's records of a run, and whether the journal is whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from fastapi import APIRouter
from pydantic import Field

from shared.api.errors import RequestRefusedError
from shared.api.guard import Calling, GuardedRoute, Wired
from shared.api.runs import RunId, stored
from shared.api.schema import Resource, errors
from shared.core.run.journal_chain import Damage, JournalProblem
from shared.core.run.unseen import is_unseen
from shared.flows.chain import VerifiedJournal

_COMPARED = frozenset({"counts", "planned"})

router = APIRouter(prefix="/runs", route_class=GuardedRoute, tags=["Runs"])


class ProblemResource(Resource):
    damage: Damage = Field(description="What is wrong at this place.")
    file: str = Field(description="The file of the journal.")
    line: int = Field(description="The line in it, from 1 on.")
    sequence: int = Field(
        description="The number of the record that should be there; for `changed`, of the record that was changed."
    )

    @classmethod
    def of(cls, problem: JournalProblem) -> Self:
        return cls(damage=problem.damage, file=problem.file, line=problem.line, sequence=problem.sequence)


class JournalResource(Resource):
    """Whether the journal is whole, and where it is not."""

    is_whole: bool = Field(description="Whether nothing was removed, changed, moved, doubled or rewritten.")
    records: int = Field(description="The number of the last record.")
    head: str = Field(description="The SHA-256 of the last record, as the app stores it outside of the journal.")
    problems: list[ProblemResource] = Field(description="Where it is not whole; at most 100 places.")

    @classmethod
    def of(cls, found: VerifiedJournal) -> Self:
        return cls(
            is_whole=not found.problems,
            records=found.head.sequence,
            head=found.head.hash,
            problems=[ProblemResource.of(problem) for problem in found.problems],
        )


class AuditResource(Resource):
    """What the journal says about a run, without numbers and names."""

    run: str
    manifest: list[dict[str, Any]] = Field(
        description="The end of each attempt: who started the run, state, counts, digest, and HMACs of its files."
    )
    result: list[dict[str, Any]] = Field(
        description="Object id, outcome, codes and Graph's request ids of each row, attempt by attempt; empty for "
        "callers who see masked numbers, because an outcome shows whether a guessed number is right."
    )
    records: list[dict[str, Any]] = Field(
        description="The journal's records about the run; without outcomes and counts for callers who see masked "
        "numbers."
    )
    proof: JournalResource = Field(description="Whether the journal is whole from the first of these records on.")
    changed_files: list[str] = Field(description="Files of the run that are not as the journal says.")


def _without_comparison(records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records without what follows from comparing a file with people's values: rows, counts and figures."""
    kept = (one for one in records if one["kind"] != "rows")
    return [{**one, "data": {name: one["data"][name] for name in one["data"] if name not in _COMPARED}} for one in kept]


@router.get("/journal", operation_id="VerifyJournal", summary="Verify journal", responses=errors())
async def verify_journal(verbs: Wired) -> JournalResource:
    """Read the journal from its beginning, and return whether it is whole and where it is not."""
    return JournalResource.of(await verbs.journal.journal.verify())


@router.get("/{run}/audit", operation_id="GetRunAudit", summary="Get audit of run", responses=errors(404))
async def get_run_audit(verbs: Wired, caller: Calling, run_id: RunId) -> AuditResource:
    """Return the journal's records of the run, and whether the journal or the files of the run have changed."""
    run = await stored(verbs, run_id)
    if is_unseen(run) and not caller.sees_numbers:
        raise RequestRefusedError("numbersForbidden")
    audit = await verbs.journal.audit(run)
    records = audit.journal.records if caller.sees_numbers else _without_comparison(audit.journal.records)
    return AuditResource(
        run=run.id,
        manifest=[one["data"] for one in records if one["kind"] == "ended"],
        result=[row for one in records if one["kind"] == "rows" for row in one["data"]["rows"]],
        records=list(records),
        proof=JournalResource.of(audit.journal),
        changed_files=list(audit.changed_files),
    )
