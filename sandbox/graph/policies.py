"""The handler of `/policies/authenticationMethodsPolicy`: which methods the tenant's people may use.

Called through the route table; SMS and voice calls, and the telecom providers of both, are switches, everything else
is off. Source: the references of authenticationMethodsPolicy, smsAuthenticationMethodConfiguration,
voiceAuthenticationMethodConfiguration and telecomProviderSettings.
"""

from __future__ import annotations

from typing import Any

from sandbox.graph.call import Call, Reply
from sandbox.graph.options import TelecomProvider
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
                _configuration(
                    "Sms",
                    tenant.options.sms_policy,
                    {**_ALL_USERS, "isUsableForSignIn": False},
                    **_provider(tenant.options.sms_provider),
                ),
                _configuration(
                    "Voice",
                    tenant.options.voice_policy,
                    _ALL_USERS,
                    isOfficePhoneAllowed=False,
                    **_provider(tenant.options.voice_provider),
                ),
            ],
        },
    )


def _configuration(name: str, state: str, target: dict[str, Any], **more: object) -> dict[str, Any]:
    kind = f"#microsoft.graph.{name.lower()}AuthenticationMethodConfiguration"
    return {"@odata.type": kind, "id": name, **more, "state": state, "includeTargets": [target]}


def _provider(provider: TelecomProvider | None) -> dict[str, object]:
    """The property of a configuration, absent without a provider: Graph's published metadata does not have it."""
    if provider is None:
        return {}
    settings = {
        "url": "https://telephony.example/api/route",
        "appId": "5a7d5b0c-0000-4000-8000-0000000000aa",
        "isEvaluationModeEnabled": provider.evaluation,
        "migrationPercentage": provider.percentage,
    }
    return {"telecomProviderSettings": settings}
