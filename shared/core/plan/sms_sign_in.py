"""SMS sign-in of the mobile: what is to happen to it, given Graph's `smsSignInState` and what becomes of the number.

Called by the planner. Creating or changing a mobile makes Graph register it for SMS sign-in whenever the person is in
that policy's scope, and nothing can suppress it (Graph reference, phoneAuthenticationMethod create and update). So
after a write `on` needs no call of its own, and `off` needs one even where a policy that we cannot see would spare it.

| mobile  | smsSignInState       | on                         | off                   |
|---------|----------------------|----------------------------|-----------------------|
| stays   | ready                | unchanged                  | remove                |
| stays   | notEnabled           | update                     | unchanged             |
| stays   | notConfigured        | update                     | unchanged             |
| stays   | phoneNumberNotUnique | update                     | unchanged             |
| stays   | notAllowedByPolicy   | kept disabledByPolicy      | unchanged             |
| stays   | none                 | kept smsSignInUnknown      | kept smsSignInUnknown |
| updated | ready                | unchanged                  | remove                |
| updated | notEnabled           | unchanged                  | remove                |
| updated | notConfigured        | unchanged                  | remove                |
| updated | phoneNumberNotUnique | unchanged                  | remove                |
| updated | notAllowedByPolicy   | kept disabledByPolicy      | unchanged             |
| updated | none                 | unchanged                  | remove                |
| created | none                 | unchanged                  | remove                |
| absent  | any                  | kept smsSignInNeedsMobile  | unchanged             |
"""

from __future__ import annotations

from enum import StrEnum

from shared.core.plan.ownership import Action, Verdict

READY = "ready"
OUT_OF_SCOPE = "notAllowedByPolicy"
NOT_UNIQUE = "phoneNumberNotUnique"
OFF_STATES = frozenset({OUT_OF_SCOPE, "notEnabled", "notConfigured", NOT_UNIQUE})
"""The known states in which nobody can sign in with the mobile; whatever is neither this nor ready is unknown."""


class Mobile(StrEnum):
    """What a plan makes of the mobile slot."""

    STAYS = "stays"
    UPDATED = "updated"
    CREATED = "created"
    ABSENT = "absent"
    """There is none when the plan is done."""


def sms_sign_in_verdict(mobile: Mobile, state: str | None, *, wanted: bool) -> Verdict:
    """Decide by the table above; `state` is None when Graph did not say or said something unknown."""
    if mobile is Mobile.ABSENT:
        return Verdict(Action.KEPT, "smsSignInNeedsMobile") if wanted else Verdict(Action.UNCHANGED)
    if state == OUT_OF_SCOPE:
        return Verdict(Action.KEPT, "disabledByPolicy") if wanted else Verdict(Action.UNCHANGED)
    if mobile is not Mobile.STAYS:
        return Verdict(Action.UNCHANGED) if wanted else Verdict(Action.REMOVE)
    if state != READY and state not in OFF_STATES:
        return Verdict(Action.KEPT, "smsSignInUnknown")
    if (state == READY) is wanted:
        return Verdict(Action.UNCHANGED)
    return Verdict(Action.UPDATE) if wanted else Verdict(Action.REMOVE)
