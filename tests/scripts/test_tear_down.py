"""The script removes the delete lock after a yes alone, and says what stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scripts.recorder import AzureCli

LIST = "lock list --resource-group rg-phones --query [?name=='keep']"
DELETE = "lock delete --name keep --resource-group rg-phones"


@pytest.mark.parametrize(
    ("answer", "asked", "said"),
    [
        ("y\n", [LIST, DELETE], ""),
        ("n\n", [], ""),
        ("", [], "Nothing was changed, because there is no person to answer. Run the script in a terminal.\n"),
    ],
)
def test_the_lock_goes_only_after_a_yes(tmp_path: Path, answer: str, asked: list[str], said: str) -> None:
    """Where nobody can answer, it stays."""
    cli = AzureCli.at(tmp_path / "az", {"lock list": [{}], "lock delete": {}})
    done = cli.run("tear_down", answer=answer, AZURE_RESOURCE_GROUP="rg-phones")
    assert (asked, said) == (cli.asked(), done.stderr)
    assert bool(asked) is ("the key vault, for 90 days" in done.stdout)


def test_a_lock_that_is_gone_stops_nobody(tmp_path: Path) -> None:
    """As after a removal that was broken off."""
    cli = AzureCli.at(tmp_path / "az", {"lock list": []})
    done = cli.run("tear_down", answer="y\n", AZURE_RESOURCE_GROUP="rg-phones")
    assert (0, [LIST]) == (done.returncode, cli.asked())
