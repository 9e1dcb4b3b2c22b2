"""Converts a frozen dataclass to the properties of its table entity and back, field by field, with pydantic.

Text, numbers, booleans, times and enums are stored as they are, everything else as JSON; None is stored as "".
A field without a property gets its default, so that older entities can still be read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from enum import Enum
from types import NoneType
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter
from pydantic.alias_generators import to_camel

from shared.adapters.storage.ports import PropertyValue, Values

_AS_IT_IS = (str, int, float, bool)


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    column: str
    encode: Callable[[Any], PropertyValue]
    decode: Callable[[Any], Any]
    is_required: bool


class EntityCodec[T]:
    """`keys` are fields that the entity stores as keys, ETag or time; `texts` are fields with their own text form.

    A text form is neither empty nor asked for None.
    """

    def __init__(
        self,
        kind: type[T],
        keys: Collection[str],
        texts: Mapping[str, tuple[Callable[[Any], str], Callable[[str], Any]]] | None = None,
    ) -> None:
        hints = get_type_hints(kind)
        self._kind = kind
        self._fields = []
        for one in fields(kind):  # type: ignore[arg-type] # a dataclass, as its callers say
            if one.name not in keys:
                encode, decode = _functions(hints[one.name], (texts or {}).get(one.name))
                is_required = one.default is MISSING and one.default_factory is MISSING
                self._fields.append(_Field(one.name, to_camel(one.name), encode, decode, is_required))

    def to_values(self, item: T) -> dict[str, PropertyValue]:
        return {one.column: one.encode(getattr(item, one.name)) for one in self._fields}

    def encode(self, name: str, value: object) -> PropertyValue:
        """How the field `name` of an item is stored."""
        return next(one.encode for one in self._fields if one.name == name)(value)

    def from_values(self, values: Values, **keys: object) -> T:
        """Raises KeyError for a missing property without a default, ValueError for one that cannot be read."""
        found = {
            one.name: one.decode(values[one.column]) for one in self._fields if one.is_required or one.column in values
        }
        return self._kind(**found, **keys)


def _functions(
    hint: Any,  # noqa: ANN401 - any type
    text: tuple[Callable[[Any], str], Callable[[str], Any]] | None,
) -> tuple[Callable[[Any], PropertyValue], Callable[[Any], Any]]:
    if text is not None:
        return _or_none(*text)
    kinds = [kind for kind in (get_args(hint) or (hint,)) if kind is not NoneType]
    if hint in _AS_IT_IS:
        return _itself, kinds[0]
    if len(kinds) == 1 and isinstance(kinds[0], type) and issubclass(kinds[0], Enum):
        return _value, kinds[0]
    adapter, is_time = TypeAdapter[Any](hint), kinds == [datetime]

    def encode(value: Any) -> PropertyValue:  # noqa: ANN401 - any field's value
        if value is None:
            return ""
        plain = adapter.dump_python(value, mode="json")
        return str(plain) if is_time else json.dumps(plain, separators=(",", ":"), ensure_ascii=False)

    def decode(value: Any) -> Any:  # noqa: ANN401 - any property
        if value == "" and NoneType in get_args(hint):
            return None
        return adapter.validate_python(value) if is_time else adapter.validate_json(value)

    return encode, decode


def _or_none(
    to_text: Callable[[Any], str], from_text: Callable[[str], Any]
) -> tuple[Callable[[Any], PropertyValue], Callable[[Any], Any]]:
    def encode(value: Any) -> PropertyValue:  # noqa: ANN401 - any field's value
        return "" if value is None else to_text(value)

    def decode(text: str) -> Any:  # noqa: ANN401 - any field's value
        return from_text(text) if text else None

    return encode, decode


def _itself(value: PropertyValue) -> PropertyValue:
    return value


def _value(value: Enum) -> PropertyValue:
    return str(value.value)
