"""E-mail addresses as values that compare without regard to case and never print themselves in clear.

Used wherever the e-mail method is: wishes, plans, the ledger, the gateway.
"""

from __future__ import annotations

from shared.core.values.unprintable import Unprintable

EMAIL_METHOD_ID = "3ddfcfc8-9383-446f-83cc-3ab9be4be18f"
"""The same for every user and tenant (Graph reference, emailAuthenticationMethod)."""


class EmailAddress(Unprintable):
    """`address` is in clear: only for Graph, the ledger and workbooks."""

    __slots__ = __match_args__ = ("address",)

    address: str

    def __init__(self, address: str) -> None:
        self._set(address=address)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, EmailAddress):
            return NotImplemented
        return self.address.casefold() == other.address.casefold()

    def __hash__(self) -> int:
        return hash(self.address.casefold())

    def __repr__(self) -> str:
        return "<e-mail address>"

    __str__ = __repr__
