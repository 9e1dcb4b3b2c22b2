"""The doctor's checks by name, and their findings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.core.values.errors import ExplainedError


class DoctorCheck(StrEnum):
    """In the order of the report."""

    SETTINGS = "settings"
    CALLERS = "callers"
    DELIVERY = "phone delivery"
    TOKEN = "token"  # noqa: S105 - the name of a check
    PERMISSIONS = "permissions"
    GRAPH = "Graph"
    PROTECTED_ACCOUNTS = "protected accounts"
    POLICY = "SMS and voice"
    COUNTRIES = "countries"
    APPROVERS = "approvers"
    TABLES = "tables"
    QUEUES = "queues"
    CONTAINERS = "containers"
    RECONCILE = "last reconcile"
    SWEEP = "last sweep"
    OPEN_RUN = "longest idle run"
    UNREAD_FILES = "unread files"
    UPKEEP = "upkeep"
    NOTIFICATIONS = "notifications"


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
    """The finding of `look`; an ExplainedError, or no answer in time, makes the check failed."""
    try:
        async with asyncio.timeout(seconds):
            return await look
    except (ExplainedError, TimeoutError) as error:
        return failed(check, error)


async def as_advice(check: DoctorCheck, look: Awaitable[Finding]) -> Finding:
    """The finding of `look`; an ExplainedError makes it a warning, because the app itself works without this check."""
    try:
        return await look
    except ExplainedError as error:
        return Finding(check, Status.WARNING, as_sentence(error.message), error.remedy)


def failed(check: DoctorCheck, error: ExplainedError | TimeoutError) -> Finding:
    if isinstance(error, ExplainedError):
        return Finding(check, Status.FAILED, as_sentence(error.message), error.remedy)
    remedy = "Check the URLs in the settings, and the network."
    return Finding(check, Status.FAILED, "The service did not answer in time.", remedy)


def not_checked(checks: Sequence[DoctorCheck], why: str) -> Sequence[Finding]:
    return [Finding(check, Status.WARNING, f"Not checked, because {why}.") for check in checks]


def as_sentence(message: str) -> str:
    """The message as a sentence. Messages that are part of a sentence elsewhere begin in lower
    case, without a full stop."""
    return message[:1].upper() + message[1:].removesuffix(".") + "."
