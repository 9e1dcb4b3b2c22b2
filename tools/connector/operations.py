"""What the connector offers and how it tells makers of it: the one table of its operations, in the order of the file.

Names, enums and response fields of the first seven are those of the older connector for Graph's phoneMethods, so that
flows built with that one go on; `swagger.py` takes everything else from the API's description.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shared.adapters.graph.method_ids import METHOD_IDS
from shared.core.values.slot import PhoneType, Slot


class Visibility(StrEnum):
    """Where a maker sees something: first, under "advanced", or never; without one, after what is important."""

    IMPORTANT = "important"
    ADVANCED = "advanced"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Parameter:
    """`source` is the API's parameter, `place.name`; `choices` are the values offered, with what a maker reads."""

    name: str
    source: str
    title: str
    description: str
    visibility: Visibility | None = None
    required: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    default: str | bool | None = None


@dataclass(frozen=True, slots=True)
class ConnectorField:
    """A property of a JSON body; the connector may require what the API does not."""

    name: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    """`api` is the API's operation id. `fixed` are parameters of its path that the connector does not ask for."""

    id: str
    api: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    body: tuple[ConnectorField, ...] = ()
    takes_file: bool = False
    fixed: Mapping[str, str] = field(default_factory=dict)
    visibility: Visibility | None = None
    next_link: str = ""
    """The property of the answer that names the next page; "" = there are no pages."""


_IMPORTANT, _ADVANCED = Visibility.IMPORTANT, Visibility.ADVANCED
_PHONE_TYPES: dict[str, str] = {
    PhoneType.MOBILE.value: "Mobile",
    PhoneType.ALTERNATE_MOBILE.value: "Alternate mobile",
    PhoneType.OFFICE.value: "Office",
}
_METHODS = {METHOD_IDS[PhoneType(name)]: shown for name, shown in reversed(_PHONE_TYPES.items())}
_MOBILE = {"typeOrId": METHOD_IDS[PhoneType.MOBILE]}

USER = Parameter(
    "userID",
    "path.id",
    "User ID or UPN",
    "Object ID (recommended) or user principal name of the person.",
    _IMPORTANT,
    required=True,
)
METHOD = Parameter(
    "phonemethodID",
    "path.typeOrId",
    "Phone Method",
    "The phone method; its ID is the same for every person.",
    required=True,
    choices=_METHODS,
)
PHONE_TYPE = Parameter(
    "phonemethodID",  # as above, because OpenAPI 2.0 knows no two paths that differ in a name only
    "path.typeOrId",
    "Phone Type",
    "Which of the three numbers of the person.",
    _IMPORTANT,
    required=True,
    choices=_PHONE_TYPES,
)
REPEATABILITY = Parameter(
    "Repeatability-Request-ID",
    "header.Repeatability-Request-ID",
    "Repeatability Request ID",
    "A GUID made anew for every call; a call that comes twice with the same one is done once.",
    _ADVANCED,
)
RUN = Parameter("run", "path.run", "Run ID", "The ID of the run.", _IMPORTANT, required=True)
NUMBER = ConnectorField(
    "phoneNumber",
    "Phone Number",
    "Such as +1 2025550123 or, for an office with an extension, +1 2025550123x123.",
)
TYPE = ConnectorField(
    "phoneType", "Phone Type", "Which of the three numbers of the person it is; a type never changes."
)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        id="ListPhonemethods",
        api="ListPhoneMethods",
        summary="List phone methods",
        description="Tells the phone methods of a person, at most one of each type.",
        parameters=(USER,),
        visibility=_IMPORTANT,
    ),
    Operation(
        id="CreatePhoneauthenticationmethod",
        api="CreatePhoneMethod",
        summary="Create phone method",
        description="Adds a number of a type that the person does not have yet, and fails where there is one. "
        "An alternate mobile number needs a mobile number.",
        parameters=(USER, REPEATABILITY),
        body=(NUMBER, TYPE),
        visibility=_IMPORTANT,
    ),
    Operation(
        id="EnableSmsSignin",
        api="EnableSmsSignIn",
        summary="Enable SMS sign-in",
        description="Lets the person sign in with the mobile number alone. The authentication methods policy must "
        "allow it, and nobody else may sign in with the number.",
        parameters=(USER,),
        fixed=_MOBILE,
    ),
    Operation(
        id="DisableSmsSignin",
        api="DisableSmsSignIn",
        summary="Disable SMS sign-in",
        description="Keeps the mobile number for multifactor authentication only. The person may no longer be able to "
        "sign in.",
        parameters=(
            USER,
            Parameter(
                "confirm",
                "query.confirm",
                "Confirmation",
                "Whoever uses this operation has read what it does.",
                Visibility.INTERNAL,
                required=True,
                default=True,
            ),
        ),
        fixed=_MOBILE,
    ),
    Operation(
        id="GetPhonemethod",
        api="GetPhoneMethod",
        summary="Get phone method",
        description="Tells one phone method of a person, and fails where there is none.",
        parameters=(USER, METHOD),
    ),
    Operation(
        id="DeletePhoneauthenticationmethod",
        api="DeletePhoneMethod",
        summary="Delete phone method",
        description="Takes a number away; it is no failure when there is none. An alternate mobile number goes before "
        "the mobile one, and the person's default method goes only when they have chosen another.",
        parameters=(USER, METHOD),
    ),
    Operation(
        id="UpdatePhoneauthenticationmethod",
        api="UpdatePhoneMethod",
        summary="Update phone method",
        description="Changes a number that the person has, and fails where there is none. To change a type, set the "
        "number under the other type and delete this one.",
        parameters=(USER, METHOD),
        body=(NUMBER, TYPE),
    ),
    Operation(
        id="SetPhoneMethod",
        api="SetPhoneMethod",
        summary="Set phone number",
        description="Creates the method or changes its number, whichever is needed; an equal number is left as it is.",
        parameters=(USER, PHONE_TYPE),
        body=(NUMBER,),
        visibility=_IMPORTANT,
    ),
    Operation(
        id="SetEmailMethod",
        api="SetEmailMethod",
        summary="Set e-mail address",
        description="Creates or changes the e-mail address with which a person resets a forgotten password. "
        "It is not the person's mailbox.",
        parameters=(USER,),
        body=(ConnectorField("emailAddress", "Email Address", "A private address, such as somebody@example.com."),),
        fixed={"typeOrId": Slot.EMAIL},
        visibility=_IMPORTANT,
    ),
    Operation(
        id="StartRun",
        api="StartRun",
        summary="Start run",
        description="Uploads an Excel or CSV export and starts a run with it. The export is read afterwards: get the "
        "run to see what became of it.",
        parameters=(
            Parameter(
                "name",
                "query.name",
                "File Name",
                "Name of the export with its extension, such as staff.xlsx.",
                _IMPORTANT,
                required=True,
            ),
            Parameter(
                "preview",
                "query.preview",
                "Preview Only",
                "Whether the run only plans; nothing is changed then.",
                _IMPORTANT,
                default=False,
            ),
            Parameter("scope", "query.scope", "Scope", "Whether the export names everybody.", _ADVANCED),
            Parameter(
                "approval",
                "query.approval",
                "Approval",
                "Whether the run waits for a person: always, never, or outside the limits.",
                _ADVANCED,
            ),
            Parameter(
                "onExisting",
                "query.onExisting",
                "On Existing",
                "What may happen to a number that is already there.",
                _ADVANCED,
            ),
            Parameter(
                "defaultRegion",
                "query.defaultRegion",
                "Default Region",
                "Region of national numbers as two letters, such as DE.",
                _ADVANCED,
            ),
            Parameter(
                "defaultPhoneType",
                "query.defaultPhoneType",
                "Default Phone Type",
                "What a single phone column means.",
                _ADVANCED,
                choices=_PHONE_TYPES,
            ),
            REPEATABILITY,
        ),
        takes_file=True,
        visibility=_IMPORTANT,
    ),
    Operation(
        id="GetRun",
        api="GetRun",
        summary="Get run",
        description="Tells the state of a run, its counts, and the digest of the plan that waits for approval.",
        parameters=(RUN,),
        visibility=_IMPORTANT,
    ),
    Operation(
        id="ListRunRows",
        api="ListRunRows",
        summary="List rows of run",
        description="Tells the rows of a run with outcome, reason and remedy, page by page.",
        parameters=(
            RUN,
            Parameter("state", "query.state", "States", "Only rows in one of these states.", _ADVANCED),
            Parameter(
                "outcomeCode", "query.outcomeCode", "Outcome Codes", "Only rows with one of these codes.", _ADVANCED
            ),
            Parameter("$top", "query.$top", "Page Size", "How many rows a page has.", _ADVANCED),
        ),
        next_link="@odata.nextLink",
    ),
    Operation(
        id="ApproveRun",
        api="ApproveRun",
        summary="Approve run",
        description="Lets a held run go on with exactly the plan that was looked at.",
        parameters=(
            RUN,
            Parameter(
                "If-Match",
                "header.If-Match",
                "Plan Digest",
                "The digest of the plan that was looked at, from Get run.",
                _IMPORTANT,
                required=True,
            ),
        ),
        visibility=_IMPORTANT,
    ),
    Operation(
        id="RejectRun",
        api="RejectRun",
        summary="Reject run",
        description="Ends a held run; nothing of it is written.",
        parameters=(RUN,),
    ),
    Operation(
        id="GetDrift",
        api="GetDrift",
        summary="Get drift",
        description="Tells what the last reconcile found changed or removed since this app wrote it.",
        parameters=(),
    ),
)
