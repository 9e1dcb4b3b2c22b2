"""Routes of HTTP functions: ASP.NET templates to patterns, most specific first.

Called by `web`; calls nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.functions_host.config import ConfigurationError
from sandbox.functions_host.runtime import Function

_CONSTRAINTS = {
    "int": r"-?\d+",
    "long": r"-?\d+",
    "decimal": r"-?\d+(\.\d+)?",
    "double": r"-?\d+(\.\d+)?",
    "bool": r"true|false",
    "guid": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "alpha": r"[a-z]*",
}
_LENGTHS = {"length": "{{{0}}}", "minlength": "{{{0},}}", "maxlength": "{{0,{0}}}"}
_CONSTRAINT = r":(\w+)(?:\((.+?)\))?(?=:|$)"
_PARAMETER = re.compile(r"\{(?P<all>\*{0,2})(?P<name>\w+)(?P<constraints>(?::\w+(?:\(.+?\))?)*)(?P<optional>\??)\}")


@dataclass(frozen=True, slots=True)
class HttpRoute:
    """`methods` empty = every method."""

    function: Function
    pattern: re.Pattern[str]
    methods: frozenset[str]
    level: str
    precedence: tuple[int, ...]

    def match(self, method: str, path: str) -> Mapping[str, str] | None:
        """The route's parameters, or None when path or method are another route's."""
        found = self.pattern.fullmatch(path)
        if found is None or (self.methods and method not in self.methods):
            return None
        return {name: value for name, value in found.groupdict().items() if value}


def parse_routes(functions: list[Function], prefix: str) -> list[HttpRoute]:
    """The routes of HTTP functions in the order they are tried; raises ConfigurationError."""
    routes = [_parse(function, prefix) for function in functions]
    return sorted(routes, key=lambda route: route.precedence)


def _parse(function: Function, prefix: str) -> HttpRoute:
    trigger = function.trigger
    template = "/".join(part for part in (prefix, trigger.get("route") or function.name) if part)
    pattern, precedence = "", []
    for segment in template.strip("/").split("/"):
        text, rank = _segment(segment, function.name)
        pattern += text
        precedence.append(rank)
    return HttpRoute(
        function=function,
        pattern=re.compile(pattern, re.IGNORECASE),
        methods=frozenset(str(method).upper() for method in trigger.get("methods") or ()),
        level=str(trigger.get("authLevel") or "FUNCTION").upper(),
        precedence=tuple(precedence),
    )


def _segment(segment: str, function_name: str) -> tuple[str, int]:
    """One segment as a pattern with its leading slash, and its rank: literal, constrained, free, catch-all."""
    if "{" not in segment:
        return "/" + re.escape(segment), 0
    parameter = _PARAMETER.fullmatch(segment)
    if parameter is None:
        raise ConfigurationError(f"This host cannot read the route segment {segment!r} of {function_name}.")
    name = parameter["name"]
    if parameter["all"]:
        return f"(?:/(?P<{name}>.*))?", 3
    conditions = [
        _condition(kind, argument, function_name)
        for kind, argument in re.findall(_CONSTRAINT, parameter["constraints"])
    ]
    value = "".join(f"(?=(?:{condition})(?:/|$))" for condition in conditions) + f"(?P<{name}>[^/]+)"
    return (f"(?:/{value})?" if parameter["optional"] else f"/{value}"), 1 if conditions else 2


def _condition(kind: str, argument: str, function_name: str) -> str:
    if kind in _CONSTRAINTS:
        return _CONSTRAINTS[kind]
    if kind == "regex":
        return argument.removeprefix("^").removesuffix("$").replace("{{", "{").replace("}}", "}")
    if kind in _LENGTHS:
        return "[^/]" + _LENGTHS[kind].format(argument)
    raise ConfigurationError(f"This host does not know the route constraint {kind!r} of {function_name}.")
