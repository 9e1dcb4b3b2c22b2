"""The app's settings: typed, checked, and described.

`shared.read_settings` reads them from the environment. Every field's name in upper case is the setting's name;
docs/settings.md is generated from here.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator

from shared.core.export.directory_source import TRUSTED_BY_DEFAULT, DirectorySource
from shared.core.export.export_folders import ExportFolders
from shared.core.export.fields import Field as ColumnField
from shared.core.export.file_mapping import MOST_COLUMNS
from shared.core.export.options import RunOptions
from shared.core.export.role_names import role_named
from shared.core.numbers.numbering_plan import KNOWN_REGIONS
from shared.core.report.texts import Language
from shared.core.values.capabilities import OFFERED, Capabilities, CloudName
from shared.core.values.phone_delivery import PhoneDelivery
from shared.core.values.slot import PhoneType, Slot
from shared.core.values.states import LayoutRule, OnExisting, Policy, SmsSignIn
from shared.notify_settings import NotifySettings
from shared.safety_settings import SafetySettings
from shared.setting_groups import (
    CallerSettings,
    DeliverySettings,
    ProtectionSettings,
    Schedules,
    StorageNames,
    TelemetrySettings,
)
from shared.setting_types import (
    CallingCodes,
    Count,
    DatePattern,
    Folders,
    HeaderPairs,
    IndexKey,
    ObjectId,
    Positive,
    Seconds,
    SourcePairs,
    TrustedProperties,
)


class Settings(
    ProtectionSettings,
    SafetySettings,
    Schedules,
    CallerSettings,
    DeliverySettings,
    NotifySettings,
    TelemetrySettings,
    StorageNames,
):
    """Typed settings; the defaults are safe for a first use."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=str.upper)

    graph_cloud: CloudName = Field(
        "global", description="The cloud of the tenant: `global`, `usgov`, `usgov-dod` or `china`."
    )
    graph_base_url: str = Field(
        "", description="Base URL of Graph, such as http://127.0.0.1:8090/v1.0; empty = by cloud."
    )
    value_index_key: IndexKey = Field(
        "",
        description="Secret of 32 or more characters, from Key Vault, with which the index of values is keyed. In "
        "Azure, runs that write a value are held and such calls refused while it is not set; while Key Vault does not "
        "resolve the reference to it, every call is refused. After a change of the secret the app builds the index "
        "anew. On one machine it may be empty: the app then makes one and stores it in the account of the Functions "
        "host.",
        repr=False,
    )
    azure_client_id: ObjectId = Field("", description="Client id of a user-assigned identity; empty = system-assigned.")

    on_existing: OnExisting = Field(
        Policy.MERGE,
        description="What happens to a current value that is not desired; see [ownership.md](ownership.md).",
    )
    allow_removals: bool = Field(
        default=False,
        description="Whether the word `remove` in a cell removes the method, and whether runs of leavers and clean-ups "
        "may be made.",
    )
    sms_sign_in: SmsSignIn = Field(
        SmsSignIn.LEAVE,
        description="What the app does with SMS sign-in: nothing (`leave`), what the export's `column` says, or "
        "`enable` or `disable` it for every person of the export.",
    )
    default_region: str = Field("", description="Region, such as DE, of national numbers if no other is known.")
    allowed_calling_codes: CallingCodes = Field(
        (),
        description="Calling codes that numbers may have, separated by `;`, such as `1;49`; others are refused, in "
        "files and in calls. Empty = any; the doctor then proposes those of the accounts' usage locations.",
    )
    default_phone_type: PhoneType = Field(
        PhoneType.MOBILE, description="Phone type of a column whose header names none, such as `telephoneNumber`."
    )
    export_scope: Literal["partial", "full"] = Field(
        "partial", description="Whether exports outside full/ name everybody (`full`) or some people (`partial`)."
    )
    export_folders: Folders = Field(
        (),
        description="Further folders of exports, separated by `,`, such as `hr,payroll/monthly`. Each may also stand "
        "below preview/ and full/. Files in other folders are refused.",
    )
    move_exports: bool = Field(
        default=False,
        description="Whether the sweep moves exports to `DONE_CONTAINER` once their run is closed.",
    )
    export_date_pattern: DatePattern = Field(
        "",
        description="The date in the names of exports, in `%Y %y %m %d %H %M %S`, such as `%Y-%m-%d` for "
        "`staff_2026-11-30.xlsx`; empty = names have no date, and the date of the last save counts. A name with "
        "several dates holds the run; text beside the directives says which one counts, such as `to %Y-%m-%d`.",
    )
    column_map: HeaderPairs = Field(
        (),
        description="`header=field` pairs, separated by `;`, which decide what columns with these headers mean. Two "
        "columns of one file that it names for one field are in doubt. A person's decision about a column of an "
        "approved layout goes before it.",
    )
    layouts: LayoutRule = Field(
        LayoutRule.DOUBT,
        description="Which exports wait for approval of their columns: those with a column in `doubt`, or every new "
        "layout (`confirm`); `map` refuses files that use a column which `COLUMN_MAP` does not name.",
    )
    table_name: str = Field(
        "",
        description="Excel table to read; empty = the visible sheets of people, as [uploads.md]"
        "(uploads.md#workbooks-with-several-sheets) says.",
    )
    report_language: Language | None = Field(
        None,
        description="Language of the workbooks that come back: en, de, fr, es, it or nl; not set = the language of the "
        "export's headings, where it is one of these, else English.",
    )
    reconcile_mode: Literal["report", "repair"] = Field(
        "report", description="What reconcile does with drift: report it, or also repair it."
    )

    directory_source: SourcePairs = Field(
        (),
        description="`slot=property` pairs, separated by `;`, that fill slots from the directory, such as "
        "`mobile=onPremisesExtensionAttributes.extensionAttribute1`; empty = no slot is filled from the directory. "
        "Name a property that only HR's connector writes: a profile field such as `mobilePhone` is no proof of "
        "possession.",
    )
    directory_trusted: TrustedProperties = Field(
        TRUSTED_BY_DEFAULT,
        description="Properties, separated by `;`, of which a changed value may replace one in use without a person's "
        "decision. `mobilePhone`, `businessPhones` and `otherMails` are not among them, because in many tenants people "
        "edit them themselves.",
    )

    email_methods: bool | None = Field(
        None,
        description="Whether the app uses e-mail methods; not set = only if `COLUMN_MAP` or `DIRECTORY_SOURCE` names "
        "`email`. If it does not, no e-mail method is planned or written: a column of e-mail addresses is ignored, and "
        "the routes answer 403.",
    )

    leaver_days: Positive = Field(
        7,
        description="Days without an export or call that names the person, after which a disabled account counts as a "
        "leaver.",
    )
    forget_days: Positive = Field(30, description="Days after which a deleted account's ownership record is deleted.")

    plan_window: Positive = Field(1000, description="Maximum number of rows of one run that are planned at once.")
    apply_window: Positive = Field(500, description="Maximum number of rows of one run that are applied at once.")
    max_concurrency: Positive = Field(256, description="Maximum number of simultaneous Graph calls per process.")
    expected_workers: Positive = Field(4, description="Number of processes that are expected to share the rate limit.")
    look_up_retry_seconds: Seconds = Field(
        60, description="Seconds until people not found are looked up again, together."
    )
    resolve_seconds: Seconds = Field(30, description="Seconds for which a write in doubt is read back.")
    read_lag_seconds: Seconds = Field(
        120,
        description="Seconds after a write of this app for which a read that does not show it proves nothing; "
        "Microsoft documents no figure.",
    )
    max_failures: Positive = Field(
        5,
        description="Number of times that writing a row, or resolving a call in doubt, may fail; then the row ends.",
    )

    keep_exports_days: Positive = Field(
        30,
        description="Days from its upload or its move after which an export that was read is deleted, once its run is "
        "closed.",
    )
    keep_returns_days: Positive = Field(
        30, description="Days after which HR's result workbooks are deleted; until then they can be corrected."
    )
    keep_quarantine_days: Positive = Field(30, description="Days after which a refused export is deleted.")
    keep_results_days: Positive = Field(90, description="Days after which the result files of a run are deleted.")
    keep_changes_days: Positive = Field(
        30, description="Days after which the plan files of a run, and the values before and after, are deleted."
    )
    keep_rows_days: Positive = Field(
        90, description="Days from the last change of a closed run after which its rows are deleted."
    )
    keep_runs_days: Positive = Field(
        365, description="The same for the run itself; not less than `KEEP_ROWS_DAYS` and `KEEP_EXPORTS_DAYS`."
    )

    max_file_bytes: Positive = Field(50 * 2**20, description="Maximum size of an export in bytes.")
    max_unpacked_bytes: Positive = Field(500 * 2**20, description="Maximum size of an unpacked workbook in bytes.")
    max_ratio: Positive = Field(
        200, description="Maximum ratio of unpacked to packed size of a large part of a workbook."
    )
    max_rows: Positive = Field(200_000, description="Maximum number of rows of an export.")
    max_columns: Positive = Field(100, le=MOST_COLUMNS, description="Maximum number of columns of an export.")
    max_cell_characters: Positive = Field(1_000, description="Maximum number of characters in one cell.")
    result_full_rows: Count = Field(20_000, description="Rows up to which the result keeps formats and other sheets.")

    @field_validator("default_region")
    @classmethod
    def _is_known(cls, region: str) -> str:
        if region and region not in KNOWN_REGIONS:
            raise ValueError("should be a region in two capital letters, such as DE or US")
        return region

    @field_validator("keep_runs_days")
    @classmethod
    def _outlives_its_exports_and_rows(cls, days: int, others: ValidationInfo) -> int:
        for name in ("keep_exports_days", "keep_rows_days"):
            if days < others.data.get(name, 0):
                raise ValueError(f"should not be less than {name.upper()}")
        return days

    @model_validator(mode="after")
    def _agree_about_email(self) -> Self:
        if self.email_methods is False and (naming := self._naming_email()):
            raise ValueError(f"EMAIL_METHODS should not be false while {naming} names email")
        return self

    @model_validator(mode="after")
    def _are_offered_by_the_cloud(self) -> Self:
        lacking = {
            "EMAIL_METHODS": self.uses_email_methods() and not self.offered.email_methods,
            "SMS_SIGN_IN": self.sms_sign_in is not SmsSignIn.LEAVE and not self.offered.sms_sign_in,
        }
        for name in (name for name, is_lacking in lacking.items() if is_lacking):
            raise ValueError(f"{name} asks for what Graph does not offer in the cloud {self.graph_cloud}")
        return self

    @property
    def offered(self) -> Capabilities:
        """The features that Graph offers in the tenant's cloud."""
        return OFFERED[self.graph_cloud]

    def delivery(self) -> PhoneDelivery:
        """Only the public cloud has a date on which Microsoft's delivery ends."""
        ends = self.phone_retirement_date if self.graph_cloud == "global" else None
        return PhoneDelivery(self.phone_delivery, ends)

    def run_options(self) -> RunOptions:
        """The options of a run without options of its own."""
        return RunOptions(
            full=self.export_scope == "full",
            approval=self.approval,
            on_existing=self.on_existing,
            default_phone_type=self.default_phone_type,
        )

    def folders_of_exports(self) -> ExportFolders:
        return ExportFolders(self.export_folders)

    def uses_email_methods(self) -> bool:
        """`EMAIL_METHODS`; if it is not set, whether another setting names e-mail addresses."""
        return bool(self._naming_email()) if self.email_methods is None else self.email_methods

    def _naming_email(self) -> str:
        """The settings that name e-mail addresses; "" = none does."""
        roles = map(role_named, self.columns_by_header().values())
        slots = (slot for slot, _ in DirectorySource.parse(self.directory_source).pairs)
        named = {
            "COLUMN_MAP": any(role is not None and role.field is ColumnField.EMAIL for role in roles),
            "DIRECTORY_SOURCE": Slot.EMAIL in slots,
        }
        return " and ".join(setting for setting, names_email in named.items() if names_email)

    def columns_by_header(self) -> dict[str, str]:
        """`COLUMN_MAP` as header -> field."""
        pairs = (pair.partition("=") for pair in self.column_map)
        return {header.strip(): field.strip() for header, _, field in pairs}
