"""Everything that is deployed is pinned to one file by its hash."""

from __future__ import annotations

import re

from packaging.utils import canonicalize_name

from tools.deployed import deployed_packages, package_name
from tools.hashes import HASHED

_PINNED = re.compile(r"([\w.-]+)==(\S+) --hash=sha256:[0-9a-f]{64}")


def test_every_deployed_package_has_a_hash() -> None:
    """At the versions that the tests run with, and nothing besides; pip then takes nothing without a hash."""
    lines = [line for line in HASHED.read_text(encoding="utf-8").splitlines() if not line.startswith(("#", "-"))]
    pinned = {canonicalize_name(match[1]): match[2] for line in lines if (match := _PINNED.fullmatch(line))}
    assert len(lines) == len(pinned)
    assert {package_name(package): package.version for package in deployed_packages()} == pinned
