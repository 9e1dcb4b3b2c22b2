"""The digest of a run's plan, which an approval names. Every row is added, in order of row number."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from shared.core.export.file_mapping import FileMapping
from shared.core.export.mapping_json import mapping_to_json
from shared.core.plan.plan_json import plan_to_json
from shared.core.run.row import Row
from shared.core.values.former_codes import former_code
from shared.core.values.states import RowState

DIGEST_VERSION = 3
"""The version of new digests. Version 1 comes from app version 0.1.0 and uses that version's names of the codes.

The file mapping and refused slots count since version 3; older digests leave them out.
"""
_FIRST_WITH_MAPPING = 3


class PlanDigest:
    """SHA-256 over the secret of the run, the file mapping, and all planned rows with their answers.

    Rows in other states do not count. Raises ValueError for a version that does not exist.
    """

    def __init__(self, nonce: str, version: int, mapping: FileMapping | None = None) -> None:
        if version not in _CODES:
            raise ValueError(f"there is no version {version} of a plan's digest")
        self._code = _CODES[version]
        self._with_refused = version >= _FIRST_WITH_MAPPING
        self._hash = hashlib.sha256(nonce.encode())
        if mapping is not None and version >= _FIRST_WITH_MAPPING:
            self._hash.update(json.dumps(mapping_to_json(mapping), sort_keys=True).encode() + b"\n")

    def add(self, row: Row) -> None:
        if row.state is not RowState.PLANNED:
            return
        plan = self._plan(plan_to_json(row.plan)) if row.plan is not None else None
        answer = [row.answer] if row.answer else []
        line = json.dumps([row.number, row.state, self._code(row.code), row.object_id, plan, *answer], sort_keys=True)
        self._hash.update(line.encode() + b"\n")

    def hexdigest(self) -> str:
        return self._hash.hexdigest()

    def _plan(self, plan: dict[str, Any]) -> dict[str, Any]:
        decided = (*plan["slots"], *([plan["smsSignIn"]] if "smsSignIn" in plan else ()))
        for part in decided:
            part["code"] = self._code(part["code"])
        return plan if self._with_refused else {name: part for name, part in plan.items() if name != "refused"}


_CODES: dict[int, Callable[[str], str]] = {1: former_code, 2: str, 3: str}
"""The function that gives the name of a code in each version of the digest."""
