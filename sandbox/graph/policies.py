"""The handler of `/policies/authenticationMethodsPolicy`: which methods the tenant's people may use.

Called through the route table; SMS and voice calls are switches, everything else is off. Source: the
authenticationMethodsPolicy, smsAuthenticationMethodConfiguration and voiceAuthenticationMethodConfiguration references.
"""

from __future__ import annotations

from typing import Any

from sandbox.graph.call import Call, Reply
from sandbox.graph.state import Tenant

_ALL_USERS = {"targetType": "group", "id": "all_users", "isRegistrationRequired": False}


def get_methods_policy(tenant: Tenant, call: Call) -> Reply:
    return Reply(
        200,
        {
            "@odata.context": f"{call.caller.root}/v1.0/$metadata#authenticationMethodsPolicy",
            "id": "authenticationMethodsPolicy",
            "displayName": "Authentication Methods Policy",
            "authenticationMethodConfigurations": [
                _configuration("Sms", tenant.options.sms_policy, {**_ALL_USERS, "isUsableForSignIn": False}),
                _configuration("Voice", tenant.options.voice_policy, _ALL_USERS, isOfficePhoneAllowed=False),
            ],
        },
    )


def _configuration(name: str, state: str, target: dict[str, Any], **more: object) -> dict[str, Any]:
    kind = f"#microsoft.graph.{name.lower()}AuthenticationMethodConfiguration"
    return {"@odata.type": kind, "id": name, "state": state, "includeTargets": [target], **more}
