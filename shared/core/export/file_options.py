"""What a file may choose for its run by its place and its blob metadata: scope, region and type freely, else only
what is stricter than the settings.

Called by split. Whatever would loosen, and whatever cannot be read, is refused by name and holds the run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from shared.core.numbers.numbering_plan import is_known_region
from shared.core.run.run import RunOptions
from shared.core.values.phone import PhoneType
from shared.core.values.states import Approval, Policy

PREVIEW_PREFIX, FULL_PREFIX = "preview/", "full/"

STRICTNESS = (Policy.OVERWRITE, Policy.MERGE, Policy.OWNED, Policy.KEEP)
"""Policies from the loosest to the strictest."""


@dataclass(frozen=True, slots=True)
class FileOptions:
    """`concerns` are sentences, each of which holds the run."""

    options: RunOptions
    concerns: tuple[str, ...] = ()


def file_options(base: RunOptions, name: str, metadata: Mapping[str, str]) -> FileOptions:
    """The settings' options, tightened by the file; metadata keys count in any case, unknown ones are ignored
    because tools leave marks of their own."""
    options = replace(
        base,
        preview=base.preview or name.startswith(PREVIEW_PREFIX),
        full=base.full or name.startswith(FULL_PREFIX),
    )
    concerns: list[str] = []
    for key, value in metadata.items():
        choose = _CHOICES.get(key.lower())
        if choose is None:
            continue
        chosen = choose(options, value.strip())
        if chosen is None:
            concerns.append(f"the file's metadata `{key}` asks for what only the settings or an approver may loosen")
        else:
            options = chosen
    return FileOptions(options, tuple(concerns))


def _preview(options: RunOptions, value: str) -> RunOptions | None:
    if value.lower() == "true":
        return replace(options, preview=True)
    return options if value.lower() == "false" and not options.preview else None


def _scope(options: RunOptions, value: str) -> RunOptions | None:
    scopes = {"full": True, "partial": False}
    return replace(options, full=scopes[value.lower()]) if value.lower() in scopes else None


def _approval(options: RunOptions, value: str) -> RunOptions | None:
    if value.lower() == Approval.ALWAYS:
        return replace(options, approval=Approval.ALWAYS)
    return options if value.lower() == options.approval else None


def _on_existing(options: RunOptions, value: str) -> RunOptions | None:
    wanted = next((policy for policy in STRICTNESS if policy == value.lower()), None)
    if wanted is None or STRICTNESS.index(wanted) < STRICTNESS.index(options.on_existing):
        return None
    return replace(options, on_existing=wanted)


def _default_region(options: RunOptions, value: str) -> RunOptions | None:
    return replace(options, default_region=value.upper()) if is_known_region(value.upper()) else None


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
