"""Finds the packages that an installation of requirements.in installs."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterator, Sequence
from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path

from packaging.requirements import Requirement

_REQUIREMENTS = Path(__file__).parent.parent / "requirements.in"


def deployed_packages(folders: Sequence[str] = sys.path) -> list[Distribution]:
    """The packages, as installed in `folders`. Raises PackageNotFoundError for one that is missing there."""
    found: dict[str, Distribution] = {}
    waiting = [Requirement(line) for line in _lines()]
    while waiting:
        wanted = waiting.pop()
        package = _installed(wanted.name, folders)
        is_new = package_name(package) not in found
        found[package_name(package)] = package
        if is_new or wanted.extras:
            waiting += [
                one for one in required(package, wanted.extras) if one.extras or canonical_name(one.name) not in found
            ]
    return list(found.values())


def required(package: Distribution, extras: Collection[str] = ()) -> Iterator[Requirement]:
    """What the package requires on this kind of machine."""
    for text in package.requires or ():
        one = Requirement(text)
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield one


def package_name(package: Distribution) -> str:
    return canonical_name(package.metadata["Name"])


def _installed(name: str, folders: Sequence[str]) -> Distribution:
    package = next(iter(Distribution.discover(name=name, path=list(folders))), None)
    if package is None:
        raise PackageNotFoundError(name)
    return package


def _lines() -> Iterator[str]:
    for line in _REQUIREMENTS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", "-")):
            yield line


def canonical_name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
