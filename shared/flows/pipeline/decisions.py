"""What people decide about a run: approve exactly the plan they saw, reject it, or cancel.

Called by the command line and over HTTP; every transition is made by ETag and followed by a step message.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.errors import PermanentError
from shared.core.values.states import RunState
from shared.core.values.storage import QueuePort
from shared.flows.pipeline.advance import send_step
from shared.flows.ports import RunStore

_SHORTEST_DIGEST = 12


@dataclass(frozen=True, slots=True)
class Approval:
    runs: RunStore
    steps: QueuePort
    clock: Clock
    require_second_person: bool

    async def approve(self, run_id: str, digest: str, by: str) -> Run:
        """`digest` is that of the plan seen, or at least its first 12 digits.

        Raises PermanentError when it is another.
        """
        run = await self._held(run_id)
        if self.require_second_person and by.casefold() == run.started_by.casefold():
            raise PermanentError(
                "secondPersonRequired",
                f"Run {run.id} was started by the same person; somebody else has to approve it.",
                remedy="Ask a colleague, or switch REQUIRE_SECOND_PERSON off.",
            )
        if len(digest) < _SHORTEST_DIGEST or not run.digest.startswith(digest):
            raise PermanentError(
                "planChanged",
                f"Run {run.id} waits for approval of plan {run.digest[:_SHORTEST_DIGEST]}, not of the one named.",
                remedy="Look at the plan again and approve its digest.",
            )
        return await self._move(replace(run, state=RunState.APPLYING, approved_by=by, message=""))

    async def reject(self, run_id: str, by: str) -> Run:
        run = await self._held(run_id)
        return await self._move(replace(run, state=RunState.REJECTED, message=f"Rejected by {by}."))

    async def cancel(self, run_id: str, by: str) -> Run:
        """Nobody is written to any more; people being written to at this moment are finished first."""
        run = await self._stored(run_id)
        if run.is_over or not run.has_steps:
            raise PermanentError("runNotCancellable", f"Run {run.id} is {run.state}; it cannot be cancelled.")
        return await self._move(replace(run, state=RunState.CANCELLED, message=f"Cancelled by {by}."))

    async def expire(self, run: Run) -> Run:
        message = "Expired: nobody approved it in time. Drop the file, or start the run, again."
        return await self._move(replace(run, state=RunState.REJECTED, code="runExpired", message=message))

    async def _held(self, run_id: str) -> Run:
        run = await self._stored(run_id)
        if run.state is not RunState.HELD:
            raise PermanentError("runNotHeld", f"Run {run.id} is {run.state}; only a held run waits for a decision.")
        return run

    async def _stored(self, run_id: str) -> Run:
        run = await self.runs.get(run_id)
        if run is None:
            raise PermanentError("runNotFound", f"There is no run {run_id}.")
        return run

    async def _move(self, run: Run) -> Run:
        advanced = await self.runs.save(replace(run, step=run.step + 1, updated_at=self.clock.now()))
        await send_step(self.steps, advanced)
        return advanced
