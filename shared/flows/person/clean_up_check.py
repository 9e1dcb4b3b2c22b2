"""The check before a clean-up removes a number: the person's other methods, read again, have to suffice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from shared.core.person.registration import MethodList
from shared.core.values.codes import CODES
from shared.core.values.errors import PermanentError

_CODE = "numberNeeded"


@dataclass(frozen=True, slots=True)
class CleanUpCheck:
    all_methods: Callable[[str], Awaitable[MethodList]]
    """Everything that a person has registered."""
    methods_for_reset: int
    """SSPR_METHODS_REQUIRED."""

    async def __call__(self, object_id: str) -> None:
        """Raises PermanentError when the person needs a number, or the app may not read all methods.

        No phone counts, so that the removal of one never makes that of the next one wrong.
        """
        found = await self.all_methods(object_id)
        if not found.needs_no_number(self.methods_for_reset):
            raise PermanentError(_CODE, CODES[_CODE].meaning, remedy=CODES[_CODE].remedy)
