"""What a request to Graph is for: what it needs to be allowed, and what it means when nothing is there.

Named by the gateway with each request, read by the error table.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.core import permissions


@dataclass(frozen=True, slots=True)
class Purpose:
    """`permission` as an administrator must grant it; `absent` is the code for a 404."""

    permission: str
    absent: str = "graphRefused"
    absent_remedy: str = "Check GRAPH_CLOUD and GRAPH_BASE_URL."
    write: bool = False


_NO_PERSON = "Check the spelling; a new account may need some minutes to appear."
_NO_METHOD = "The account or its phone method is gone: drop the file again."
_NO_GROUP = "Check PROTECTED_GROUP_ID and PILOT_GROUP_ID: they take the object id of a group."

READ_PHONES = Purpose(str(permissions.PHONES), "personNotFound", _NO_PERSON)
WRITE_PHONES = Purpose(str(permissions.PHONES), "notFound", _NO_METHOD, write=True)
READ_EMAIL = Purpose(str(permissions.EMAILS), "personNotFound", _NO_PERSON)
WRITE_EMAIL = Purpose(str(permissions.EMAILS), "notFound", _NO_METHOD, write=True)
READ_ACCOUNTS = Purpose(str(permissions.USERS), "personNotFound", _NO_PERSON)
READ_ROLES = Purpose(str(permissions.ROLE_HOLDERS))
READ_GROUP = Purpose(str(permissions.GROUP_MEMBERS), "groupNotFound", _NO_GROUP)
READ_POLICY = Purpose(str(permissions.METHODS_POLICY))
