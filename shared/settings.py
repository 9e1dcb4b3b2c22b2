"""The app's settings: typed, checked once, all complaints at once.

Read by `shared.clients` from the environment on first use. Every field's name in upper case is the setting's name;
docs/settings.md is generated from here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from shared.core.export.column_aliases import Field as ColumnField
from shared.core.export.directory_source import DirectorySource
from shared.core.export.options import RunOptions
from shared.core.numbers.numbering_plan import is_known_region
from shared.core.run.safety_limits import SafetyLimits
from shared.core.values.errors import PermanentError
from shared.core.values.slot import PhoneType
from shared.core.values.states import Approval, Policy, SmsSignIn

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0)]


def _known_region(region: str) -> str:
    if region and not is_known_region(region):
        raise ValueError("should be a region in two capital letters, such as DE or US")
    return region


Region = Annotated[str, AfterValidator(_known_region)]


_CONTAINER = re.compile(r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*")
_TABLE = re.compile(r"[A-Za-z][A-Za-z0-9]{2,62}")
_LONGEST_QUEUE = 63 - len("-poison")


def _container_name(name: str) -> str:
    if not _CONTAINER.fullmatch(name):
        raise ValueError("should be 3 to 63 small letters and digits, with single hyphens in between")
    return name


def _queue_name(name: str) -> str:
    """The rules are those of containers, and the host's `-poison` twin must have room."""
    if not _CONTAINER.fullmatch(name) or len(name) > _LONGEST_QUEUE:
        raise ValueError(f"should be 3 to {_LONGEST_QUEUE} small letters and digits, with single hyphens in between")
    return name


def _table_name(name: str) -> str:
    if not _TABLE.fullmatch(name):
        raise ValueError("should be a letter and 2 to 62 more letters and digits")
    return name


ContainerName = Annotated[str, AfterValidator(_container_name)]
QueueName = Annotated[str, AfterValidator(_queue_name)]
TableName = Annotated[str, AfterValidator(_table_name)]
"""As "Naming and referencing containers", "… queues" and "Understanding the Table service data model" have them."""


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(";") if part.strip()) if isinstance(value, str) else value


def _name_known_fields(pairs: tuple[str, ...]) -> tuple[str, ...]:
    known = {field.value for field in ColumnField}
    if any("=" not in pair or pair.partition("=")[2].strip() not in known for pair in pairs):
        raise ValueError(f"should be header=field pairs; a field is one of {', '.join(sorted(known))}")
    return pairs


def _name_known_properties(pairs: tuple[str, ...]) -> tuple[str, ...]:
    DirectorySource.parse(pairs)
    return pairs


Items = Annotated[tuple[str, ...], BeforeValidator(_split)]
HeaderPairs = Annotated[Items, AfterValidator(_name_known_fields)]
SourcePairs = Annotated[Items, AfterValidator(_name_known_properties)]


class Settings(BaseModel):
    """Typed settings with the defaults of a safe first day."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=str.upper)

    exports_container: ContainerName = Field("hr-exports", description="Container that HR drops exports into.")
    results_container: ContainerName = Field(
        "results", description="Container for copies, plans, results and summaries."
    )
    quarantine_container: ContainerName = Field("quarantine", description="Container for files that cannot be used.")
    plan_queue: QueueName = Field("plan-user", description="Queue with one message per row to plan.")
    apply_queue: QueueName = Field("apply-user", description="Queue with one message per row to apply.")
    steps_queue: QueueName = Field("run-steps", description="Queue with the message that moves a run on.")
    notify_queue: QueueName = Field(
        "run-events", description="Queue that tells what happened to runs, without numbers."
    )
    runs_table: TableName = Field("Runs", description="Table of runs and of the write budget.")
    rows_table: TableName = Field("Rows", description="Table of rows, one entity each.")
    people_table: TableName = Field("People", description="Table of what this app last wrote for each person.")

    graph_cloud: Literal["global", "usgov", "usgov-dod", "china"] = Field(
        "global", description="The national cloud of the tenant."
    )
    graph_base_url: str = Field("", description="Overrides Graph's root, for instance http://127.0.0.1:8090/v1.0.")
    azure_client_id: str = Field("", description="Client id of the user-assigned managed identity; empty = system's.")

    on_existing: Policy = Field(Policy.MERGE, description="What may happen to a number that is already there.")
    allow_removals: bool = Field(default=False, description="Whether the word `remove` in a cell is obeyed.")
    sms_sign_in: SmsSignIn = Field(
        SmsSignIn.LEAVE,
        description="Who decides on SMS sign-in: nobody (`leave`), the export's `column`, or for everybody in it "
        "`enable` or `disable`.",
    )
    email_methods: bool = Field(
        default=False,
        description="Whether the e-mail slot is to be used: the doctor then asks for its permission. A column that "
        "`COLUMN_MAP` names `email` means the same.",
    )
    default_region: Region = Field("", description="Region of national numbers when nothing else tells (ISO alpha-2).")
    default_phone_type: PhoneType = Field(
        PhoneType.MOBILE, description="What a lone column such as `telephoneNumber` means."
    )
    export_scope: Literal["partial", "full"] = Field(
        "partial", description="Whether an export outside full/ names everybody."
    )
    column_map: HeaderPairs = Field((), description="`header=field` pairs separated by `;` for headers not recognised.")
    table_name: str = Field("", description="Name of the Excel table to read; empty = the first recognisable sheet.")
    reconcile_mode: Literal["report", "repair"] = Field("report", description="What reconcile does with drift.")

    directory_source: SourcePairs = Field(
        (),
        description="`slot=property` pairs separated by `;` that fill slots from the directory, such as "
        "`mobile=mobilePhone;office=businessPhones`; empty = the directory is no source.",
    )

    leaver_days: Positive = Field(
        7, description="Days without being named by an export after which a disabled account is a leaver's."
    )
    forget_days: Positive = Field(30, description="Days after which a person whose account is gone is forgotten.")

    approval: Approval = Field(Approval.LIMITS, description="Whether runs wait for a person.")
    small_set: Count = Field(10, description="Below this many people shares are not judged, counts are.")
    max_update_share: Share = Field(
        0.3, description="Share of matched people who may get another number, address or SMS sign-in."
    )
    max_removal_share: Share = Field(
        0.05, description="Share of matched people who may lose a number, an address or SMS sign-in."
    )
    max_refused_share: Share = Field(0.2, description="Share of people whose row may be refused.")
    max_unmatched_share: Share = Field(0.2, description="Share of people who may have no account.")
    max_shrink_share: Share = Field(0.3, description="Share by which a full export may be shorter than the last.")
    max_writes_unapproved: Count = Field(500, description="People who may be written to without approval.")
    max_removals_unapproved: Count = Field(0, description="People who may lose one of these without approval.")
    max_same_mobile: Positive = Field(2, description="People who may share one mobile number.")
    min_rows: Count = Field(1, description="People that a file must have at least.")
    require_second_person: bool = Field(
        default=False, description="Whether a run must be approved by somebody else than who started it."
    )
    held_days: Positive = Field(7, description="Days after which a held run expires.")

    protect_admins: bool = Field(default=True, description="Whether holders of directory roles are off limits.")
    protected_group_id: str = Field("", description="Object id of a group whose members are off limits.")
    pilot_group_id: str = Field(
        "", description="Object id of a group to whose members runs are limited; empty = everybody."
    )
    protected_ids: Items = Field((), description="Object ids, separated by `;`, that are off limits.")

    plan_window: Positive = Field(1000, description="Rows of one run waiting in the plan queue at most.")
    apply_window: Positive = Field(500, description="Rows of one run waiting in the apply queue at most.")
    max_concurrency: Positive = Field(256, description="Graph calls in flight per process at most.")
    expected_workers: Positive = Field(4, description="Processes that share Graph's limits at the start.")
    look_up_retry_seconds: Seconds = Field(
        60, description="After how many seconds a person who was not found is looked up once more."
    )
    resolve_seconds: Seconds = Field(30, description="How long a doubtful write is read back.")
    max_failures: Positive = Field(5, description="Failures of ours after which a row settles as failed.")

    keep_exports_days: Positive = Field(30, description="Days after which an export that was handled is deleted.")
    keep_quarantine_days: Positive = Field(30, description="Days after which a refused file is deleted.")
    keep_results_days: Positive = Field(90, description="Days after which the files that a run left are deleted.")
    keep_rows_days: Positive = Field(90, description="Days after which a run's rows are deleted.")
    keep_runs_days: Positive = Field(
        365, description="Days after which a run is forgotten; not before its exports and rows are."
    )

    max_file_bytes: Positive = Field(50 * 2**20, description="Size of an export, in bytes.")
    max_unpacked_bytes: Positive = Field(500 * 2**20, description="Size of an unpacked workbook, in bytes.")
    max_ratio: Positive = Field(200, description="Ratio of unpacked to packed size of one part of a workbook.")
    max_rows: Positive = Field(200_000, description="Rows of an export.")
    max_columns: Positive = Field(100, description="Columns of an export.")
    max_cell_characters: Positive = Field(1_000, description="Characters in one cell.")
    result_full_rows: Count = Field(20_000, description="Rows up to which the result keeps the workbook's looks.")

    auth_mode: Literal["entra", "key"] = Field(
        "entra",
        description="How HTTP callers are known: App Service authentication (`entra`) or function keys (`key`).",
    )
    website_auth_enabled: bool = Field(
        default=False,
        description="Set by Azure where App Service authentication is on; never to be set by hand in Azure.",
    )
    http_show_numbers: bool = Field(
        default=False,
        description="Whether HTTP answers show numbers in clear with `AUTH_MODE` = `key`; else an app role decides.",
    )

    @field_validator(
        *("results_container", "quarantine_container", "apply_queue", "steps_queue", "notify_queue"),
        *("rows_table", "people_table"),
    )
    @classmethod
    def _is_another(cls, name: str, others: ValidationInfo) -> str:
        """Of its kind; tables are the same in any case of letters."""
        _, _, kind = (others.field_name or "").rpartition("_")
        for field, other in others.data.items():
            if field.endswith(f"_{kind}") and str(other).lower() == name.lower():
                raise ValueError(f"should not be the same as {field.upper()}")
        return name

    @field_validator("keep_runs_days")
    @classmethod
    def _outlives_what_belongs_to_it(cls, days: int, others: ValidationInfo) -> int:
        for name in ("keep_exports_days", "keep_rows_days"):
            if days < others.data.get(name, 0):
                raise ValueError(f"should not be less than {name.upper()}")
        return days

    def safety_limits(self) -> SafetyLimits:
        return SafetyLimits(
            small_set=self.small_set,
            max_update_share=self.max_update_share,
            max_removal_share=self.max_removal_share,
            max_refused_share=self.max_refused_share,
            max_unmatched_share=self.max_unmatched_share,
            max_shrink_share=self.max_shrink_share,
            max_writes_unapproved=self.max_writes_unapproved,
            max_removals_unapproved=self.max_removals_unapproved,
            min_rows=self.min_rows,
        )

    def run_options(self) -> RunOptions:
        """The options of a run that brings none of its own."""
        return RunOptions(
            full=self.export_scope == "full",
            approval=self.approval,
            on_existing=self.on_existing,
            default_phone_type=self.default_phone_type,
        )

    def uses_email_methods(self) -> bool:
        return self.email_methods or ColumnField.EMAIL in self.columns_by_header().values()

    def columns_by_header(self) -> dict[str, str]:
        """`COLUMN_MAP` as header -> field."""
        pairs = (pair.partition("=") for pair in self.column_map)
        return {header.strip(): field.strip() for header, _, field in pairs}


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Raises PermanentError `invalidSettings` that lists every complaint by the setting's name, never its value.

    An empty value counts as not set.
    """
    try:
        return Settings.model_validate({name: value for name, value in environment.items() if value != ""})
    except ValidationError as error:
        complaints = "; ".join(f"{item['loc'][0]}: {item['msg']}" for item in error.errors(include_input=False))
        raise PermanentError(
            "invalidSettings", f"Settings cannot be used: {complaints}.", remedy="Correct them and restart the app."
        ) from None
