"""The types of settings: how each kind of value is read from text, and what the app reports when it cannot be read."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from shared.core.export.directory_source import TRUSTABLE, DirectorySource
from shared.core.export.export_folders import faults
from shared.core.export.fields import PARTS
from shared.core.export.fields import Field as ColumnField
from shared.core.export.name_date import pattern_fault
from shared.core.export.role_names import role_named
from shared.core.numbers.numbering_plan import KNOWN_CALLING_CODES
from shared.core.run.approvers import SecondPerson
from shared.core.values.ncrontab import Schedule
from shared.core.values.states import ProtectAdmins


def _none_by_name(value: object) -> object:
    return None if value == "none" else value


OptionalDate = Annotated[date | None, BeforeValidator(_none_by_name)]
"""A day such as 2027-02-01, or the word none."""

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0)]


def _matching(pattern: str, words: str) -> AfterValidator:
    compiled = re.compile(pattern)

    def check(name: str) -> str:
        if not compiled.fullmatch(name):
            raise ValueError(f"should be {words}")
        return name

    return AfterValidator(check)


_HYPHENATED = "[a-z0-9]+(-[a-z0-9]+)*"
_WORDS = "lower-case letters and digits, with single hyphens"
_LONGEST_QUEUE = 63 - len("-poison")
"""The host appends `-poison` to name the poison queue."""

ContainerName = Annotated[str, _matching(rf"(?=.{{3,63}}$){_HYPHENATED}", f"3 to 63 {_WORDS}")]
QueueName = Annotated[str, _matching(rf"(?=.{{3,{_LONGEST_QUEUE}}}$){_HYPHENATED}", f"3 to {_LONGEST_QUEUE} {_WORDS}")]
TableName = Annotated[str, _matching("[A-Za-z][A-Za-z0-9]{2,62}", "a letter and 2 to 62 more letters and digits")]
"""Sources: "Naming and referencing containers", "Naming queues", "Understanding the Table service data model"."""


IndexKey = Annotated[
    str,
    _matching(
        r"(?!@Microsoft\.KeyVault\().{32,}|", "at least 32 characters, and a secret that Key Vault gives to the app"
    ),
]
"""App Service leaves a reference in place that it cannot resolve, and a reference is no secret."""


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(";") if part.strip()) if isinstance(value, str) else value


def _split_codes(value: object) -> object:
    parts = _split(value)
    return tuple(part.removeprefix("+") for part in parts) if isinstance(parts, tuple) else parts


def _are_calling_codes(codes: tuple[int, ...]) -> tuple[int, ...]:
    if not set(codes) <= KNOWN_CALLING_CODES:
        raise ValueError("should be calling codes, such as 1 or 49")
    return codes


def _name_known_fields(pairs: tuple[str, ...]) -> tuple[str, ...]:
    for pair in pairs:
        try:
            role_named(pair.partition("=")[2])
        except ValueError:
            known = ", ".join(sorted(field.value for field in ColumnField))
            parts = ", ".join(sorted(field.value for field in PARTS))
            raise ValueError(
                f"should be header=field pairs; a field is one of {known}; {parts} may follow a phone and a dot"
            ) from None
    return pairs


def _name_known_properties(pairs: tuple[str, ...]) -> tuple[str, ...]:
    DirectorySource.parse(pairs)
    return pairs


def _split_list(value: object) -> object:
    """The parts of a text between commas or semicolons."""
    if not isinstance(value, str):
        return value
    return tuple(part.strip() for part in re.split("[,;]", value) if part.strip())


def _split_folders(value: object) -> object:
    parts = _split_list(value)
    return tuple(part.strip("/") for part in parts) if isinstance(parts, tuple) else parts


def _are_folders(folders: tuple[str, ...]) -> tuple[str, ...]:
    for fault in (fault for folder in folders for fault in faults(folder)):
        raise ValueError(fault)
    return folders


def _is_schedule(expression: str) -> str:
    if expression:
        Schedule.parse(expression)
    return expression


def _is_date_pattern(pattern: str) -> str:
    if pattern and (fault := pattern_fault(pattern)):
        raise ValueError(fault)
    return pattern


_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_USER_PRINCIPAL_NAME = re.compile(r"[a-z0-9'._!#^~-]+@[a-z0-9-]+(\.[a-z0-9-]+)+")
"""The characters that Microsoft Entra ID allows in a user principal name."""


def _is_uuid(text: str) -> bool:
    return _UUID.fullmatch(text) is not None and text.strip("0-") != ""


def _is_id(text: str) -> str:
    folded = text.strip().lower()
    if folded and not _is_uuid(folded):
        raise ValueError("should be an id of 32 hexadecimal digits in five groups with hyphens, without braces")
    return folded


def _are_ids(items: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(_is_id, items))


def _are_accounts(items: tuple[str, ...]) -> tuple[str, ...]:
    folded = tuple(item.lower() for item in items)
    for position, item in enumerate(folded, start=1):
        if not _is_uuid(item) and not _USER_PRINCIPAL_NAME.fullmatch(item):
            raise ValueError(
                f"entry {position} should be an object id or a user principal name; entries are separated by `;`"
            )
    return folded


def _are_trustable(items: tuple[str, ...]) -> tuple[str, ...]:
    if not TRUSTABLE.issuperset(items):
        raise ValueError(f"should be properties of {', '.join(sorted(TRUSTABLE, key=lambda item: (len(item), item)))}")
    return items


def _was_switch(on: StrEnum, off: StrEnum) -> BeforeValidator:
    """A choice that was a bool in version 0.1.0: a text that pydantic takes for true means `on`, for false `off`."""
    former = dict.fromkeys(("true", "1", "yes", "on", "y", "t"), on)
    former |= dict.fromkeys(("false", "0", "no", "off", "n", "f"), off)

    def now(value: object) -> object:
        folded = str(value).strip().lower()
        return former.get(folded, folded)

    return BeforeValidator(now)


Items = Annotated[tuple[str, ...], BeforeValidator(_split)]
ObjectId = Annotated[str, AfterValidator(_is_id)]
"""An id in lower case; "" = none."""
ObjectIds = Annotated[Items, AfterValidator(_are_ids)]
AccountNames = Annotated[Items, AfterValidator(_are_accounts)]
"""Object ids and user principal names, in lower case."""
TrustedProperties = Annotated[Items, AfterValidator(_are_trustable)]
WhichAdmins = Annotated[ProtectAdmins, _was_switch(ProtectAdmins.ALL, ProtectAdmins.NONE)]
SecondPersonRule = Annotated[SecondPerson, _was_switch(SecondPerson.HELD, SecondPerson.FALSE)]
HeaderPairs = Annotated[Items, AfterValidator(_name_known_fields)]
TenantIds = Annotated[tuple[str, ...], BeforeValidator(_split_list), AfterValidator(_are_ids)]
Folders = Annotated[tuple[str, ...], BeforeValidator(_split_folders), AfterValidator(_are_folders)]
Ncrontab = Annotated[str, AfterValidator(_is_schedule)]
DatePattern = Annotated[str, AfterValidator(_is_date_pattern)]
SourcePairs = Annotated[Items, AfterValidator(_name_known_properties)]
CallingCodes = Annotated[tuple[int, ...], BeforeValidator(_split_codes), AfterValidator(_are_calling_codes)]
