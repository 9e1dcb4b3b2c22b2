"""The verdict for SMS sign-in of the mobile. It depends on Graph's `smsSignInState` and on the plan for the number.

When a mobile is created or changed, Graph always registers it for SMS sign-in if the policy of SMS sign-in includes the
person (Graph reference, phoneAuthenticationMethod create and update). So after a write, `on` needs no operation of its
own. `off` needs one, unless the present state shows that the policy does not include the person. A state that this app
does not know is `none` in the table.

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

from shared.core.person.account import OUT_OF_SCOPE, signs_in_by_sms
from shared.core.plan.verdict import Action, Verdict


class Mobile(StrEnum):
    """What a plan does with the mobile slot."""

    STAYS = "stays"
    UPDATED = "updated"
    CREATED = "created"
    ABSENT = "absent"
    """The person has no mobile once the plan is done."""


def sms_sign_in_verdict(mobile: Mobile, state: str | None, *, desired: bool) -> Verdict:
    """The verdict of the table above; `state` is None when Graph gave none."""
    if mobile is Mobile.ABSENT:
        return Verdict(Action.KEPT, "smsSignInNeedsMobile") if desired else Verdict(Action.UNCHANGED)
    if state == OUT_OF_SCOPE:
        return Verdict(Action.KEPT, "disabledByPolicy") if desired else Verdict(Action.UNCHANGED)
    if mobile is not Mobile.STAYS:
        return Verdict(Action.UNCHANGED) if desired else Verdict(Action.REMOVE)
    if signs_in_by_sms(state) is None:
        return Verdict(Action.KEPT, "smsSignInUnknown")
    if signs_in_by_sms(state) is desired:
        return Verdict(Action.UNCHANGED)
    return Verdict(Action.UPDATE) if desired else Verdict(Action.REMOVE)
