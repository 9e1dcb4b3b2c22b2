"""What one Python file imports, read from its syntax tree without running it.

Imports inside functions count, imports for type checkers alone do not. A text that looks like a module's name counts
too, because packages load parts of themselves by name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_MODULE_NAME = re.compile(r"\.{0,2}[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*", re.IGNORECASE)

_LOADERS = ("import_module", "__import__")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """`module` is the dotted name; `is_package` says that the file is an `__init__.py`."""

    module: str
    is_package: bool
    tree: ast.Module

    @property
    def package(self) -> str:
        return self.module if self.is_package else self.module.rpartition(".")[0]


def names_imported(source: SourceFile, runs: Callable[[str], bool]) -> Iterator[str]:
    """Every dotted name that the file may import; some are names of classes or plain words, not of modules.

    `runs` tells by a function's name whether its body counts.
    """
    for node in _nodes(source.tree, runs):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(names=names):
                origin = _origin(source, node)
                yield origin
                yield from (f"{origin}.{alias.name}" for alias in names)
            case ast.Constant(value=str(text)) if _MODULE_NAME.fullmatch(text):
                yield text if not text.startswith(".") else source.package + "." + text.lstrip(".")
            case _:
                pass


def names_at_start(source: SourceFile) -> Iterator[str]:
    """The names that are imported as soon as the file is."""
    return names_imported(source, lambda _: False)


def may_load_by_name(text: bytes) -> bool:
    """Whether a file names a loader at all; few files do, so that few trees are searched for the call."""
    return any(loader.encode() in text for loader in _LOADERS)


def loads_by_computed_name(tree: ast.Module) -> bool:
    """Whether a module's name is computed at run time, so that its imports cannot be read from the text."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any(_called(call) in _LOADERS and not _is_text(call) for call in calls)


def attributes_used(tree: ast.Module) -> Iterator[str]:
    return (node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute))


def _nodes(tree: ast.Module, runs: Callable[[str], bool]) -> Iterator[ast.AST]:
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.If) and _is_for_type_checkers(node.test):
            waiting += node.orelse
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not runs(node.name):
            waiting += node.decorator_list
        else:
            waiting += ast.iter_child_nodes(node)


def _origin(source: SourceFile, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parents = source.package.split(".")
    start = parents[: len(parents) - node.level + 1]
    return ".".join([*start, *([node.module] if node.module else [])])


def _is_for_type_checkers(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _is_text(call: ast.Call) -> bool:
    return bool(call.args) and isinstance(call.args[0], ast.Constant)
