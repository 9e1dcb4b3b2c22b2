"""The features that Graph offers in each cloud, in addition to phone methods.

`desired` refuses a value that Graph cannot store in this cloud, the settings refuse a value that needs a feature which
the cloud lacks, and the doctor reports missing features. `adapters/graph/clouds.py` names the path of each feature, by
which a test compares this table with Graph's published metadata.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

CloudName = Literal["global", "usgov", "usgov-dod", "china"]


@dataclass(frozen=True, slots=True)
class Capabilities:
    sms_sign_in: bool = True
    """Whether Graph has the actions enableSmsSignIn and disableSmsSignIn."""
    email_methods: bool = True
    methods_policy: bool = True
    """Whether the authentication methods policy can be read."""
    method_lists: bool = True
    """Whether all methods of a person can be read as one list."""


EVERYTHING = Capabilities()

OFFERED: Mapping[CloudName, Capabilities] = {
    "global": EVERYTHING,
    "usgov": EVERYTHING,
    "usgov-dod": EVERYTHING,
    "china": Capabilities(sms_sign_in=False, email_methods=False, methods_policy=False, method_lists=False),
}
"""The features in each cloud of GRAPH_CLOUD. Source: Graph's v1.0 metadata of each cloud, published in August 2026."""
