"""What whoever uploads an export may choose for its run: more than a file, because a caller is known.

Called by the HTTP API. `file_options` says what a file may choose; here whatever is looser than the settings is named,
so that only a caller who may approve runs gets it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from shared.core.export.file_options import STRICTNESS
from shared.core.run.run import RunOptions
from shared.core.values.phone import PhoneType
from shared.core.values.states import Approval, Policy


@dataclass(frozen=True, slots=True)
class UploadChoices:
    """None or "" = what the settings say."""

    preview: bool = False
    full: bool | None = None
    approval: Approval | None = None
    on_existing: Policy | None = None
    default_region: str = ""
    default_phone_type: PhoneType | None = None


def loosened(base: RunOptions, choices: UploadChoices) -> tuple[str, ...]:
    """The names of the options that would be looser than `base`; anything but `always` may let a run pass by itself."""
    found = []
    if choices.approval not in (None, Approval.ALWAYS, base.approval):
        found.append("approval")
    if choices.on_existing and STRICTNESS.index(choices.on_existing) < STRICTNESS.index(base.on_existing):
        found.append("onExisting")
    return tuple(found)


def with_choices(base: RunOptions, choices: UploadChoices) -> RunOptions:
    return replace(
        base,
        preview=base.preview or choices.preview,
        full=base.full if choices.full is None else choices.full,
        approval=choices.approval or base.approval,
        on_existing=choices.on_existing or base.on_existing,
        default_region=choices.default_region or base.default_region,
        default_phone_type=choices.default_phone_type or base.default_phone_type,
    )
