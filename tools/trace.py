"""Traces which files of `shared` run, which of them hold a given number, and how deep a Graph request is nested.

Used by `tools.paths`. Module and class bodies do not count, so imports leave no mark.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType

import httpx
from httpx_aiohttp import AiohttpTransport

SHARED = f"{Path(__file__).parents[1] / 'shared'}/"
_TOOL = sys.monitoring.PROFILER_ID
_FUNCTION = 0x1  # CO_OPTIMIZED: set for functions, not for module and class bodies
_DEEPEST, _LONGEST = 4, 100_000
_NOT_DIGITS = re.compile(r"\D")


@dataclass
class Trace:
    """`number` is looked for by its digits, in arguments, locals and return values; "" looks for none."""

    number: str = ""
    files: set[str] = field(default_factory=set)
    files_with_number: set[str] = field(default_factory=set)
    depths: dict[str, list[int]] = field(default_factory=dict)
    """Frames within `shared` at each Graph request, by HTTP method. A task that sends for others counts from itself."""

    def started(self, code: CodeType, _: int) -> object:
        if not code.co_filename.startswith(SHARED):
            return sys.monitoring.DISABLE
        if code.co_flags & _FUNCTION:
            self.files.add(_name(code))
            self._look(code, None)
        return None

    def returned(self, code: CodeType, _: int, value: object) -> object:
        if not code.co_filename.startswith(SHARED):
            return sys.monitoring.DISABLE
        if code.co_flags & _FUNCTION:
            self._look(code, value)
        return None

    def sent(self, method: str) -> None:
        depth, frame = 0, sys._getframe(1)  # noqa: SLF001 - the stack itself is what is measured
        current: FrameType | None = frame
        while current is not None:
            depth += current.f_code.co_filename.startswith(SHARED)
            current = current.f_back
        self.depths.setdefault(method, []).append(depth)

    def _look(self, code: CodeType, value: object) -> None:
        name = _name(code)
        if not self.number or name in self.files_with_number:
            return
        frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - the traced function's variables are there
        if frame is not None and any(_holds(one, self.number, 0) for one in (value, *frame.f_locals.values())):
            self.files_with_number.add(name)


@contextmanager
def traced(number: str = "") -> Iterator[Trace]:
    """Trace what runs until the block ends, on every thread."""
    trace, monitoring, send = Trace(number), sys.monitoring, AiohttpTransport.handle_async_request
    events = monitoring.events

    async def counted(self: AiohttpTransport, request: httpx.Request) -> httpx.Response:
        trace.sent(request.method)
        return await send(self, request)

    monitoring.use_tool_id(_TOOL, "paths")
    monitoring.register_callback(_TOOL, events.PY_START, trace.started)
    monitoring.register_callback(_TOOL, events.PY_RETURN, trace.returned)
    monitoring.set_events(_TOOL, events.PY_START | events.PY_RETURN)
    AiohttpTransport.handle_async_request = counted  # type: ignore[method-assign] # the last step before the socket
    try:
        yield trace
    finally:
        AiohttpTransport.handle_async_request = send  # type: ignore[method-assign] # as before
        monitoring.set_events(_TOOL, 0)
        monitoring.free_tool_id(_TOOL)


def _name(code: CodeType) -> str:
    return code.co_filename.removeprefix(SHARED)


def _holds(value: object, digits: str, depth: int) -> bool:
    """Whether the digits stand in a value, in the fields of our own values, or in a collection of such."""
    if isinstance(value, str | bytes):
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        return len(text) <= _LONGEST and digits in _NOT_DIGITS.sub("", text)
    return depth < _DEEPEST and any(_holds(part, digits, depth + 1) for part in _parts(value))


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    if isinstance(value, list | tuple | set | frozenset):
        return value
    if type(value).__module__.startswith("shared.core"):
        slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
        return (getattr(value, name, None) for name in [*slots, *getattr(value, "__dict__", ())])
    return ()
