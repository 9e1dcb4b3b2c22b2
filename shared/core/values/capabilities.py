"""What the Graph of a cloud offers beside phone methods; the Graph adapter lists it per cloud.

`desired` reads it, so that a value that Graph does not offer is refused before any call.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capabilities:
    sms_sign_in: bool = True
    """enableSmsSignIn and disableSmsSignIn exist."""
    email_methods: bool = True


EVERYTHING = Capabilities()
