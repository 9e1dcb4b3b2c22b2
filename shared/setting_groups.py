"""Settings that belong together, each group with what is checked or computed from it: the names in storage, and the
guards of a run, who delivers messages. `shared.settings` adds the other settings.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from shared.core.run.approvers import SecondPerson
from shared.core.run.call_quotas import CallLimits
from shared.core.run.planned_values import AccidentLimits
from shared.core.run.safety_limits import SafetyLimits
from shared.core.run.value_index import SharingLimits
from shared.core.values.phone_delivery import Deliverer
from shared.core.values.states import Approval, ProtectAdmins
from shared.setting_types import (
    AccountNames,
    ContainerName,
    Count,
    Ncrontab,
    ObjectId,
    ObjectIds,
    OptionalDate,
    Positive,
    QueueName,
    SecondPersonRule,
    Share,
    TableName,
    TenantIds,
    WhichAdmins,
)


class DeliverySettings(BaseModel):
    """Who delivers text messages and calls, until when Microsoft does, and what is done about it."""

    phone_delivery: Deliverer = Field(
        Deliverer.UNKNOWN,
        description="Who delivers text messages and calls for sign-in after `PHONE_RETIREMENT_DATE`: `microsoft` (new "
        "and changed numbers are refused from that day on), `own-provider` (they go on), or `unknown` (they go on; "
        "runs and the doctor warn from 60 days before). Removals always go on; enabling SMS sign-in ends in any case.",
    )
    phone_retirement_date: OptionalDate = Field(
        date(2027, 2, 1),
        description="First day, from 00:00 UTC, on which Microsoft's public cloud no longer delivers them; `none` = "
        "there is no such day. Other clouds have none. Microsoft has moved the date before.",
    )
    sspr_methods_required: Positive = Field(
        2,
        le=2,
        description="Number of methods that a password reset asks for, 1 or 2: readiness and clean-ups leave people at "
        "least as many beside phones. Graph does not show this policy.",
    )
    cleanup_scope: Literal["app", "any"] = Field(
        "app", description="Which numbers a clean-up removes: those that the app wrote (`app`), or `any`."
    )


class StorageNames(BaseModel):
    """The names of containers, queues and tables."""

    exports_container: ContainerName = Field("hr-exports", description="Container to which HR uploads exports.")
    results_container: ContainerName = Field("results", description="Container for copies, plans, result files.")
    returns_container: ContainerName = Field(
        "hr-returns", description="Container, in the account of the exports, from which HR takes result workbooks."
    )
    done_container: ContainerName = Field(
        "hr-done",
        description="Container, in the account of the exports, to which `MOVE_EXPORTS` moves them; it is no folder of "
        "another container.",
    )
    quarantine_container: ContainerName = Field("quarantine", description="Container for exports refused as a whole.")
    journal_container: ContainerName = Field("journal", description="Container of the journal, in `PhoneJournal`.")
    plan_queue: QueueName = Field(
        "plan-user", description="Queue with one message per row that could not be planned with the others."
    )
    apply_queue: QueueName = Field("apply-user", description="Queue with one message per row that is applied apart.")
    steps_queue: QueueName = Field("run-steps", description="Queue with the messages that advance runs.")
    notify_queue: QueueName = Field("run-events", description="Queue of notifications about runs, without numbers.")
    runs_table: TableName = Field("Runs", description="Table of runs and of the write budget.")
    rows_table: TableName = Field("Rows", description="Table of rows, one entity each.")
    people_table: TableName = Field("People", description="Table of ownership records, one per person.")
    layouts_table: TableName = Field("Layouts", description="Table of approved layouts of exports.")

    @field_validator(
        *("results_container", "returns_container", "done_container", "quarantine_container"),
        *("apply_queue", "steps_queue", "notify_queue", "rows_table", "people_table", "layouts_table"),
    )
    @classmethod
    def _is_another(cls, name: str, others: ValidationInfo) -> str:
        """Two queues, containers or tables must not have the same name; letter case does not count."""
        _, _, kind = (others.field_name or "").rpartition("_")
        for field, other in others.data.items():
            if field.endswith(f"_{kind}") and str(other).lower() == name.lower():
                raise ValueError(f"should not be the same as {field.upper()}")
        return name


class ProtectionSettings(BaseModel):
    """Which accounts the app never writes to, and to whom runs are limited."""

    protect_admins: WhichAdmins = Field(
        ProtectAdmins.ALL,
        description="Which holders of directory roles are protected: `all`; those of `privileged` roles, as Graph "
        "calls them; or none (`false`).",
    )
    protected_roles: ObjectIds = Field(
        (),
        description="Ids of roles, separated by `;`, whose holders are protected besides, with `PROTECT_ADMINS` = "
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
    pilot_group_id: ObjectId = Field("", description="Object id of the pilot group that limits runs; empty = no limit.")


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
        description="Whether HTTP answers show numbers in clear with `AUTH_MODE` = `key`; else a role decides.",
    )

    def tenants(self) -> frozenset[str]:
        """The tenants whose accounts may call; empty = any."""
        return frozenset({self.tenant_id} if self.tenant_id else self.website_auth_aad_allowed_tenants)


class SafetySettings(BaseModel):
    """When a run waits for a person."""

    approval: Approval = Field(
        Approval.LIMITS,
        description="When runs wait for approval: above the safety limits (`limits`), `always` or `never`.",
    )
    small_set: Count = Field(10, description="Number of people below which counts are checked but shares are not.")
    max_update_share: Share = Field(
        0.3,
        description="Share of people who may get a changed value, or SMS sign-in, without approval. In one file: of "
        "the people for whom it asks something in the slot, or of those managed in it if they are more. In 24 hours "
        "and in 7 days, all runs together: of the people managed in the slot, and never fewer than `SMALL_SET`.",
    )
    max_create_share: Share = Field(
        0.2,
        description="Share of the managed people, from 50 on, as many as whom may get a value where they had none in "
        "24 hours without approval, all runs together; never fewer than `SMALL_SET`.",
    )
    max_removal_share: Share = Field(
        0.05,
        description="Share of people who may lose a value, or SMS sign-in, in one file without approval, counted as "
        "`MAX_UPDATE_SHARE` is.",
    )
    max_refused_share: Share = Field(0.2, description="Share of refused people above which a run is held.")
    max_unmatched_share: Share = Field(0.2, description="Share of people without account above which a run is held.")
    max_shrink_share: Share = Field(
        0.3,
        description="Share by which a full export may be smaller than the largest of the last 90 days, since the last "
        "shrink that a person approved, before it is held.",
    )
    max_writes_unapproved: Count = Field(
        500, description="Number of people to whom runs may write without approval, each and all of 24 hours together."
    )
    max_removals_unapproved: Count = Field(
        0, description="Number of people who may lose a value without approval, by each run and all of 24 hours."
    )
    max_unmanaged_replaced: Count = Field(
        0,
        description="Number of people of a run whose values that the app did not write may be replaced, or get a "
        "phone beside them, without a person's decision. Above it these people are set apart; the others go on.",
    )
    max_same_mobile: Positive = Field(
        2,
        description="Number of people who may share one mobile or alternate mobile number, or one e-mail address, "
        "without approval: of the file, by what the app has written, and by open runs.",
    )
    max_same_office: Positive = Field(
        20, description="Number of people who may share one office number without approval, counted in the same way."
    )
    max_calls_per_day: Count = Field(
        200, description="Number of people for whom calls may replace or remove a value in 24 hours."
    )
    max_calls_per_caller: Count = Field(
        50, description="Number of people for whom the calls of one caller may replace or remove a value in 24 hours."
    )
    max_creates_by_call_per_day: Count = Field(
        2000, description="Number of people without a value to whom calls may give one in 24 hours."
    )
    max_taken_back: Count = Field(
        2,
        description="Number of people to whom a run may write, without approval, a value that the app wrote before and "
        "replaced in the last 90 days.",
    )
    max_moved_numbers: Count = Field(
        2,
        description="Number of people in one file who may get the number or address of another person in it while "
        "their own goes to another one, without approval.",
    )
    max_repeated_numbers: Count = Field(
        10,
        description="Number of people in one file who may get a mobile number or address that it gives to another "
        "person too, without approval.",
    )
    max_counted_numbers: Count = Field(
        10,
        description="Number of people in rows one below the other whose new mobile numbers may count up or down by the "
        "same step, without approval.",
    )
    min_rows: Count = Field(1, description="Number of people below which an export is held.")
    require_second_person: SecondPersonRule = Field(
        SecondPerson.FALSE,
        description="Whether nobody may approve a run alone that they touched: for no run (`false`), for `held` runs, "
        "or `always`, which also holds every run but a call for one person. `true` means `held`.",
    )
    held_days: Positive = Field(7, description="Days after which a held run expires.")

    def safety_limits(self) -> SafetyLimits:
        return SafetyLimits(
            small_set=self.small_set,
            max_update_share=self.max_update_share,
            max_removal_share=self.max_removal_share,
            max_refused_share=self.max_refused_share,
            max_unmatched_share=self.max_unmatched_share,
            max_shrink_share=self.max_shrink_share,
            max_create_share=self.max_create_share,
            max_writes_unapproved=self.max_writes_unapproved,
            max_removals_unapproved=self.max_removals_unapproved,
            min_rows=self.min_rows,
        )

    def sharing_limits(self) -> SharingLimits:
        return SharingLimits(self.max_same_mobile, self.max_same_office)

    def call_limits(self) -> CallLimits:
        return CallLimits(self.max_calls_per_day, self.max_calls_per_caller, self.max_creates_by_call_per_day)

    def accident_limits(self) -> AccidentLimits:
        return AccidentLimits(
            self.max_moved_numbers, self.max_repeated_numbers, self.max_counted_numbers, self.max_taken_back
        )


class TelemetrySettings(BaseModel):
    """Whether the app exports telemetry itself; read at start, before the other settings."""

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
