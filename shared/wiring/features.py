"""The features that the settings turn on; they decide which permissions of Graph the app's identity needs."""

from __future__ import annotations

from shared.adapters.graph.permissions import Feature
from shared.core.values.states import ProtectAdmins
from shared.settings import Settings


def features_of(settings: Settings) -> frozenset[Feature]:
    enabled = {
        Feature.PROTECTED_ACCOUNTS: settings.protect_admins is not ProtectAdmins.NONE,
        Feature.EMAIL: settings.uses_email_methods(),
        Feature.REGISTRATION: bool(settings.api_client_id),
        Feature.GROUPS: bool(settings.protected_group_id or settings.pilot_group_id),
    }
    return frozenset({Feature.CORE, *(feature for feature, on in enabled.items() if on)})
