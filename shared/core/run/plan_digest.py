"""The digest of a run's plan: what a person approves and what release verifies before the first write.

A run keeps the version of its digest, so that a run which was held before an upgrade is approved by its own digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from shared.core.plan.plan_json import plan_to_json
from shared.core.run.row import Row
from shared.core.values.former_codes import former_code
from shared.core.values.states import RowState

DIGEST_VERSION = 2
"""Of new digests. Version 1, of app version 0.1.0, names the codes as that version did."""


class PlanDigest:
    """SHA-256 over the run's random nonce and all planned rows, by ascending number; other rows do not count.

    Raises ValueError for a version that does not exist.
    """

    def __init__(self, nonce: str, version: int) -> None:
        if version not in _CODES:
            raise ValueError(f"there is no version {version} of a plan's digest")
        self._code = _CODES[version]
        self._hash = hashlib.sha256(nonce.encode())

    def add(self, row: Row) -> None:
        if row.state is not RowState.PLANNED:
            return
        plan = self._plan(plan_to_json(row.plan)) if row.plan is not None else None
        line = json.dumps([row.number, row.state, self._code(row.code), row.object_id, plan], sort_keys=True)
        self._hash.update(line.encode() + b"\n")

    def hexdigest(self) -> str:
        return self._hash.hexdigest()

    def _plan(self, plan: dict[str, Any]) -> dict[str, Any]:
        decided = (*plan["slots"], *([plan["smsSignIn"]] if "smsSignIn" in plan else ()))
        for part in decided:
            part["code"] = self._code(part["code"])
        return plan


_CODES: dict[int, Callable[[str], str]] = {1: former_code, 2: str}
"""How each version names a code."""
