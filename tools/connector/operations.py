"""The connector's operations, and their texts for makers: one table, in the order of the file.

Names, enums and response fields of the first seven are those of the older connector for Graph's phoneMethods, so that
flows built with that one keep working; `swagger.py` takes everything else from the API's description.
"""

from __future__ import annotations

from shared.adapters.graph.method_ids import METHOD_IDS
from shared.core.values.slot import PhoneType, Slot
from tools.connector.operation import ConnectorField, Operation, Parameter, Visibility

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
    "phonemethodID",  # same name as above: OpenAPI 2.0 does not allow paths that differ only in the name of a parameter
    "path.typeOrId",
    "Phone Type",
    "The phone type of the number.",
    _IMPORTANT,
    required=True,
    choices=_PHONE_TYPES,
)
REPEATABILITY = Parameter(
    "Repeatability-Request-ID",
    "header.Repeatability-Request-ID",
    "Repeatability Request ID",
    "A new GUID for every call; a repeated call with the same GUID is done once.",
    _ADVANCED,
)
RUN = Parameter("run", "path.run", "Run ID", "The ID of the run.", _IMPORTANT, required=True)
PLAN_DIGEST = Parameter(
    "If-Match", "header.If-Match", "Plan Digest", "The digest of the plan, from Get run.", _IMPORTANT, required=True
)
FINGERPRINT = Parameter(
    "fingerprint", "path.fingerprint", "Fingerprint", "The fingerprint of the layout.", _IMPORTANT, required=True
)
NUMBER = ConnectorField(
    "phoneNumber",
    "Phone Number",
    "Such as +1 2025550123 or, for an office with an extension, +1 2025550123x123.",
)
TYPE = ConnectorField("phoneType", "Phone Type", "The phone type of the number; a type never changes.")

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        id="ListPhonemethods",
        api="ListPhoneMethods",
        summary="List phone methods",
        description="Returns the phone methods of a person, at most one of each type.",
        parameters=(USER,),
        visibility=_IMPORTANT,
    ),
    Operation(
        id="CreatePhoneauthenticationmethod",
        api="CreatePhoneMethod",
        summary="Create phone method",
        description="Adds a number of a type that the person does not have, and fails if there is one. "
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
        "allow it, and no other person may sign in with the number.",
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
                "Confirms that the person may no longer be able to sign in.",
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
        description="Returns one phone method of a person, and fails if there is none.",
        parameters=(USER, METHOD),
    ),
    Operation(
        id="DeletePhoneauthenticationmethod",
        api="DeletePhoneMethod",
        summary="Delete phone method",
        description="Removes a number, and succeeds if there is none. Remove an alternate mobile number before the "
        "mobile one. A default method can be removed only after the person has chosen another.",
        parameters=(USER, METHOD),
    ),
    Operation(
        id="UpdatePhoneauthenticationmethod",
        api="UpdatePhoneMethod",
        summary="Update phone method",
        description="Updates a number that the person has, and fails if there is none. To change a type, set the "
        "number under the other type and delete this one.",
        parameters=(USER, METHOD),
        body=(NUMBER, TYPE),
    ),
    Operation(
        id="SetPhoneMethod",
        api="SetPhoneMethod",
        summary="Set phone number",
        description="Creates the method or updates its number; an equal number is not changed.",
        parameters=(USER, PHONE_TYPE),
        body=(NUMBER,),
        visibility=_IMPORTANT,
    ),
    Operation(
        id="SetEmailMethod",
        api="SetEmailMethod",
        summary="Set e-mail address",
        description="Creates or updates the e-mail address with which a person resets a forgotten password. "
        "It is not the person's mailbox.",
        parameters=(USER,),
        body=(
            ConnectorField("emailAddress", "Email Address", "A private e-mail address, such as somebody@example.com."),
        ),
        fixed={"typeOrId": Slot.EMAIL},
        visibility=_IMPORTANT,
    ),
    Operation(
        id="StartRun",
        api="StartRun",
        summary="Start run",
        description="Uploads an Excel or CSV export and starts a run with it. The export is read afterwards; get the "
        "run to see its state.",
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
                "Whether the run only plans and changes nothing.",
                _IMPORTANT,
                default=False,
            ),
            Parameter(
                "check",
                "query.check",
                "Check Only",
                "Whether the run only plans, and waits for an hour to be started.",
                _ADVANCED,
                default=False,
            ),
            Parameter("scope", "query.scope", "Scope", "Whether the export names every person.", _ADVANCED),
            Parameter(
                "approval",
                "query.approval",
                "Approval",
                "When the run is held for an approval: always, never, or outside the safety limits.",
                _ADVANCED,
            ),
            Parameter(
                "onExisting",
                "query.onExisting",
                "On Existing",
                "What may happen to a current value that differs.",
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
                "The phone type of a single phone column.",
                _ADVANCED,
                choices=_PHONE_TYPES,
            ),
            REPEATABILITY,
        ),
        takes_file=True,
        visibility=_IMPORTANT,
    ),
    Operation(
        id="StartCheckedRun",
        api="StartCheckedRun",
        summary="Start checked run",
        description="Starts a run that was started with Check Only, by the person who checked it and within an hour.",
        parameters=(RUN,),
    ),
    Operation(
        id="OnRunHeldOrFinished",
        api="ListChangedRuns",
        summary="When a run is held or finished",
        description="Starts the flow for each run that waits for an approval, and for each that has ended with its "
        "result. Runs of reconcile, directory and readiness, and calls for one person, count only if Sources names "
        "them.",
        parameters=(
            Parameter(
                "since",
                "query.since",
                "Since",
                "The time of the last poll; the trigger fills it in.",
                Visibility.INTERNAL,
            ),
            Parameter("source", "query.source", "Sources", "Only runs from one of these sources.", _ADVANCED),
        ),
        polls="To see it work, start a run with a small export in preview/ and wait until it has ended.",
        visibility=_IMPORTANT,
    ),
    Operation(
        id="ListRuns",
        api="ListRuns",
        summary="List runs",
        description="Returns runs with their state and counts, the newest first, page by page.",
        parameters=(
            Parameter("state", "query.state", "States", "Only runs in one of these states.", _ADVANCED),
            Parameter("source", "query.source", "Sources", "Only runs from one of these sources.", _ADVANCED),
            Parameter("$top", "query.$top", "Page Size", "How many runs a page has.", _ADVANCED),
        ),
        next_link="@odata.nextLink",
    ),
    Operation(
        id="DownloadResult",
        api="DownloadResult",
        summary="Download result",
        description="Returns the workbook that goes back to HR: the export with the outcome beside every row, or why "
        "the file was refused. Switch on secure inputs and outputs.",
        parameters=(RUN,),
        visibility=_IMPORTANT,
    ),
    Operation(
        id="DownloadPlan",
        api="DownloadPlan",
        summary="Download plan",
        description="Returns the workbook for approvers, with old and new values. Switch on secure inputs and outputs, "
        "and never send it by mail.",
        parameters=(RUN,),
        visibility=_ADVANCED,
    ),
    Operation(
        id="GetRun",
        api="GetRun",
        summary="Get run",
        description="Returns the state of a run, its counts, and the digest of its plan.",
        parameters=(RUN,),
        visibility=_IMPORTANT,
    ),
    Operation(
        id="ListRunRows",
        api="ListRunRows",
        summary="List rows of run",
        description="Returns the rows of a run with outcome, reason and remedy, page by page.",
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
        description="Approves a held run; only the plan with this digest is applied.",
        parameters=(RUN, PLAN_DIGEST),
        visibility=_IMPORTANT,
    ),
    Operation(
        id="RejectRun",
        api="RejectRun",
        summary="Reject run",
        description="Rejects a held run; it ends, and nothing is written.",
        parameters=(RUN,),
        body=(
            ConnectorField("note", "Note", "Why the run is rejected, for those who read its message.", required=False),
        ),
    ),
    Operation(
        id="UndoRun",
        api="UndoRun",
        summary="Undo run",
        description="Starts a run that restores what this run or call changed. It is held until its plan is approved.",
        parameters=(
            RUN,
            Parameter("preview", "query.preview", "Preview", "The undo only plans.", _ADVANCED),
        ),
    ),
    Operation(
        id="ChooseRunColumns",
        api="ChooseRunColumns",
        summary="Choose columns of run",
        description="Chooses what columns of a held run mean, and which sheets are read; the new plan is held.",
        parameters=(RUN, PLAN_DIGEST),
        body=(
            ConnectorField(
                "columns",
                "Columns",
                'A role or "ignore" by column, such as {"C": "mobile", "D": "ignore"}; {} = as proposed.',
            ),
            ConnectorField(
                "sheets",
                "Sheets",
                "all = the sheets of people of one layout as one list, first = the first one alone.",
                required=False,
            ),
        ),
    ),
    Operation(
        id="AnswerRun",
        api="AnswerRun",
        summary="Answer questions of run",
        description="Decides about people of a held run of questions. The run is held until its new plan is approved.",
        parameters=(RUN, PLAN_DIGEST),
        body=(
            ConnectorField(
                "answers",
                "Answers",
                'An object with "replace" or "leave" by row number, such as {"17": "replace", "18": "leave"}.',
            ),
        ),
    ),
    Operation(
        id="ListLayouts",
        api="ListLayouts",
        summary="List layouts",
        description="Returns the layouts of exports that people have approved, the newest first.",
        parameters=(),
    ),
    Operation(
        id="GetLayout",
        api="GetLayout",
        summary="Get layout",
        description="Returns an approved layout with its columns.",
        parameters=(FINGERPRINT,),
    ),
    Operation(
        id="ForgetLayout",
        api="ForgetLayout",
        summary="Forget layout",
        description="Forgets an approved layout; the next export of this layout is held again if a column is in doubt.",
        parameters=(FINGERPRINT,),
    ),
    Operation(
        id="GetDrift",
        api="GetDrift",
        summary="Get drift",
        description="Returns what the newest reconcile found changed or removed since this app wrote it.",
        parameters=(),
    ),
    Operation(
        id="GetReadiness",
        api="GetReadiness",
        summary="Get readiness",
        description="Returns who depends on a phone, as the newest readiness run found it.",
        parameters=(),
    ),
)
