"""The digest of a run's plan: what an approver approves and what release checks before the first write."""

from __future__ import annotations

import hashlib
import json

from shared.core.plan.plan_json import plan_to_json
from shared.core.run.row import Row
from shared.core.values.states import RowState


class PlanDigest:
    """SHA-256 over the run's random nonce and all planned rows; feed rows by ascending number, others do not count."""

    def __init__(self, nonce: str) -> None:
        self._hash = hashlib.sha256(nonce.encode())

    def add(self, row: Row) -> None:
        if row.state is not RowState.PLANNED:
            return
        plan = plan_to_json(row.plan) if row.plan is not None else None
        line = json.dumps([row.number, row.state, row.code, row.object_id, plan], sort_keys=True)
        self._hash.update(line.encode() + b"\n")

    def hexdigest(self) -> str:
        return self._hash.hexdigest()
