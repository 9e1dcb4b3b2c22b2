"""Removes the delete lock, so that the resource group can be deleted, and says what stays.

By hand, before `azd down`: `python scripts/tear_down.py`. docs/uninstall.md has the whole order.
"""

from __future__ import annotations

from azure_cli import agreed, az, from_environment, run

_STAYS = """\
What stays after the resource group is gone:
- phone and e-mail methods of people: the app never removes them when it is uninstalled
- the key vault, for 90 days, because purge protection is on
- deleted blobs, as long as soft delete keeps them
- the app registration: delete it under App registrations
If the journal's immutability policy was locked, its account and the group cannot be deleted before its time is over."""


def main() -> int:
    group = from_environment("AZURE_RESOURCE_GROUP")
    print("Run scripts/grant_permissions.py --revoke first: an identity without permissions can do no harm.")
    if not agreed(f"Remove the delete lock of {group}?", "Run the script in a terminal."):
        return 1
    if az("lock", "list", "--resource-group", group, "--query", "[?name=='keep']"):
        az("lock", "delete", "--name", "keep", "--resource-group", group)
    print(_STAYS)
    return 0


if __name__ == "__main__":
    run(main)
