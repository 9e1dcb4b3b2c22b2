"""Reads the settings from the environment, also by their former names, and reports their faults."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from shared.core.values.errors import PermanentError
from shared.setting_groups import Schedules
from shared.settings import Settings

FORMER_NAMES = {
    "SETTLE_SECONDS": "RESOLVE_SECONDS",
    "LOOK_UP_AGAIN_SECONDS": "LOOK_UP_RETRY_SECONDS",
    "MAX_ATTEMPTS": "MAX_FAILURES",
    "MAX_REJECTED_SHARE": "MAX_REFUSED_SHARE",
}
"""The names that settings had in version 0.1.0. The app still reads them."""

READ_BY_HOST = (
    *("EXPORTS_CONTAINER", "PLAN_QUEUE", "APPLY_QUEUE", "STEPS_QUEUE"),
    *(name.upper() for name in Schedules.model_fields),
)
"""The names in the triggers. The Functions host reads them from the app settings, so no default of the app counts."""


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Raises PermanentError `invalidSettings`: it names settings and their faults, never a secret.

    An empty value counts as not set. A setting may have its former name.
    """
    given = {name: value for name, value in environment.items() if value != ""}
    former = {FORMER_NAMES[name]: value for name, value in given.items() if name in FORMER_NAMES}
    faults = [
        f"{name}: should not differ from its former name {old}; remove {old}"
        for old, name in FORMER_NAMES.items()
        if name in given and name in former and given[name] != former[name]
    ]
    try:
        settings = Settings.model_validate(former | given)
    except ValidationError as error:
        faults += [": ".join((*map(str, item["loc"]), item["msg"])) for item in error.errors(include_input=False)]
    else:
        if not faults:
            return settings
    raise PermanentError(
        "invalidSettings",
        f"Settings cannot be used: {'; '.join(faults)}.",
        remedy="Correct them and restart the app.",
    )
