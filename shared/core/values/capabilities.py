"""What a cloud's Graph offers beside phone methods; which cloud offers what is said in the Graph adapter.

Handed to whoever reads wishes, so that what is missing is refused before any call.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capabilities:
    sms_sign_in: bool = True
    """enableSmsSignIn and disableSmsSignIn exist."""
    email_methods: bool = True


EVERYTHING = Capabilities()
