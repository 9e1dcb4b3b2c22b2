"""What is deployed: everything that the app can import, nothing that it cannot, and always the same bytes."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

import pytest

from tools.package.build import Size, fill, pack
from tools.package.imports import SourceFile, loads_by_computed_name, names_imported
from tools.package.reach import module_name, reach

ROOT = Path(__file__).parents[2]
SITE = Path(sysconfig.get_paths()["purelib"])
LARGEST_PACKAGE = 60_000_000
SHORT = ("tests/e2e/test_sandbox.py::test_an_export_becomes_phone_methods_and_a_workbook_with_reasons",)
LONG = ("tests/adapters", "tests/e2e", "tests/trials")


def imported(text: str, module: str = "one.two", *, is_package: bool = False) -> set[str]:
    return set(names_imported(SourceFile(module, is_package, ast.parse(text)), lambda _: True))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import a.b", {"a.b"}),
        ("from a import b", {"a", "a.b"}),
        ("from . import b", {"one", "one.b"}),
        ("from ..c import b", {"c", "c.b"}),
        ("def f():\n    import a", {"a"}),
        ("async def f():\n    import a", {"a"}),
        ("class C:\n    def f(self):\n        import a", {"a"}),
        (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a\nelse:\n    import b",
            {"typing", "typing.TYPE_CHECKING", "b"},
        ),
        ("try:\n    import a\nexcept ImportError:\n    import b", {"a", "b"}),
        ("load('a.b')", {"a.b"}),
        ("load('.b')", {"one.b"}),
        ("print('Not a name.')", set()),
    ],
)
def test_what_a_file_imports(text: str, expected: set[str]) -> None:
    assert imported(text) == expected


def test_a_package_imports_from_itself() -> None:
    assert {"one.b", "one.b.c"} == imported("from .b import c", "one", is_package=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("import_module(name)", True), ("importlib.import_module('.' + name)", True), ("import_module('a')", False)],
)
def test_names_that_are_computed_at_run_time(text: str, *, expected: bool) -> None:
    assert loads_by_computed_name(ast.parse(text)) is expected


def modules(folder: Path, files: Mapping[str, str]) -> dict[str, Path]:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return {module_name(Path(name)): folder / name for name in files}


def test_a_generated_builder_is_reached_by_the_name_that_the_app_uses(tmp_path: Path) -> None:
    app = modules(tmp_path, {"function_app.py": "from msgraph.generated import start\nstart.users"})
    installed = modules(
        tmp_path,
        {
            "msgraph/__init__.py": "",
            "msgraph/generated/__init__.py": "",
            "msgraph/generated/start.py": "def users():\n    from . import users\ndef me():\n    from . import me",
            "msgraph/generated/users.py": "",
            "msgraph/generated/me.py": "",
        },
    )
    expected = {"function_app", *installed} - {"msgraph.generated.me"}
    assert reach(app, installed).ever == expected


def test_elsewhere_every_import_is_reached(tmp_path: Path) -> None:
    app = modules(tmp_path, {"function_app.py": "def f():\n    import a"})
    installed = modules(tmp_path, {"a.py": "def g():\n    import b", "b.py": "", "c.py": ""})
    found = reach(app, installed)
    assert {"function_app", "a", "b"} == found.ever
    assert {"function_app"} == found.at_start


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Size]]:
    """Built from the packages that are installed here: the same versions as in Azure."""
    folder = tmp_path_factory.mktemp("package") / "package"
    return folder, fill(folder, ROOT, SITE)


def test_the_package_is_small(package: tuple[Path, list[Size]]) -> None:
    folder, sizes = package
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) <= LARGEST_PACKAGE
    sdk = next(size for size in sizes if size.name == "msgraph-sdk")
    assert sdk.deployed * 50 < sdk.installed


def test_only_what_runs_is_in_the_package(package: tuple[Path, list[Size]]) -> None:
    expected = {"function_app.py", "host.json", "requirements.txt", ".python-version", "shared"}
    assert {path.name for path in package[0].iterdir()} - {"__pycache__"} == {*expected, ".python_packages"}


def test_the_same_files_give_the_same_zip(package: tuple[Path, list[Size]], tmp_path: Path) -> None:
    """Also from another folder, made in another order, and with other times of the files. A part shows it."""
    part, copy = package[0] / "shared", tmp_path / "copy"
    for path in sorted((path for path in part.rglob("*") if path.is_file()), reverse=True):
        target = copy / path.relative_to(part)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    assert zipped(part, tmp_path) == zipped(copy, tmp_path)


@pytest.mark.long
def test_the_same_input_gives_the_same_zip(package: tuple[Path, list[Size]], tmp_path: Path) -> None:
    fill(tmp_path / "again", ROOT, SITE)
    assert zipped(package[0], tmp_path) == zipped(tmp_path / "again", tmp_path)


def zipped(folder: Path, place: Path) -> bytes:
    pack(folder, place / "app.zip")
    return (place / "app.zip").read_bytes()


def test_the_app_works_from_the_package(package: tuple[Path, list[Size]]) -> None:
    run_from(package[0], *SHORT)


def test_a_module_that_is_not_in_the_package_cannot_be_imported(package: tuple[Path, list[Size]]) -> None:
    done = start_from(package[0], "msgraph.generated.me.me_request_builder")
    assert 1 == done.returncode
    assert "The package holds no module msgraph.generated.me" in done.stderr


@pytest.mark.long
def test_everything_that_uses_libraries_works_from_the_package(package: tuple[Path, list[Size]]) -> None:
    run_from(package[0], *LONG)


def run_from(folder: Path, *tests: str) -> None:
    done = start_from(folder, "pytest", "-q", "-p", "no:cacheprovider", "-m", "not long", *tests)
    assert 0 == done.returncode, done.stdout[-4000:]


def start_from(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sandbox.packaged", str(folder), *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - the words above
