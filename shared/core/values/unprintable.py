"""Values that must not be written down by accident: not a dataclass, whose fields `asdict` and its like would lay open.

The base of phone numbers and e-mail addresses; `repr` is theirs to define.
"""

from __future__ import annotations

from typing import NoReturn, Self


class Unprintable:
    """Frozen once `_set`; copies are the value itself, and pickles are refused."""

    __slots__ = ()

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: object) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is not pickled: its value would lie open in the bytes")
