"""The ids of runs. They sort by time, and begin with it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

ID_TIME = "%Y%m%dT%H%M%SZ"
"""The time format with which a run's id begins, so that ids sort by time."""


def run_id(last_modified: datetime, container: str, name: str, etag: str) -> str:
    """`{yyyyMMddTHHmmssZ}-{10 hex digits}`. A duplicate event of an upload gives the same id, a new upload a new
    one."""
    digest = hashlib.sha256(f"{container}/{name}{etag}".encode()).hexdigest()
    return f"{last_modified:{ID_TIME}}-{digest[:10]}"


def time_of(identity: str) -> datetime:
    """The time in a run's id. Raises ValueError when the text does not begin with a time."""
    try:
        return datetime.strptime(identity[:16], ID_TIME).replace(tzinfo=UTC)
    except ValueError:
        raise ValueError("no run can have this id") from None
