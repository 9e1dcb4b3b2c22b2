"""Prints figures about the structure of `shared`: `python -m tools.structure`.

Lines and modules per package, the largest modules, Protocols, type names that are defined twice, and how many modules
of `shared` some modules import, directly and through others.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
OUTSIDE_TESTS = ("shared", "sandbox", "testing", "trials", "tools", "bench")
CLOSURES = {
    "safety limits": "shared.core.run.safety_limits",
    "ownership": "shared.core.plan.ownership",
    "plan": "shared.core.plan.plan",
    "approval": "shared.flows.pipeline.decisions",
}
SMALLEST, LARGEST = 15, 300
"""Lines of a module that needs no reason for its size."""


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def type_names(*packages: str) -> dict[str, list[str]]:
    """Where each class and type alias is defined."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for package in packages:
        for path in modules(package):
            for name in _types(ast.parse(path.read_text(encoding="utf-8"))):
                found[name].append(str(path.relative_to(ROOT)))
    return found


def repeated(*packages: str) -> dict[str, list[str]]:
    return {name: places for name, places in sorted(type_names(*packages).items()) if len(places) > 1}


def protocols() -> list[str]:
    return sorted(
        node.name
        for path in modules("shared")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and any("Protocol" in ast.unparse(base) for base in node.bases)
    )


def closure(module: str) -> set[str]:
    """The modules of `shared` that this one imports, directly and through others, packages themselves aside."""
    seen, waiting = set[str](), [module]
    while waiting:
        for name in _imports(waiting.pop()):
            if name not in seen and name != module:
                seen.add(name)
                waiting.append(name)
    return seen


def _types(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.TypeAlias):
            yield node.name.id
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name[:1].isupper() and not name.isupper():
                yield name


def _file_of(module: str) -> Path | None:
    path = ROOT / module.replace(".", "/")
    return next((one for one in (path.with_suffix(".py"), path / "__init__.py") if one.exists()), None)


def _imports(module: str) -> Iterator[str]:
    path = _file_of(module)
    if path is None:
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("shared"):
            for name in [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]:
                found = _file_of(name)
                if found is not None and found.name != "__init__.py":
                    yield name


def main() -> None:
    packages: defaultdict[str, list[int]] = defaultdict(list)
    sizes = {str(path.relative_to(ROOT)): lines_of(path) for path in modules("shared")}
    for name, lines in sizes.items():
        packages["/".join(name.split("/")[:3]) if name.count("/") > 2 else "/".join(name.split("/")[:-1])].append(lines)
    print("package | modules | lines\n---|---|---")
    for package, counts in sorted(packages.items()):
        print(f"{package} | {len(counts)} | {sum(counts)}")
    real = {name: lines for name, lines in sizes.items() if not name.endswith("__init__.py")}
    print(f"\nall: {len(sizes)} modules, {sum(sizes.values())} lines; median {median(real.values()):.0f}")
    print("largest:", ", ".join(f"{name} {lines}" for lines, name in sorted(((n, m) for m, n in real.items()))[-3:]))
    for bound, wrong in (
        (f"over {LARGEST}", {m: n for m, n in real.items() if n > LARGEST}),
        (f"under {SMALLEST}", {m: n for m, n in real.items() if n < SMALLEST}),
    ):
        print(f"{bound} lines:", ", ".join(f"{name} {lines}" for name, lines in wrong.items()) or "none")
    print(f"Protocols: {len(protocols())}:", ", ".join(protocols()))
    print(f"type names defined more than once: {len(repeated(*OUTSIDE_TESTS))} outside tests,", end=" ")
    print(f"{len(repeated('shared'))} inside shared:", ", ".join(repeated("shared")) or "none")
    for what, module in CLOSURES.items():
        print(f"import closure of {what}: {len(closure(module))} modules")


if __name__ == "__main__":
    main()
