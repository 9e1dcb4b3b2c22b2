"""Traces which files of `shared` run, which of them hold a given number, and how deep a Graph request is nested.

Of the app it knows only the name of the package. A file counts when a line of one of its functions ran. Bodies of
modules and classes do not count, nor do methods that dataclasses generate.
"""

from __future__ import annotations

import asyncio
import inspect
import re
import sys
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any
from weakref import WeakKeyDictionary

import aiohttp

PACKAGE = "shared"
DEEPEST = 4
"""The depth of nested containers and objects to which a number is searched for in a variable."""

_ROOT = f"{Path(__file__).parents[1]}/"
_INSIDE = f"{_ROOT}{PACKAGE}/"
_TOOL = sys.monitoring.PROFILER_ID
_EVENTS = sys.monitoring.events
_LONGEST = 1_000_000
_MOST_PARTS = 200
"""Larger collections are not searched: they are tables of the app, such as the words of headings."""
_MOST_LOOKS = 300
"""At how many lines of one call its variables are searched; they are searched at its end too. Limits of 2,000 lines or
of 3,000 parts find the same files."""
_NOT_DIGITS = re.compile(r"\D")
_NOT_DIGITS_IN_BYTES = re.compile(rb"\D")


@dataclass
class Trace:
    """`number` is looked for by its digits, in arguments, local variables and returned values; "" looks for none."""

    number: str = ""
    files: set[str] = field(default_factory=set)
    files_with_number: set[str] = field(default_factory=set)
    reads: list[int] = field(default_factory=list)
    """Frames within the package at each Graph request that reads, among them batches, which hold reads only."""
    writes: list[int] = field(default_factory=list)
    writes_as_one_stack: list[int] = field(default_factory=list)
    """The same for requests that write, with the frames that led to the request's task and to all tasks before it."""

    _looks: dict[FrameType, int] = field(default_factory=dict)
    _before: WeakKeyDictionary[asyncio.Task[Any], int] = field(default_factory=WeakKeyDictionary)
    """For each task, the frames that led to it."""

    def line(self, code: CodeType, _line: int) -> object:
        """A line is about to run."""
        if not _is_function_inside(code):
            return sys.monitoring.DISABLE
        self.files.add(_file(code))
        frame = sys._getframe(1)  # noqa: SLF001 - the variables of the traced function are there
        self._looks[frame] = self._looks.get(frame, 0) + 1
        if self._looks[frame] <= _MOST_LOOKS:
            self._look_into(code, frame)
        return None

    def returned(self, code: CodeType, _offset: int, value: object) -> object:
        """A function returns or yields."""
        if not _is_function_inside(code):
            return sys.monitoring.DISABLE
        frame = sys._getframe(1)  # noqa: SLF001 - as above
        self._looks.pop(frame, None)
        self._look_into(code, frame, value)
        return None

    def sent(self, method: str, url: str) -> None:
        """A request is passed to the HTTP library."""
        if method == "GET" or url.endswith("/$batch"):
            self.reads.append(sum(_frames_inside()))
        else:
            self.writes.append(sum(_frames_inside()))
            self.writes_as_one_stack.append(self._frames())

    def task(
        self,
        loop: asyncio.AbstractEventLoop,
        work: Coroutine[Any, Any, Any],
        **options: Any,  # noqa: ANN401 - asyncio's
    ) -> asyncio.Task[Any]:
        """Make a task, and remember what led to it."""
        made = asyncio.Task(work, loop=loop, **options)
        self._before[made] = self._frames()
        return made

    def _frames(self) -> int:
        task = asyncio.current_task()
        return sum(_frames_inside()) + (self._before.get(task, 0) if task else 0)

    def _look_into(self, code: CodeType, frame: FrameType, value: object = None) -> None:
        if self.number and _file(code) not in self.files_with_number:
            seen = (value, *frame.f_locals.values())
            if any(holds(one, self.number) for one in seen):
                self.files_with_number.add(_file(code))


@contextmanager
def traced(number: str = "") -> Iterator[Trace]:
    """Trace what runs until the block ends, on every thread."""
    trace, request = Trace(number), aiohttp.ClientSession.request

    def counted(self: aiohttp.ClientSession, method: str, url: str, **options: Any) -> Any:  # noqa: ANN401 - aiohttp's
        trace.sent(method, str(url))
        return request(self, method, url, **options)

    callbacks: dict[int, Callable[..., object]] = {
        _EVENTS.LINE: trace.line,
        _EVENTS.PY_RETURN: trace.returned,
        _EVENTS.PY_YIELD: trace.returned,
    }
    loop = asyncio.get_running_loop()
    sys.monitoring.use_tool_id(_TOOL, "paths")
    try:
        loop.set_task_factory(trace.task)
        for event, callback in callbacks.items():
            sys.monitoring.register_callback(_TOOL, event, callback)
        sys.monitoring.set_events(_TOOL, sum(callbacks))
        # Also in locations that an earlier trace has disabled.
        sys.monitoring.restart_events()
        aiohttp.ClientSession.request = counted  # type: ignore[method-assign,assignment] # only Graph: storage is in memory
        yield trace
    finally:
        loop.set_task_factory(None)
        aiohttp.ClientSession.request = request  # type: ignore[method-assign] # as it was
        sys.monitoring.set_events(_TOOL, _EVENTS.NO_EVENTS)
        sys.monitoring.free_tool_id(_TOOL)


def forget_caches() -> None:
    """Empty every `functools.cache` of the package's modules, as in a new process."""
    modules = [module for name, module in sys.modules.items() if name.partition(".")[0] == PACKAGE]
    for value in [value for module in modules for value in vars(module).values()]:
        if getattr(value, "__module__", "").partition(".")[0] == PACKAGE and hasattr(value, "cache_clear"):
            value.cache_clear()


def holds(value: object, digits: str, deepest: int = DEEPEST) -> bool:
    """Whether these digits occur in a value, in an attribute of an object of the package, or in a collection of them.

    Punctuation between digits does not count. Objects of other packages and collections of more than _MOST_PARTS are
    not searched.
    """
    if isinstance(value, str):
        return len(value) <= _LONGEST and digits in _NOT_DIGITS.sub("", value)
    if isinstance(value, bytes):
        return len(value) <= _LONGEST and digits.encode() in _NOT_DIGITS_IN_BYTES.sub(b"", value)
    if isinstance(value, int):
        return digits in str(value)
    return deepest > 0 and any(holds(part, digits, deepest - 1) for part in _parts(value))


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, Mapping | list | tuple | set | frozenset) and len(value) > _MOST_PARTS:
        return ()
    if isinstance(value, Mapping):
        return (part for pair in value.items() for part in pair)
    if isinstance(value, list | tuple | set | frozenset):
        return value
    return (getattr(value, name, None) for name in _fields(value))


def _fields(value: object) -> Iterable[str]:
    """The attributes of an object whose class is in the package; others are not searched."""
    kind = type(value)
    if not kind.__module__.startswith(f"{PACKAGE}."):
        return ()
    slots = (name for base in kind.__mro__ for name in getattr(base, "__slots__", ()))
    return (*slots, *getattr(value, "__dict__", ()))


def _frames_inside() -> Iterator[bool]:
    """For each frame of the running stack, whether it is in the package.

    While a coroutine runs, its awaiting callers are on the stack. A task has its own stack, so the depth of its
    requests counts from the start of the task.
    """
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the stack is what is measured
    while frame is not None:
        yield frame.f_code.co_filename.startswith(_INSIDE)
        frame = frame.f_back


def _is_function_inside(code: CodeType) -> bool:
    return code.co_filename.startswith(_INSIDE) and bool(code.co_flags & inspect.CO_OPTIMIZED)


def _file(code: CodeType) -> str:
    return code.co_filename.removeprefix(_ROOT)
