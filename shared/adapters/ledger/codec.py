"""Converts a frozen dataclass to the properties of its table entity and back, field by field, with pydantic.

Text, numbers and booleans that cannot be None are stored as they are, enums by their value, times in ISO 8601, a field
with a text form of its own in that form, and everything else as JSON; None is stored as "". A field without a property
gets its default, so that older entities can still be read.

Sentences (`Said`, or a tuple of them) are stored in English, and beside them, in a column with `Said` after its name,
their templates and values, from which they can be written in other languages.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, datetime
from enum import Enum
from types import NoneType
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter
from pydantic.alias_generators import to_camel

from shared.core.values.errors import DamagedEntityError
from shared.core.values.said import Said, made_of, said_of
from shared.core.values.storage import PropertyValue, Values

_AS_IT_IS = (str, int, float, bool)
_BESIDE = "Said"
DAMAGE = (LookupError, ValueError, TypeError, AttributeError, RecursionError)
"""What reading a damaged property raises; RecursionError: JSON that is nested thousands deep."""
_LONGEST_BESIDE = 30_000
"""Characters, fewer than a property holds; longer sentences are stored in English only."""


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    column: str
    encode: Callable[[Any], PropertyValue]
    decode: Callable[[Any], Any]
    template: _Template | None
    default: Any
    """MISSING = the field has no default."""

    def values(self, value: Any) -> dict[str, PropertyValue]:  # noqa: ANN401 - any field's value
        """The field's property; of sentences also the property beside it."""
        beside = {} if self.template is None else {f"{self.column}{_BESIDE}": self.template.encode(value)}
        return {self.column: self.encode(value), **beside}

    def read(self, values: Values) -> Any:  # noqa: ANN401 - any field's value
        found = self.decode(values[self.column])
        beside = "" if self.template is None else values.get(f"{self.column}{_BESIDE}", "")
        return found if self.template is None else self.template.decode(found, json.loads(str(beside) or "null"))


@dataclass(frozen=True, slots=True)
class _Template:
    """How a sentence's template and values are stored beside its English text, and read again with it."""

    encode: Callable[[Any], str]
    decode: Callable[[Any, Any], Any]


class EntityCodec[T]:
    """`keys` are fields that `from_values` is given, such as key and ETag; `texts` are fields with their own text form.

    A text form is never empty, and is not used for None.
    """

    def __init__(
        self,
        kind: type[T],
        keys: Collection[str],
        texts: Mapping[str, tuple[Callable[[Any], str], Callable[[str], Any]]] | None = None,
    ) -> None:
        hints = get_type_hints(kind)
        self._kind = kind
        self._fields: list[_Field] = []
        self._defaults: dict[str, dict[str, PropertyValue]] = {}
        """The stored form of each field's default, by name, so that it is converted once."""
        for one in fields(kind):  # type: ignore[arg-type] # a dataclass, as its callers say
            if one.name not in keys:
                encode, decode = _functions(hints[one.name], (texts or {}).get(one.name))
                default = one.default if one.default_factory is MISSING else one.default_factory()
                template = _TEMPLATES.get(hints[one.name])
                field = _Field(one.name, to_camel(one.name), encode, decode, template, default)
                self._fields.append(field)
                if default is not MISSING:
                    self._defaults[one.name] = field.values(default)

    def to_values(self, item: T) -> dict[str, PropertyValue]:
        values: dict[str, PropertyValue] = {}
        for one in self._fields:
            value = getattr(item, one.name)
            values |= self._defaults[one.name] if value is one.default else one.values(value)
        return values

    def encode(self, name: str, value: object) -> dict[str, PropertyValue]:
        """The properties in which this value of the field `name` is stored."""
        return next(one for one in self._fields if one.name == name).values(value)

    def from_values(self, values: Values, **keys: object) -> T:
        """Raises DamagedEntityError for a property that cannot be read, or that is missing and has no default."""
        found: dict[str, Any] = {}
        column = ""
        try:
            for one in self._fields:
                if not self._is_default(one, values):
                    column = one.column
                    found[one.name] = one.read(values)
        except DAMAGE as error:
            raise DamagedEntityError(f"{column} ({type(error).__name__})") from None
        return self._kind(**found, **keys)

    def _is_default(self, one: _Field, values: Values) -> bool:
        if one.name not in self._defaults:
            return False
        default = self._defaults[one.name][one.column]
        return values.get(one.column, default) == default


def damage_at(place: str, error: Exception) -> DamagedEntityError:
    """The error for something of `DAMAGE` that was raised while the entity at `place` was read.

    Raise it without a cause, because the cause's text may quote the value.
    """
    detail = f", {error}" if isinstance(error, DamagedEntityError) else f" ({type(error).__name__})"
    return DamagedEntityError(f"{place}{detail}")


def _functions(
    hint: Any,  # noqa: ANN401 - any type
    text: tuple[Callable[[Any], str], Callable[[str], Any]] | None,
) -> tuple[Callable[[Any], PropertyValue], Callable[[Any], Any]]:
    if text is not None:
        return _or_none(*text)
    hint = _STORED_AS.get(hint, hint)
    kinds = [kind for kind in (get_args(hint) or (hint,)) if kind is not NoneType]
    if hint in _AS_IT_IS:
        return _itself, kinds[0]
    if len(kinds) == 1 and isinstance(kinds[0], type) and issubclass(kinds[0], Enum):
        return _value, kinds[0]
    adapter, is_time, is_optional = TypeAdapter[Any](hint), kinds == [datetime], NoneType in get_args(hint)

    def encode(value: Any) -> PropertyValue:  # noqa: ANN401 - any field's value
        if value is None:
            return ""
        plain = adapter.dump_python(value, mode="json")
        return str(plain) if is_time else json.dumps(plain, separators=(",", ":"), ensure_ascii=False)

    def decode(value: Any) -> Any:  # noqa: ANN401 - any property
        if value == "" and is_optional:
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


def _as_json(template: Any) -> str:  # noqa: ANN401 - any JSON
    text = json.dumps(template, separators=(",", ":"), ensure_ascii=False)
    return text if len(text) <= _LONGEST_BESIDE else ""


def _template_of_one(said: Said) -> str:
    template = made_of(said)
    return _as_json(template) if template else ""


def _templates_of_all(all_said: tuple[Said, ...]) -> str:
    templates = [made_of(said) for said in all_said]
    return _as_json(templates) if any(templates) else ""


def _all_said(texts: tuple[str, ...], templates: list[Any] | None) -> tuple[Said, ...]:
    return tuple(said_of(text, one) for text, one in zip(texts, templates or [None] * len(texts), strict=True))


_TEMPLATES: Mapping[Any, _Template] = {
    Said: _Template(_template_of_one, said_of),
    tuple[Said, ...]: _Template(_templates_of_all, _all_said),
}
_STORED_AS: Mapping[Any, Any] = {Said: str, tuple[Said, ...]: tuple[str, ...]}


def time_from(value: object) -> datetime:
    """The time that a property holds as ISO 8601, in UTC."""
    return datetime.fromisoformat(str(value)).astimezone(UTC)
