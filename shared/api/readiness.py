"""`GET /readiness`: who depends on a phone, as the newest readiness run found it."""

from __future__ import annotations

from datetime import date, datetime

from fastapi import APIRouter
from pydantic import Field

from shared.api.errors import RequestRefusedError
from shared.api.guard import GuardedRoute, Wired
from shared.api.schema import Resource, errors
from shared.core.record.readiness import Readiness
from shared.core.values.phone_delivery import Deliverer

router = APIRouter(prefix="/readiness", route_class=GuardedRoute, tags=["Readiness"])


class ReadinessPersonResource(Resource):
    """A person of a class; names are only in the workbook."""

    id: str = Field(description="Object id of the person.")
    department: str = Field(description="The department, as the directory has it; empty = none.")


class ReadinessClassResource(Resource):
    """The people of one class; those of `smsSignIn` are in another class too."""

    name: Readiness = Field(alias="class", description="The class, as in docs/readiness.md.")
    count: int = Field(description="How many people it has.")
    action: str = Field(description="What is recommended for these people.")
    departments: dict[str, int] = Field(description="How many of them each department has, where it is known.")
    people: list[ReadinessPersonResource] = Field(description="Everyone in the class.")


class SmsSignInCounts(Resource):
    """How many people sign in by text message; only a person's own list of methods says so."""

    in_use: int = Field(description="People who sign in by text message.")
    not_in_use: int = Field(description="People who do not.")
    not_known: int = Field(description="People whose list was not read.")


class ReadinessPointResource(Resource):
    """One run's figures, without names."""

    run: str = Field(description="The readiness run.")
    at: datetime = Field(description="When the run started.")
    people: int = Field(description="How many people were classified.")
    counts: dict[str, int] = Field(description="Number of people by class.")


class ReadinessReportResource(Resource):
    run: str = Field(description="The readiness run; its result is the workbook with names.")
    at: datetime = Field(description="When the run started.")
    message: str = Field(description="The most important figure as a sentence.")
    people: int = Field(description="How many people are classified; all have an enabled account.")
    disabled: int = Field(description="How many accounts are left out because they are disabled.")
    not_read: int = Field(description="How many people known to the app have a list of methods that could not be read.")
    covers_everybody: bool = Field(
        description="false = only people whom the app knows are classified; `reason` says why."
    )
    code: str = Field(
        description="Why not everybody is covered: licenceMissing, permissionMissing or another code; empty = they are."
    )
    reason: str = Field(description="The same as a sentence.")
    methods_for_reset: int = Field(description="The setting SSPR_METHODS_REQUIRED.")
    can_reset_with_fewer: int = Field(
        description="How many people can, as Graph reports, reset the password with fewer methods than that; if there "
        "are any, the tenant's policy may ask for fewer."
    )
    phone_delivery: Deliverer = Field(description="The setting PHONE_DELIVERY.")
    retirement_date: date | None = Field(
        description="The day from which Microsoft delivers nothing; null = none is set, or it does not apply here."
    )
    proposed_delivery: Deliverer | None = Field(
        description="What PHONE_DELIVERY should be, by the telecom provider that Graph shows; null = no proposal."
    )
    delivery_note: str = Field(
        description="Why `proposedDelivery` is proposed, or what Graph shows of a telecom provider; empty = nothing."
    )
    sms_sign_in: SmsSignInCounts = Field(description="Who signs in by text message.")
    classes: list[ReadinessClassResource] = Field(description="Every class, including classes without people.")
    history: list[ReadinessPointResource] = Field(description="The figures of this and earlier runs, oldest first.")


@router.get("", operation_id="GetReadiness", summary="Get readiness", responses=errors(404))
async def get_readiness(verbs: Wired) -> ReadinessReportResource:
    """Return the newest report of a readiness run: people, departments and what to do, by class."""
    report = await verbs.newest_readiness()
    if report is None:
        raise RequestRefusedError("readinessReportNotFound")
    return ReadinessReportResource.model_validate(report)
