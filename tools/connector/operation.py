"""What an operation of the connector consists of; the table of operations is in `operations.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Visibility(StrEnum):
    """Where a maker sees an operation or a field: first, under "advanced", or never; without one, after the first."""

    IMPORTANT = "important"
    ADVANCED = "advanced"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Parameter:
    """`source` is the API's parameter, such as `path.id`, `query.name` or `header.If-Match`.

    `choices` are the values offered, with their labels.
    """

    name: str
    source: str
    title: str
    description: str
    visibility: Visibility | None = None
    required: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    default: str | bool | None = None


@dataclass(frozen=True, slots=True)
class ConnectorField:
    """A property of a JSON body; the connector may require what the API does not."""

    name: str
    title: str
    description: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class Operation:
    """`api` is the API's operation id. `fixed` are parameters of its path that the connector does not ask for."""

    id: str
    api: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    body: tuple[ConnectorField, ...] = ()
    takes_file: bool = False
    polls: str = ""
    """The hint of a trigger, which calls the operation again and again; "" = it is an action."""
    fixed: Mapping[str, str] = field(default_factory=dict)
    visibility: Visibility | None = None
    next_link: str = ""
    """The property of the answer that names the next page; "" = there are no pages."""
