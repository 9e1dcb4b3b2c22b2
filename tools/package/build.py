"""Copies the app and what it can import into one folder, and zips it; the same input gives the same bytes.

A package (distribution) is copied whole where its source does not tell all that it imports: it computes a module's
name at run time, holds native code, or is required by a package with native code. Of the others the reached modules
are copied; one of which no module is reached is left out. Sources of native code, types and texts are left out.
"""

from __future__ import annotations

import py_compile
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution
from pathlib import Path

from sandbox.packaged import SITE_PACKAGES
from tools.deployed import canonical_name, deployed_packages, package_name, required
from tools.package.reach import module_name, reach

APP_FILES = ("function_app.py", "host.json", "requirements.txt", ".python-version")
_NEVER_READ = frozenset({".pyi", ".pyx", ".pxd", ".c", ".h", ".typed", ".txt", ".md", ".rst"})
_METADATA = frozenset({"METADATA", "entry_points.txt", "top_level.txt"})
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes of one package as it is installed and as it is deployed."""

    name: str
    installed: int
    deployed: int


@dataclass(frozen=True, slots=True)
class _Package:
    """One installed package; `files` are relative to the folder of packages."""

    name: str
    files: Sequence[Path]
    requires: frozenset[str]

    @property
    def is_native(self) -> bool:
        return any(path.suffix == ".so" for path in self.files)

    @property
    def modules(self) -> dict[str, Path]:
        return {name: path for path in self.files if (name := module_name(path))}


def fill(folder: Path, app: Path, site: Path) -> list[Size]:
    """Writes the deployable folder from the app's folder and the folder where its packages are installed.

    Raises PackageNotFoundError for a package that is not installed there. Sizes come by package name.
    """
    packages = [_package(found) for found in deployed_packages([str(site)])]
    own = {module_name(path.relative_to(app)): path for path in (app / "function_app.py", *app.glob("shared/**/*.py"))}
    installed = {name: site / path for package in packages for name, path in package.modules.items()}
    reached = reach(own, installed)
    whole = _copied_whole(packages, reached.by_name)
    _copy_app(app, folder)
    sizes = []
    for package in packages:
        is_whole = package.name in whole
        is_left_out = not is_whole and not reached.ever & package.modules.keys()
        kept = [path for path in package.files if _is_deployed(path, reached.ever, is_whole=is_whole)]
        copied = [] if is_left_out else kept
        for path in copied:
            _copy(site / path, folder / SITE_PACKAGES / path)
            if path.name == "METADATA":
                _leave_out_description(folder / SITE_PACKAGES / path)
        sizes.append(Size(package.name, _bytes(site, package.files), _bytes(folder / SITE_PACKAGES, copied)))
    for name in sorted(reached.at_start):
        path = own[name].relative_to(app) if name in own else SITE_PACKAGES / installed[name].relative_to(site)
        _compile(folder, path)
    return sorted(sizes, key=lambda size: size.name)


def pack(folder: Path, target: Path) -> None:
    """Zips the folder in the order of names, with one time and one mode for all files."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _EPOCH)
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())


def _copy_app(app: Path, folder: Path) -> None:
    for name in APP_FILES:
        _copy(app / name, folder / name)
    for path in app.glob("shared/**/*"):
        if path.is_file() and path.suffix != ".pyc":
            _copy(path, folder / path.relative_to(app))


def _package(found: Distribution) -> _Package:
    """The package, without the commands that are installed beside its modules."""
    files = [Path(file) for file in found.files or () if ".." not in file.parts and file.suffix != ".pyc"]
    return _Package(package_name(found), files, frozenset(canonical_name(one.name) for one in required(found)))


def _copied_whole(packages: Sequence[_Package], by_name: frozenset[str]) -> frozenset[str]:
    native = [package for package in packages if package.is_native]
    computed = {package.name for package in packages if by_name & package.modules.keys()}
    return frozenset(computed.union(*({package.name, *package.requires} for package in native)))


def _is_deployed(path: Path, reached: frozenset[str], *, is_whole: bool) -> bool:
    if path.parts[0].endswith(".dist-info"):
        return path.name in _METADATA or path.name.startswith("LICENSE")
    if path.suffix == ".py":
        return is_whole or module_name(path) in reached
    return path.suffix not in _NEVER_READ


def _compile(folder: Path, path: Path) -> None:
    """Compile a module that is imported at the start, because the app's folder is read-only in Azure."""
    if path.suffix == ".py":
        py_compile.compile(
            str(folder / path),
            dfile=str(path),
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )


def _copy(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)


def _leave_out_description(metadata: Path) -> None:
    """Remove the description, which begins after a blank line; programs read the fields before it."""
    fields, _, _ = metadata.read_text(encoding="utf-8").partition("\n\n")
    metadata.write_text(fields + "\n", encoding="utf-8")


def _bytes(folder: Path, paths: Sequence[Path]) -> int:
    return sum((folder / path).stat().st_size for path in paths)
