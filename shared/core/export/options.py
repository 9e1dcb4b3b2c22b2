"""The options of one run: preview, check, scope, approval, policy, default region and default phone type.

A file may choose the default region and type, and make preview, scope, approval and policy stricter than the settings.
An uploader who may approve runs may also loosen scope, approval and policy; then a second person has to approve the
run. An option of a file that may not be chosen, or cannot be read, holds the run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from shared.core.export.export_folders import FULL, PREVIEW, is_named_like_preview, marker_of
from shared.core.numbers.numbering_plan import KNOWN_REGIONS
from shared.core.values.said import Said
from shared.core.values.slot import PhoneType
from shared.core.values.states import Approval, OnExisting, Policy


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options that a file or caller may choose for one run; all others come from the settings."""

    preview: bool = False
    check: bool = False
    """The preview is a check of the file before a start: it ends as `checked`, and expires."""
    full: bool = False
    approval: Approval = Approval.LIMITS
    on_existing: Policy = Policy.MERGE
    default_region: str = ""
    default_phone_type: PhoneType = PhoneType.MOBILE


STRICTNESS = (Policy.OVERWRITE, Policy.MERGE, Policy.OWNED, Policy.KEEP)
"""Policies from the loosest to the strictest."""


@dataclass(frozen=True, slots=True)
class FileOptions:
    """`concerns` are sentences that hold the run."""

    options: RunOptions
    concerns: tuple[Said, ...] = ()


def file_options(base: RunOptions, name: str, metadata: Mapping[str, str]) -> FileOptions:
    """The options of the settings, as the file's name and metadata change them.

    The case of metadata keys does not matter. Unknown keys are ignored, because tools add metadata of their own, unless
    they are nearly the name of an option.
    """
    options = replace(
        base,
        preview=base.preview or marker_of(name) == PREVIEW,
        full=base.full or marker_of(name) == FULL,
    )
    concerns: list[Said] = []
    if is_named_like_preview(name):
        concerns.append(Said("the file is called a preview, but only the folder preview/ makes it one"))
    for key, value in metadata.items():
        choose = _CHOICES.get(key.lower())
        if choose is None:
            concerns += _nearly_an_option(key)
            continue
        chosen = choose(options, value.strip())
        if chosen is None:
            not_allowed = Said(
                "the file's metadata `{key}` has a value that is unknown, or that a file may not choose", key=key
            )
            concerns.append(not_allowed)
        else:
            options = chosen
    return FileOptions(options, tuple(concerns))


def _nearly_an_option(key: str) -> list[Said]:
    letters = "".join(filter(str.isalpha, key.lower()))
    near = get_close_matches(letters, _CHOICES, n=1, cutoff=0.8)
    return [
        Said("the file's metadata `{key}` is nearly `{option}`, which is an option", key=key, option=option)
        for option in near
    ]


def _preview(options: RunOptions, value: str) -> RunOptions | None:
    if value.lower() == "true":
        return replace(options, preview=True)
    return options if value.lower() == "false" and not options.preview else None


def _scope(options: RunOptions, value: str) -> RunOptions | None:
    """A full export is compared with the one before, so a file may not make a full one partial."""
    if value.lower() == "full":
        return replace(options, full=True)
    return options if value.lower() == "partial" and not options.full else None


def _approval(options: RunOptions, value: str) -> RunOptions | None:
    if value.lower() == Approval.ALWAYS:
        return replace(options, approval=Approval.ALWAYS)
    return options if value.lower() == options.approval else None


def _on_existing(options: RunOptions, value: str) -> RunOptions | None:
    chosen = next((policy for policy in STRICTNESS if policy == value.lower()), None)
    if chosen is None or STRICTNESS.index(chosen) < STRICTNESS.index(options.on_existing):
        return None
    return replace(options, on_existing=chosen)


def _default_region(options: RunOptions, value: str) -> RunOptions | None:
    return replace(options, default_region=value.upper()) if value.upper() in KNOWN_REGIONS else None


def _default_phone_type(options: RunOptions, value: str) -> RunOptions | None:
    found = next((phone_type for phone_type in PhoneType if phone_type.lower() == value.lower()), None)
    return replace(options, default_phone_type=found) if found else None


_CHOICES: dict[str, Callable[[RunOptions, str], RunOptions | None]] = {
    "preview": _preview,
    "scope": _scope,
    "approval": _approval,
    "onexisting": _on_existing,
    "defaultregion": _default_region,
    "defaultphonetype": _default_phone_type,
}


@dataclass(frozen=True, slots=True)
class UploadChoices:
    """None, "" and False = as the settings; but `full` False = not full."""

    preview: bool = False
    check: bool = False
    full: bool | None = None
    approval: Approval | None = None
    on_existing: OnExisting | None = None
    default_region: str = ""
    default_phone_type: PhoneType | None = None


def loosened(base: RunOptions, choices: UploadChoices) -> tuple[str, ...]:
    """The names of the options looser than in `base`. A changed approval counts as looser, unless it is `always`."""
    found = []
    if choices.approval not in (None, Approval.ALWAYS, base.approval):
        found.append("approval")
    if base.full and choices.full is False:
        found.append("scope")
    if choices.on_existing and STRICTNESS.index(choices.on_existing) < STRICTNESS.index(base.on_existing):
        found.append("onExisting")
    return tuple(found)


def loosening_concern(names: str) -> Said:
    """The sentence that holds a run whose upload has loosened these options."""
    return Said("the upload loosens {options}, which a second person has to approve", options=names)


def with_choices(base: RunOptions, choices: UploadChoices) -> RunOptions:
    return replace(
        base,
        preview=base.preview or choices.preview or choices.check,
        check=choices.check,
        full=base.full if choices.full is None else choices.full,
        approval=choices.approval or base.approval,
        on_existing=choices.on_existing or base.on_existing,
        default_region=choices.default_region or base.default_region,
        default_phone_type=choices.default_phone_type or base.default_phone_type,
    )
