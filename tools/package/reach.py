"""Which modules the app can ever import, and which it imports at its start.

The rule: whatever a reached file imports is reached, also inside functions. The Graph SDK needs one rule more. Its
generated request builders import each other inside the property that leads from one to the next, all 15,000 of them;
such an import is reached only when the app's own code uses an attribute of that name.
"""

from __future__ import annotations

import ast
import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.package.imports import (
    SourceFile,
    attributes_used,
    loads_by_computed_name,
    may_load_by_name,
    names_at_start,
    names_imported,
)

START = "function_app"
GENERATED = "msgraph.generated."


@dataclass(frozen=True, slots=True)
class Reach:
    """Modules by their dotted names. `by_name` are those that import others by a name that is computed at run time."""

    ever: frozenset[str]
    at_start: frozenset[str]
    by_name: frozenset[str]


def reach(app: Mapping[str, Path], installed: Mapping[str, Path]) -> Reach:
    """`app` and `installed` are the files of the app's modules and of those in the installed packages, by name."""
    with _without_collection():
        return _reach(app, _Sources({**installed, **app}))


def _reach(app: Mapping[str, Path], sources: _Sources) -> Reach:
    used = {name for module in app for name in attributes_used(sources.read(module).tree)}

    def may_import(source: SourceFile) -> Iterable[str]:
        if source.module.startswith(GENERATED):
            return names_imported(source, lambda function: function in used)
        return names_imported(source, lambda _: True)

    ever = _closure(app, sources, may_import)
    return Reach(
        ever=ever,
        at_start=_closure([START], sources, names_at_start),
        by_name=frozenset(
            name
            for name in ever
            if sources.is_source(name)
            and may_load_by_name(sources.files[name].read_bytes())
            and loads_by_computed_name(sources.read(name).tree)
        ),
    )


def module_name(path: Path) -> str:
    """The dotted name of a source file or native module at a path below the folder of imports; "" for other files."""
    if path.suffix not in {".py", ".so"}:
        return ""
    parts = (*path.parts[:-1], path.name.partition(".")[0])
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _closure(start: Iterable[str], sources: _Sources, imports: Callable[[SourceFile], Iterable[str]]) -> frozenset[str]:
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        module = waiting.pop()
        if module in found or module not in sources.files:
            continue
        found.add(module)
        waiting += _parents(module)
        if sources.is_source(module):
            waiting += imports(sources.read(module))
    return frozenset(found)


class _Sources:
    """Reads the files of modules; a file is parsed once."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self.files = files
        self._read: dict[str, SourceFile] = {}

    def read(self, module: str) -> SourceFile:
        if module not in self._read:
            path = self.files[module]
            self._read[module] = SourceFile(module, path.name == "__init__.py", ast.parse(path.read_bytes()))
        return self._read[module]

    def is_source(self, module: str) -> bool:
        return self.files[module].suffix == ".py"


@contextmanager
def _without_collection() -> Iterator[None]:
    """Run without garbage collection, which would take a third of the time and find nothing among the syntax trees."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _parents(module: str) -> Iterator[str]:
    while "." in module:
        module = module.rpartition(".")[0]
        yield module
