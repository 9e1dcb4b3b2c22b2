"""`python -m tools.sbom FILE`: lists the deployed packages as CycloneDX 1.6, by `make sbom`.

These are the packages of requirements.in and what they require, at the versions that are installed here; the tests
ran with the same ones, because constraints.txt pins them.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path
from typing import Any

from shared.clients import VERSION
from tools.deployed import deployed_packages, package_name


def bill_of_materials() -> dict[str, Any]:
    components = [_component(found) for found in sorted(deployed_packages(), key=package_name)]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "phone-methods", "version": VERSION}},
        "components": components,
    }


def _component(package: Distribution) -> dict[str, Any]:
    name, licence = package_name(package), package.metadata.get("License-Expression")
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
