"""The features that Graph offers in a cloud, in addition to phone methods. The Graph adapter lists them per cloud.

`desired` uses them to refuse a value that Graph cannot store in this cloud, before Graph is called.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capabilities:
    sms_sign_in: bool = True
    """Whether Graph has the actions enableSmsSignIn and disableSmsSignIn."""
    email_methods: bool = True


EVERYTHING = Capabilities()
