"""The doctor's check that enough people may approve runs, if a second person is required."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Set
from dataclasses import dataclass

from shared.core.values.said import counted, people_in_words
from shared.doctor.findings import DoctorCheck, Finding, Status

FEWEST_APPROVERS = 3
"""One person may have touched the run, and one may be absent."""


@dataclass(frozen=True, slots=True)
class ApproversInputs:
    """`holders` returns the object ids of the people with the role to approve; it raises ExplainedError."""

    role: str
    is_second_person_wanted: bool
    is_registration_known: bool
    """Whether API_CLIENT_ID names the registration that has the role."""
    holders: Callable[[], Awaitable[Set[str]]]


async def approvers_finding(inputs: ApproversInputs) -> Finding:
    check = DoctorCheck.APPROVERS
    if not inputs.is_second_person_wanted:
        return Finding(check, Status.OK, "One person may approve a run: REQUIRE_SECOND_PERSON is false.")
    if not inputs.is_registration_known:
        return Finding(
            check, Status.OK, f"API_CLIENT_ID is not set, so the app cannot check who has the role {inputs.role}."
        )
    holders = len(await inputs.holders())
    if holders < FEWEST_APPROVERS:
        who = counted(holders, "person has", "people have")
        sentence = f"A second person must approve, but only {who} the role {inputs.role}."
        return Finding(check, Status.WARNING, sentence, f"Give it to {FEWEST_APPROVERS} people or more.")
    return Finding(check, Status.OK, f"{people_in_words(holders)} have the role {inputs.role}.")
