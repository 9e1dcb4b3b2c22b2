"""How a run shows its attempts, in order: who decided what about each, and how it ended."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import Field

from shared.api.schema import Resource
from shared.core.run.attempts import Attempt, Decision, DecisionKind
from shared.core.values.states import RowState, RunState

WHO = (
    "Object id of the caller; `key`, `app:` and an object id, `local:` and a user, `timer`, or `export`: an unknown "
    "person, who dropped the file."
)
UNSEEN = "empty for callers who see masked numbers until the run is applied."


class DecisionResource(Resource):
    kind: DecisionKind = Field(description="What was decided.")
    by: str = Field(description=WHO)
    at: datetime = Field(description="When it was decided.")
    digest: str = Field(description="The digest of the plan that it is about; empty = there was none yet.")

    @classmethod
    def of(cls, decision: Decision) -> Self:
        return cls(kind=decision.kind, by=decision.by, at=decision.at, digest=decision.digest)


class AttemptResource(Resource):
    """One pass of the run; once it has ended, it never changes."""

    started_by: str = Field(description=WHO)
    decisions: list[DecisionResource] = Field(description="What was decided about it, in order.")
    digest: str = Field(description="The fingerprint of its plan; empty = there was none.")
    held_because: str = Field(description="Why its plan was held; empty = it was not.")
    counts: dict[RowState, int] = Field(description=f"How many rows were in each state; {UNSEEN}")
    result: str = Field(description="The file of its result; empty = none.")
    state: RunState | None = Field(description="What the run was when it ended; null = it goes on.")
    ended_at: datetime | None = Field(description="When it ended; null = it goes on.")
    code: str
    message: str = Field(description="What the run said when it ended.")

    @classmethod
    def of(cls, attempt: Attempt) -> Self:
        end = attempt.end
        return cls(
            started_by=attempt.started_by,
            decisions=[DecisionResource.of(decision) for decision in attempt.decisions],
            digest=attempt.plan.digest,
            held_because=attempt.held_because,
            counts=dict(attempt.counts),
            result=attempt.result_blob,
            state=end.state if end else None,
            ended_at=end.at if end else None,
            code=end.code if end else "",
            message=end.message if end else "",
        )
