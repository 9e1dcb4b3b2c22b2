"""Makes the whole suite a search for leaks: made-up numbers, private addresses and sign-in names may not get out.

Loaded by tests/conftest.py. It listens to every log record and to every explained error, with whatever they drag
along, and reads the log files that a test's processes left behind. A test that leaked fails, by kind and place.
"""

from __future__ import annotations

import logging
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType

import pytest

from shared.core.values.errors import ExplainedError
from trials.made_up import made_up

_TOOL = 4
"""A tool id of sys.monitoring that is kept for nobody."""
_BETWEEN = "\n| | |\n"
"""Wider than what may stand between two digits of one number."""
_PLAYS_MICROSOFT = "graph.log"
"""The log of the stand-in for Graph, of which nothing is ours."""


class Watch(logging.Handler):
    """Keeps what was logged or raised since the last look: texts by logger or kind of error."""

    def __init__(self) -> None:
        super().__init__()
        self._finder = made_up()
        self._told: defaultdict[str, set[str]] = defaultdict(set)

    def emit(self, record: logging.LogRecord) -> None:
        self._told[f"the log of {record.name}"].add(f"{self.format(record)} {record.args!r}")

    def raised(self, _code: CodeType, _offset: int, error: BaseException) -> None:
        """What a host would log of an error that leaves the app: its text and that of all it is chained to."""
        if isinstance(error, ExplainedError):
            self._told[f"a {type(error).__name__}"].update(_texts(error))

    def read(self, folder: Path) -> None:
        for log in folder.rglob("*.log"):
            if log.name != _PLAYS_MICROSOFT:
                self._told[log.name].add(log.read_text(encoding="utf-8", errors="replace"))

    def what_is_left(self) -> None:
        """Fail if something leaked, by kind and by its logger or error; begin anew."""
        told, self._told = self._told, defaultdict(set)
        found = {source: self._finder.found(_BETWEEN.join(texts)) for source, texts in told.items()}
        leaks = [f"{kind} in {source}" for source, kinds in sorted(found.items()) for kind in sorted(kinds)]
        if leaks:
            pytest.fail(f"This leaked: {'; '.join(leaks)}.", pytrace=False)


def _texts(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        yield f"{error} {error.args!r}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


@contextmanager
def _watching() -> Iterator[Watch]:
    """From INFO on, and the SDKs from WARNING on, as the app logs in Azure."""
    watch, root, monitoring = Watch(), logging.getLogger(), sys.monitoring
    level = root.level
    root.addHandler(watch)
    root.setLevel(logging.INFO)
    logging.getLogger("azure").setLevel(logging.WARNING)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # the tests' own clients log addresses; the app's does not
    monitoring.use_tool_id(_TOOL, "watch")
    monitoring.register_callback(_TOOL, monitoring.events.RAISE, watch.raised)
    monitoring.set_events(_TOOL, monitoring.events.RAISE)
    try:
        yield watch
    finally:
        monitoring.set_events(_TOOL, monitoring.events.NO_EVENTS)
        monitoring.free_tool_id(_TOOL)
        root.setLevel(level)
        root.removeHandler(watch)


@pytest.fixture(scope="session", autouse=True)
def watch() -> Iterator[Watch]:
    with _watching() as watching:
        yield watching
        watching.what_is_left()  # what ended with the last test


@pytest.fixture(autouse=True)
def nothing_leaks(watch: Watch, request: pytest.FixtureRequest) -> Iterator[None]:
    """The first to be set up and the last to end, so that it hears the other fixtures too."""
    yield
    folder = request.node.funcargs.get("tmp_path")
    if folder is not None:
        watch.read(folder)
    watch.what_is_left()
