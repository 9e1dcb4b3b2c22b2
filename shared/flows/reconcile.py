"""Reconcile: does what this app wrote still stand? Reads the people it knows and reports what drifted.

Called by the timer. It lists the phone methods of many people at once, but no e-mail addresses, and writes nothing to
Graph.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Protocol

from shared.core.clock import Clock
from shared.core.errors import ExplainedError
from shared.core.methods import Methods
from shared.core.people import Drift, OwnershipRecord, drift_of
from shared.core.run import Run
from shared.core.states import RunState, Source
from shared.flows.notify import notify
from shared.flows.ports import Blobs, Queue, Runs

log = logging.getLogger(__name__)


class KnownPeople(Protocol):
    def in_slice(self, slice_name: str) -> AsyncIterator[OwnershipRecord]: ...


class MethodsOfMany(Protocol):
    async def phone_methods_of(self, user_ids: Sequence[str]) -> Mapping[str, Methods | ExplainedError]: ...


@dataclass(slots=True)
class Findings:
    """What a reconcile saw: how many people, which drifted, which could not be read and why."""

    people: int = 0
    drifted: dict[str, tuple[Drift, ...]] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)

    def add(self, record: OwnershipRecord, there: Methods | ExplainedError) -> None:
        self.people += 1
        if isinstance(there, ExplainedError):
            self.unread[record.object_id] = there.code
        elif drifts := drift_of(record, there):
            self.drifted[record.object_id] = drifts

    def message(self) -> str:
        unread = f"; {len(self.unread)} could not be read" if self.unread else ""
        return f"{len(self.drifted)} of {self.people} people drifted{unread}."


@dataclass(frozen=True, slots=True)
class Reconcile:
    people: KnownPeople
    slices: Sequence[str]
    graph: MethodsOfMany
    runs: Runs
    results: Blobs
    events: Queue
    clock: Clock

    async def __call__(self) -> str:
        """Returns the id of the reconcile's run."""
        run = await self._begin()
        findings = Findings()
        for slice_name in self.slices:
            records = [record async for record in self.people.in_slice(slice_name) if record.base()]
            there = await self.graph.phone_methods_of([record.object_id for record in records]) if records else {}
            for record in records:
                findings.add(record, there[record.object_id])
        await self._finish(run, findings)
        return run.id

    async def _begin(self) -> Run:
        now, nonce = self.clock.now(), secrets.token_hex(16)
        run = Run(
            id=f"{now:%Y%m%dT%H%M%SZ}-{sha256(nonce.encode()).hexdigest()[:10]}",
            state=RunState.READING,
            source=Source.RECONCILE,
            name="reconcile",
            export_time=now,
            started_by="timer",
            created_at=now,
            updated_at=now,
            nonce=nonce,
        )
        stored = await self.runs.insert(run)
        if stored is None:
            raise LookupError(f"run id {run.id} was drawn twice")
        return stored

    async def _finish(self, run: Run, findings: Findings) -> None:
        blob = f"{run.id}/drift.json"
        await self.results.write(blob, json.dumps(_report(run, findings), indent=2).encode())
        finished = await self.runs.save(
            replace(
                run,
                state=RunState.FINISHED,
                message=findings.message(),
                planned={"people": findings.people, "drifted": len(findings.drifted), "unread": len(findings.unread)},
                result_blob=blob,
                updated_at=self.clock.now(),
            )
        )
        log.info("Reconcile %s: %s", run.id, findings.message())
        if findings.drifted or findings.unread:
            await notify(self.events, finished, "drift")


def _report(run: Run, findings: Findings) -> dict[str, Any]:
    """Masked throughout: numbers show at most their last two digits, addresses nothing."""
    return {
        "run": run.id,
        "at": run.created_at.isoformat(),
        "people": findings.people,
        "drifted": [
            {
                "id": object_id,
                "slot": drift.slot.value,
                "kind": drift.kind,
                "expected": str(drift.expected),
                "found": None if drift.found is None else str(drift.found),
            }
            for object_id, drifts in findings.drifted.items()
            for drift in drifts
        ],
        "unread": [{"id": object_id, "code": code} for object_id, code in findings.unread.items()],
    }
