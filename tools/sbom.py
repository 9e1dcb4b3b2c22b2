"""`python -m tools.sbom FILE`: lists the deployed packages as CycloneDX 1.6, by `make sbom`.

These are the packages of requirements.txt and what they require, at the versions that are installed here; the tests
ran with the same ones, because constraints.txt pins them.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from shared.clients import VERSION

_REQUIREMENTS = Path(__file__).parent.parent / "requirements.txt"


def bill_of_materials() -> dict[str, Any]:
    components = [_component(found) for found in sorted(deployed(), key=_name)]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "phone-methods", "version": VERSION}},
        "components": components,
    }


def deployed() -> list[Distribution]:
    """Every package that an installation of requirements.txt brings."""
    found: dict[str, Distribution] = {}
    waiting = [Requirement(line) for line in _lines()]
    while waiting:
        wanted = waiting.pop()
        package = distribution(wanted.name)
        is_new = _name(package) not in found
        found[_name(package)] = package
        if is_new or wanted.extras:
            waiting += [
                one for one in _required(package, wanted.extras) if one.extras or _canonical(one.name) not in found
            ]
    return list(found.values())


def _required(package: Distribution, extras: set[str]) -> Iterator[Requirement]:
    for text in package.requires or ():
        one = Requirement(text)
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in {"", *extras}):
            yield one


def _lines() -> Iterator[str]:
    for line in _REQUIREMENTS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", "-")):
            yield line


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _name(package: Distribution) -> str:
    return _canonical(package.metadata["Name"])


def _component(package: Distribution) -> dict[str, Any]:
    name, licence = _name(package), package.metadata.get("License-Expression")
    component = {"type": "library", "name": name, "version": package.version}
    return {
        **component,
        "purl": f"pkg:pypi/{name}@{package.version}",
        **({"licenses": [{"expression": licence}]} if licence else {}),
    }


if __name__ == "__main__":
    try:
        Path(sys.argv[1]).write_text(json.dumps(bill_of_materials(), indent=2) + "\n", encoding="utf-8")
    except PackageNotFoundError as error:
        sys.exit(f"{error.name} is not installed: run make .venv/.ready.")
