"""A process that ends at one request to storage, as the `on_operation` of `MemoryStorage`."""

from __future__ import annotations


class Killed(BaseException):
    """The process ends; no handler of the app catches it."""


class Dying:
    """Each request lowers `left`, and the one that makes it 0 raises Killed; 0 at the start = never."""

    def __init__(self) -> None:
        self.left = 0

    def __call__(self, _: str, /) -> None:
        if self.left:
            self.left -= 1
            if not self.left:
                raise Killed
