"""`python -m tools.structure`: prints figures about the structure of `shared`, and compares them with stored ones.

Lines and modules of each package, Protocols, type names that are defined more than once, and how many modules some
modules import, directly and through others. The figures come from the parsed sources.
"""

from __future__ import annotations

import argparse
import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from statistics import median

from tools.figures import BUDGETS, MOST_LINES, Measured, table

ROOT = Path(__file__).parents[1]
PACKAGE = "shared"
OUTSIDE_TESTS = ("shared", "sandbox", "testing", "trials", "tools", "bench")
CLOSURES = {
    "safety limits": "shared.core.run.safety_limits",
    "ownership": "shared.core.plan.ownership",
    "plan": "shared.core.plan.plan",
    "approval": "shared.flows.pipeline.decisions",
}
"""The modules whose imports are followed. The names on the left stay the same when a module is renamed or moved."""
FEWEST_LINES = 15


def sizes(package: str = PACKAGE) -> dict[str, int]:
    """Lines of each file, blank ones included, as `wc -l` counts them."""
    return {_place(path): path.read_bytes().count(b"\n") for path in _files(package)}


def protocols() -> list[str]:
    """The Protocol classes, with their files."""
    return sorted(
        f"{node.name} ({_place(path)})"
        for path in _files(PACKAGE)
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.ClassDef) and any(_is_protocol(base) for base in node.bases)
    )


def repeated_types(packages: Iterable[str]) -> list[str]:
    """Type names that have more than one definition, with the files; names private to a module are not counted."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for package in packages:
        for path in _files(package):
            for name in _type_names_in(path):
                places[name].append(_place(path))
    public = {name: where for name, where in places.items() if not name.startswith("_")}
    return [f"{name}: {', '.join(where)}" for name, where in sorted(public.items()) if len(where) > 1]


def type_names(tree: ast.Module) -> Iterator[str]:
    """Classes, `type` statements, and what a module assigns to a name in capitalised words, such as `Key = Id | Name`.

    Such assignments are NewTypes, and aliases in the syntax before the `type` statement.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.TypeAlias):
            yield node.name.id
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)]) if name[0].isupper() and not name.isupper():
                yield name


@cache
def _type_names_in(path: Path) -> tuple[str, ...]:
    return tuple(type_names(_tree(path)))


def closure(module: str) -> list[str]:
    """The module and those that it imports, directly and through others, at any place in the file.

    A package counts when its `__init__` contains code. Imports for type checkers count, because readers follow them.
    """
    seen, waiting = {module}, [module]
    while waiting:
        for name in _imports(waiting.pop()) - seen:
            seen.add(name)
            waiting.append(name)
    return sorted(seen)


def _imports(module: str) -> set[str]:
    path = _file_of(module)
    if path is None:
        raise LookupError(f"unknown module {module}; name another one with --closure NAME=MODULE")
    found = set[str]()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.partition(".")[0] == PACKAGE and _has_code(name)}


def _has_code(module: str) -> bool:
    path = _file_of(module)
    return path is not None and any(not _is_docstring(node) for node in _tree(path).body)


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_protocol(base: ast.expr) -> bool:
    return ast.unparse(base).partition("[")[0].rpartition(".")[2] == "Protocol"


def _files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def _file_of(module: str) -> Path | None:
    path = ROOT / module.replace(".", "/")
    return next((one for one in (path.with_suffix(".py"), path / "__init__.py") if one.exists()), None)


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes())


def _place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def measured(closures: Mapping[str, str] = CLOSURES) -> Measured:
    """All figures of the tree as it is."""
    found, by_file = Measured(), sizes()
    found.numbers |= {"lines": sum(by_file.values()), "modules": len(by_file)}
    modules = {file: lines for file, lines in by_file.items() if not file.endswith("__init__.py")}
    found.numbers |= {"median lines of a module": median(modules.values())}
    found.numbers |= {"lines of the largest module": max(modules.values())}
    largest = max(modules, key=modules.__getitem__)
    found.lists["lines of the largest module"] = [largest]
    found.count(f"modules under {FEWEST_LINES} lines", _sized(modules, range(FEWEST_LINES)))
    found.count(f"modules over {MOST_LINES} lines", _sized(modules, range(MOST_LINES + 1, max(modules.values()) + 1)))
    found.count("Protocol classes", protocols())
    found.count("type names defined more than once outside tests", repeated_types(OUTSIDE_TESTS))
    found.count("type names defined more than once inside shared", repeated_types([PACKAGE]))
    for name, module in closures.items():
        found.count(f"import closure of {name}", closure(module))
    for package, lines in sorted(_by_package(by_file).items()):
        found.numbers |= {f"modules of {package}": len(lines), f"lines of {package}": sum(lines)}
    return found


def _sized(modules: Mapping[str, int], lines: range) -> list[str]:
    return [f"{file} {count}" for file, count in modules.items() if count in lines]


def _by_package(by_file: Mapping[str, int]) -> dict[str, list[int]]:
    """Lines of the modules directly in each package, without its subpackages."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for file, lines in by_file.items():
        found[file.rpartition("/")[0].replace("/", ".")].append(lines)
    return found


def shown(found: Measured) -> str:
    """Every figure and the items that it counts."""
    lines = []
    for name, value in found.numbers.items():
        lines += [f"{name}: {value:,}", *(f"    {item}" for item in found.lists.get(name, []))]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.structure", description="Measure how shared is built.")
    parser.add_argument("--closure", action="append", default=[], metavar="NAME=MODULE", help="replaces the defaults")
    parser.add_argument("--json", type=Path, metavar="FILE", help="store the figures in this file, beside others")
    parser.add_argument("--against", type=Path, metavar="FILE", help="print a table of before (FILE) and after")
    asked = parser.parse_args(arguments)
    if asked.against and not asked.against.exists():
        parser.error(f"there is no file {asked.against}")
    found = measured(dict(pair.split("=", 1) for pair in asked.closure) or CLOSURES)
    after = found.add_to(asked.json) if asked.json else found
    print(table(Measured.read(asked.against), after, BUDGETS) if asked.against else shown(found))


if __name__ == "__main__":
    main()
