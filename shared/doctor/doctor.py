"""All checks of the doctor, always in the same order: first the settings, then Graph, then storage.

A failed check does not stop the others. A check that depends on a failed one reports that it was not made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.core.values.clock import Clock
from shared.core.values.errors import ExplainedError
from shared.core.values.phone_delivery import PhoneDelivery
from shared.doctor.callers import CallersInputs, callers_finding
from shared.doctor.delivery import delivery_finding
from shared.doctor.findings import DoctorCheck, Finding, Status, not_checked
from shared.doctor.graph import CHECKS_OF_GRAPH, GraphInputs, graph_findings
from shared.doctor.storage import CHECKS_OF_STORAGE, StorageInputs, storage_findings
from shared.telemetry.events import EventName
from shared.telemetry.signals import event

PATIENCE_SECONDS = 20.0
"""Time limit of each check."""


@dataclass(frozen=True, slots=True)
class Doctor:
    """The functions build the objects to check. They raise ExplainedError when the settings are not valid."""

    graph: Callable[[], GraphInputs]
    storage: Callable[[], StorageInputs]
    clock: Clock
    patience: float = PATIENCE_SECONDS
    callers: Callable[[], CallersInputs] = CallersInputs
    delivery: Callable[[], PhoneDelivery] = PhoneDelivery

    async def __call__(self) -> tuple[Finding, ...]:
        graph, storage = _built(self.graph), _built(self.storage)
        of_graph, of_storage = await asyncio.gather(self._graph_findings(graph), self._storage_findings(storage))
        findings = (_of_settings(graph, storage), *self._own_findings(), *of_graph, *of_storage)
        for one in findings:
            if one.status is not Status.OK:
                event(EventName.DOCTOR_FOUND, check=one.check, result=one.status)
        return findings

    def _own_findings(self) -> Sequence[Finding]:
        """The findings that follow from the settings alone."""
        callers, delivery = _built(self.callers), _built(self.delivery)
        if isinstance(callers, ExplainedError) or isinstance(delivery, ExplainedError):
            return not_checked((DoctorCheck.CALLERS, DoctorCheck.DELIVERY), "the settings cannot be used")
        return (callers_finding(callers), delivery_finding(delivery, self.clock.now()))

    async def _graph_findings(self, inputs: GraphInputs | ExplainedError) -> Sequence[Finding]:
        if isinstance(inputs, ExplainedError):
            return not_checked(CHECKS_OF_GRAPH, "the settings cannot be used")
        return await graph_findings(inputs, self.patience)

    async def _storage_findings(self, inputs: StorageInputs | ExplainedError) -> Sequence[Finding]:
        if isinstance(inputs, ExplainedError):
            return not_checked(CHECKS_OF_STORAGE, "the settings cannot be used")
        return await storage_findings(inputs, self.clock.now(), self.patience)


def _built[Inputs](build: Callable[[], Inputs]) -> Inputs | ExplainedError:
    try:
        return build()
    except ExplainedError as error:
        return error


def _of_settings(graph: GraphInputs | ExplainedError, storage: StorageInputs | ExplainedError) -> Finding:
    check = DoctorCheck.SETTINGS
    complaints = {inputs.message: inputs.remedy for inputs in (graph, storage) if isinstance(inputs, ExplainedError)}
    if complaints:
        remedies = " ".join(dict.fromkeys(filter(None, complaints.values())))
        return Finding(check, Status.FAILED, " ".join(complaints), remedies)
    if isinstance(storage, StorageInputs) and storage.unknown_to_host:
        names = ", ".join(storage.unknown_to_host)
        sentence = f"The Functions host does not find {names}, so the functions whose triggers need it do not start."
        return Finding(check, Status.FAILED, sentence, "Add what is missing to the application settings.")
    if isinstance(storage, StorageInputs) and storage.unused:
        sentence = f"The app does not read {', '.join(storage.unused)}, because it uses another storage account."
        remedy = (
            "Correct the name (PhoneData holds HR data, PhoneExports its uploads, PhoneJournal the journal, "
            "AzureWebJobsStorage the rest), or remove the setting."
        )
        return Finding(check, Status.WARNING, sentence, remedy)
    return Finding(check, Status.OK, "The settings can be used.")
