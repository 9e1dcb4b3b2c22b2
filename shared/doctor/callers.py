"""The doctor's check of who may call over HTTP, and who can approve a run there."""

from __future__ import annotations

from dataclasses import dataclass

from shared.doctor.findings import DoctorCheck, Finding, Status


@dataclass(frozen=True, slots=True)
class CallersInputs:
    """The settings about callers."""

    has_key: bool = False
    """Whether callers have function keys, which do not identify them."""
    is_signed_in: bool = False
    """Whether App Service authentication signs callers in."""
    is_tenant_pinned: bool = False
    wants_second_person: bool = False
    knows_connector: bool = False


def callers_finding(inputs: CallersInputs) -> Finding:
    """Warns if accounts of other tenants may call, or if a second person must approve while callers
    have keys or approvals by flows are not recognised."""
    faults: list[tuple[str, str]] = []
    if inputs.is_signed_in and not inputs.is_tenant_pinned:
        faults.append(("App Service authentication may admit accounts of other tenants.", "Set TENANT_ID."))
    if inputs.wants_second_person and inputs.has_key:
        faults.append(("A second person must approve, but callers with a key cannot.", "Set AUTH_MODE to entra."))
    elif inputs.wants_second_person and not inputs.knows_connector:
        sentence = "A second person must approve, but approvals by flows are not recognised."
        faults.append((sentence, "Set CONNECTOR_CLIENT_ID, if a connector calls this app."))
    if not faults:
        return Finding(DoctorCheck.CALLERS, Status.OK, "The settings say who may call and approve.")
    sentences, remedies = zip(*faults, strict=True)
    return Finding(DoctorCheck.CALLERS, Status.WARNING, " ".join(sentences), " ".join(remedies))
