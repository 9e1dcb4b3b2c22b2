"""What a request to Graph is for: what it needs to be allowed, and what it means when nothing is there.

Named by the gateway with each request, read by the error table.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.adapters.graph import permissions


@dataclass(frozen=True, slots=True)
class Purpose:
    """`permission` is what an administrator must grant; `absent` is the code for a 404."""

    permission: permissions.Permission
    absent: str = "graphRefused"
    absent_remedy: str = "Check GRAPH_CLOUD and GRAPH_BASE_URL."
    write: bool = False


_NO_PERSON = "Check the spelling; a new account may need some minutes to appear."
_NO_METHOD = "The account or its phone method is gone: drop the file again."
_NO_GROUP = "Check PROTECTED_GROUP_ID and PILOT_GROUP_ID: they take the object id of a group."

READ_PHONES = Purpose(permissions.PHONES, "personNotFound", _NO_PERSON)
WRITE_PHONES = Purpose(permissions.PHONES, "notFound", _NO_METHOD, write=True)
READ_EMAIL = Purpose(permissions.EMAILS, "personNotFound", _NO_PERSON)
WRITE_EMAIL = Purpose(permissions.EMAILS, "notFound", _NO_METHOD, write=True)
READ_ACCOUNTS = Purpose(permissions.USERS, "personNotFound", _NO_PERSON)
READ_ROLES = Purpose(permissions.ROLE_HOLDERS)
READ_GROUP = Purpose(permissions.GROUP_MEMBERS, "groupNotFound", _NO_GROUP)
READ_POLICY = Purpose(permissions.METHODS_POLICY)
