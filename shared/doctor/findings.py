"""What the doctor checks, and what it finds.

Findings are shown by the API and by the command line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.core.values.errors import ExplainedError


class DoctorCheck(StrEnum):
    """In the order of the report."""

    SETTINGS = "settings"
    TOKEN = "token"  # noqa: S105 - the name of a check
    ROLES = "roles"
    GRAPH = "Graph"
    PROTECTED_ACCOUNTS = "protected accounts"
    POLICY = "SMS and voice"
    TABLES = "tables"
    QUEUES = "queues"
    CONTAINERS = "containers"
    RECONCILE = "last reconcile"
    OPEN_RUN = "oldest open run"


class Status(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. The lines of `remedy` after the first are commands."""

    check: DoctorCheck
    status: Status
    sentence: str
    remedy: str = ""


async def in_time(seconds: float, check: DoctorCheck, look: Awaitable[Finding]) -> Finding:
    """What `look` finds; an error, or no answer within the time, is a failed check."""
    try:
        async with asyncio.timeout(seconds):
            return await look
    except (ExplainedError, TimeoutError) as error:
        return failed(check, error)


def failed(check: DoctorCheck, error: ExplainedError | TimeoutError) -> Finding:
    if isinstance(error, ExplainedError):
        return Finding(check, Status.FAILED, as_sentence(error.message), error.remedy)
    remedy = "Check the addresses in the settings, and the network."
    return Finding(check, Status.FAILED, "The service did not answer in time.", remedy)


def not_checked(checks: Sequence[DoctorCheck], why: str) -> Sequence[Finding]:
    return [Finding(check, Status.WARNING, f"Not checked, because {why}.") for check in checks]


def as_sentence(message: str) -> str:
    """Messages that follow the name of a row begin with a small letter and have no full stop."""
    return message[:1].upper() + message[1:].removesuffix(".") + "."
