"""What the caller of a call for one person can do about a refusal, where the table of codes has a remedy for HR.

The flow `single_call` puts it into the error, previews show it, and the table of errors in docs/api.md is made of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.core.call import CallAction, RemovePhone, SetEmail, SetPhone
from shared.core.values.codes_of_cells import CODES_OF_CELLS
from shared.core.values.errors import ExplainedError
from shared.core.values.said import as_said

_NEXT_STEPS = {
    "personNotFound": "Check the spelling; a new account may need some minutes to appear.",
    "personAmbiguous": "Use the object id of the person.",
    "protectedAccount": "Have an administrator change the account by hand.",
    "notInPilot": "Have an administrator add the person to the pilot group; then repeat the call.",
    "emailMethodsOff": "If e-mail methods are to be used, have an administrator switch them on.",
    "methodExists": "Change it with PATCH, or create or change it with PUT.",
    "methodNotFound": "Create it with POST, or create or change it with PUT.",
    "alternateNeedsMobile": "Set a mobile number first.",
    "smsSignInNeedsMobile": "Set a mobile number first.",
    "phoneNumberNotUnique": "Find out whose number it is. If it is the person's own, have an administrator remove it "
    "from the other account; then repeat the call.",
    "defaultMethod": "Have the person choose another default sign-in method; then repeat the call.",
    "disabledByPolicy": "Add the person to the SMS sign-in of the authentication methods policy; then repeat the call.",
    "changedSincePlan": "Read the person's methods; if the change is still wanted, make it with a new call.",
    "outcomeUnknown": "The app goes on, and the call's run shows the outcome. Or repeat the call after some minutes.",
    "graphRefused": "See the reason.",
    "phoneDeliveryEnded": "Have an administrator set up a telecom provider, or register another method.",
    "smsSignInEnded": "Have the person register a passkey.",
    "landlineNotMobile": "Set a mobile number, or set this one as the office number.",
    "lineTypeRefused": "Set another number.",
    "emailDomainSuspicious": "Ask the person, and correct the domain if it is mistyped; otherwise set another e-mail "
    "address.",
    "notAvailableInCloud": "",
}

_IN_A_REQUEST: dict[type[CallAction], str] = {
    SetPhone: "Write the number with + and country code, and nothing else.",
    SetEmail: "Correct the e-mail address.",
}
"""For refusals of a value in the request; their remedies in the table of codes are about the cells of a file."""


def next_step(action: CallAction | None, code: str) -> str | None:
    """What the caller can do after a refusal with this code; None = use the error's own remedy.

    `action` is None for a call that only reads.
    """
    if code == "alternateNeedsMobile" and isinstance(action, RemovePhone):
        return "Remove the alternate mobile number first; to keep that number, change the mobile number to it before."
    if action and code not in _NEXT_STEPS and code in CODES_OF_CELLS and CODES_OF_CELLS[code].in_cell:
        return _IN_A_REQUEST.get(type(action))
    return _NEXT_STEPS.get(code)


@contextmanager
def advised(action: CallAction | None) -> Iterator[None]:
    """Replaces the remedy of an error by what the caller can do about it."""
    try:
        yield
    except ExplainedError as error:
        step = next_step(action, error.code)
        error.remedy = error.remedy if step is None else as_said(step)
        raise
