"""Turns JSON into the stand-in's values; every error has an explanation.

Called for people, groups, faults and options.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import TypeAdapter

STRICT = {"extra": "forbid"}
"""The `__pydantic_config__` of a dataclass that refuses unknown fields."""

_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}
"""By type; creating a decoder takes a millisecond, and a seed has thousands of people."""


def decode[T](kind: type[T], data: object) -> T:
    """A dataclass from its JSON object; raises ValueError naming each field that is unknown, missing or wrong."""
    from pydantic import TypeAdapter, ValidationError

    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    try:
        value: T = _ADAPTERS[kind].validate_python(data)
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, fault['loc'])) or 'it'}: {fault['msg']}" for fault in error.errors())
        raise ValueError(f"this is no {kind.__name__}: {'; '.join(faults)}") from None
    return value
