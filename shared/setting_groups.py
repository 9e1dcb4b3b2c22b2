"""Groups of settings: who delivers messages, the names in storage, who is protected, who may call,
telemetry, and schedules. `shared.settings` adds the other settings.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from shared.core.values.phone_delivery import Deliverer
from shared.core.values.states import ProtectAdmins
from shared.setting_types import (
    AccountNames,
    ContainerName,
    Ncrontab,
    ObjectId,
    ObjectIds,
    OptionalDate,
    Positive,
    QueueName,
    TableName,
    TenantIds,
    WhichAdmins,
)


class DeliverySettings(BaseModel):
    """Who delivers text messages and calls, until when Microsoft does, and what is done about it."""

    phone_delivery: Deliverer = Field(
        Deliverer.UNKNOWN,
        description="Who delivers text messages and calls for sign-in after `PHONE_RETIREMENT_DATE`: `microsoft` (new "
        "and changed numbers are refused from that day on), `own-provider` or `unknown` (they go on). Without "
        "`own-provider`, runs and the doctor warn from 60 days before. Removals always go on; enabling SMS sign-in "
        "ends in any case.",
    )
    phone_retirement_date: OptionalDate = Field(
        date(2027, 2, 1),
        description="First day, from 00:00 UTC, on which Microsoft's public cloud no longer delivers text messages and "
        "calls; `none` = there is no such day. In other clouds it has no effect. Microsoft has moved the date before.",
    )
    sspr_methods_required: Positive = Field(
        2,
        le=2,
        description="Number of methods that a password reset asks for, 1 or 2: readiness and clean-ups require "
        "at least as many methods beside phones. Graph does not show this policy.",
    )
    cleanup_scope: Literal["app", "any"] = Field(
        "app", description="Which numbers a clean-up removes: those that the app wrote or adopted (`app`), or `any`."
    )


class StorageNames(BaseModel):
    """The names of containers, queues and tables."""

    exports_container: ContainerName = Field("hr-exports", description="Container to which HR uploads exports.")
    results_container: ContainerName = Field(
        "results", description="Container for copies of exports, plans, results and reports."
    )
    returns_container: ContainerName = Field(
        "hr-returns", description="Container, in the account of the exports, from which HR takes result workbooks."
    )
    done_container: ContainerName = Field(
        "hr-done",
        description="Container, in the account of the exports, to which `MOVE_EXPORTS` moves them. It needs a name "
        "of its own.",
    )
    quarantine_container: ContainerName = Field("quarantine", description="Container for exports refused as a whole.")
    journal_container: ContainerName = Field(
        "journal", description="Container of the journal, in the account of `PhoneJournal`, if that is set."
    )
    plan_queue: QueueName = Field(
        "plan-user", description="Queue with one message per row that could not be planned with the others."
    )
    apply_queue: QueueName = Field(
        "apply-user", description="Queue with one message per row, or call, that could not be applied with the others."
    )
    steps_queue: QueueName = Field("run-steps", description="Queue with the messages that advance runs.")
    notify_queue: QueueName = Field("run-events", description="Queue of notifications, without numbers.")
    runs_table: TableName = Field("Runs", description="Table of runs, and of what concerns all of them.")
    rows_table: TableName = Field("Rows", description="Table of rows, and of the runs that had a row about a person.")
    people_table: TableName = Field("People", description="Table of ownership records, one per person.")
    layouts_table: TableName = Field("Layouts", description="Table of approved and forgotten layouts of exports.")

    @field_validator(
        *("results_container", "returns_container", "done_container", "quarantine_container"),
        *("apply_queue", "steps_queue", "notify_queue", "rows_table", "people_table", "layouts_table"),
    )
    @classmethod
    def _is_another(cls, name: str, others: ValidationInfo) -> str:
        """Queues, tables and the containers of HR data each need a name of their own; letter case does not count."""
        _, _, kind = (others.field_name or "").rpartition("_")
        for field, other in others.data.items():
            if field.endswith(f"_{kind}") and str(other).lower() == name.lower():
                raise ValueError(f"should not be the same as {field.upper()}")
        return name


class ProtectionSettings(BaseModel):
    """Which accounts the app never writes to, and to whom it is limited."""

    protect_admins: WhichAdmins = Field(
        ProtectAdmins.ALL,
        description="Which holders of directory roles are protected: `all`; those of `privileged` roles, as Graph "
        "calls them; or none (`false`).",
    )
    protected_roles: ObjectIds = Field(
        (),
        description="Ids of further roles, separated by `;`, whose holders are protected if `PROTECT_ADMINS` is "
        "`privileged`.",
    )
    protected_group_id: ObjectId = Field("", description="Object id of a group whose members are protected.")
    protected_ids: AccountNames = Field(
        (),
        description="Object ids or user principal names of further protected accounts, separated by `;`.",
    )
    api_client_id: ObjectId = Field(
        "",
        description="Client id of the app registration at which callers sign in. Its owners and the holders of its "
        "roles are protected; empty = the app cannot see them.",
    )
    pilot_group_id: ObjectId = Field(
        "", description="Object id of the pilot group; runs and calls write to its members only. Empty = no limit."
    )


class CallerSettings(BaseModel):
    """Who may call over HTTP."""

    auth_mode: Literal["entra", "key"] = Field(
        "entra", description="How HTTP callers are authenticated: App Service (`entra`) or function keys (`key`)."
    )
    website_auth_enabled: bool = Field(
        default=False, description="Set by Azure with App Service authentication; do not set it by hand in Azure."
    )
    tenant_id: ObjectId = Field(
        "",
        description="Id of the tenant whose accounts may call; empty = those of `WEBSITE_AUTH_AAD_ALLOWED_TENANTS`.",
    )
    website_auth_aad_allowed_tenants: TenantIds = Field(
        (),
        description="Set by the deployment: ids of the tenants that App Service authentication admits, separated by "
        "`,`; empty = any.",
    )
    allow_guests: bool = Field(default=False, description="Whether guests of the tenant may call.")
    connector_client_id: ObjectIds = Field(
        (),
        description="Client ids of the registrations through which connectors of Power Automate call, separated by "
        "`;`. With `REQUIRE_SECOND_PERSON`, no run is approved through them.",
    )
    http_show_numbers: bool = Field(
        default=False,
        description="Whether HTTP answers show numbers in clear with `AUTH_MODE` = `key`; with `entra` a role decides.",
    )

    def tenants(self) -> frozenset[str]:
        """The tenants whose accounts may call; empty = any."""
        return frozenset({self.tenant_id} if self.tenant_id else self.website_auth_aad_allowed_tenants)


class TelemetrySettings(BaseModel):
    """Whether the app itself sends telemetry; read at start, before the other settings."""

    python_enable_opentelemetry: bool = Field(
        default=False,
        description="Whether the app sends traces, metrics and its log by OpenTelemetry; see "
        "[telemetry.md](telemetry.md). It is the Python worker's own switch: deploy it with "
        "`AzureFunctionsJobHost__telemetryMode`, as the parameter `telemetry` of the templates does.",
    )


class Schedules(BaseModel):
    """The schedules of the timers. The Functions host reads them from the app settings, so they have no default."""

    reconcile_schedule: Ncrontab = Field(
        "", description="NCRONTAB expression of the reconcile timer, seconds first; must be set."
    )
    directory_schedule: Ncrontab = Field(
        "",
        description="NCRONTAB expression of the timer that reads the directory source, seconds first; must be set.",
    )
    readiness_schedule: Ncrontab = Field(
        "",
        description="NCRONTAB expression of the timer that reports who depends on a phone, seconds first; must be set.",
    )
    sweep_schedule: Ncrontab = Field(
        "", description="NCRONTAB expression of the sweep timer, seconds first; must be set."
    )
