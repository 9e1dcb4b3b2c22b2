"""Azurite comes up on free ports, keeps its data, goes away, and says what is missing."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import pytest

from sandbox.azurite import ROOT, SERVICES, Azurite, AzuriteError
from sandbox.functions_host.storage import Storage
from tests.sandbox.sample_host import eventually


async def put(azurite: Azurite, container: str, body: bytes) -> None:
    async with Storage({"AzureWebJobsStorage": azurite.connection_string}) as storage:
        await storage.blobs().create_container(container)
        await storage.blobs().get_blob_client(container, "blob").upload_blob(body)


async def get(azurite: Azurite, container: str) -> bytes:
    async with Storage({"AzureWebJobsStorage": azurite.connection_string}) as storage:
        return await (await storage.blobs().get_blob_client(container, "blob").download_blob()).readall()


def addresses(azurite: Azurite) -> set[str]:
    return {azurite.address(service) for service in SERVICES}


async def test_restart_keeps_ports_and_data(tmp_path: Path) -> None:
    """Stopped and started again, it has the same addresses and the same blobs."""
    azurite = Azurite(tmp_path / "data")
    await azurite.start()
    await put(azurite, "kept", b"still here")
    before = addresses(azurite)

    await azurite.stop()
    await azurite.start()

    assert before == addresses(azurite)
    assert b"still here" == await get(azurite, "kept")
    await azurite.stop()


async def test_two_do_not_meet_and_leave_nothing(azurite: str) -> None:
    """Two at a time have addresses of their own; process and temporary folder end with the block."""
    async with Azurite() as other:
        assert not addresses(other) & set(re.findall(r"http://[^;]+", azurite))
        pid, folder = other.pid, other.folder
    assert folder is not None
    assert not folder.exists()
    assert not is_running(pid)


ORPHAN = """
import asyncio, sys
from pathlib import Path
from sandbox.azurite import Azurite

async def main():
    azurite = Azurite(Path(sys.argv[1]))
    await azurite.start()
    print(azurite.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:
    """A process that is killed, and so stops nothing, leaves no Azurite behind."""
    starter = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", ORPHAN, str(tmp_path)), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert starter.stdout is not None
    pid = int(await starter.stdout.readline())
    starter.kill()
    await starter.communicate()
    await eventually(lambda: not is_running(pid))


def is_running(pid: int) -> bool:
    """Whether the process lives; one that ended counts as gone even while nobody has collected it."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


async def test_missing_package_names_the_remedy(tmp_path: Path) -> None:
    """Without node_modules the error says which command brings it."""
    with pytest.raises(AzuriteError, match=r"azurite\.js is missing; run `npm ci`"):
        await Azurite(tmp_path, root=tmp_path).start()


async def test_missing_node_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without node the error says what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AzuriteError, match=r"node is not on the PATH; install Node\.js 20"):
        await Azurite(tmp_path).start()


async def test_a_start_that_fails_shows_what_azurite_said(tmp_path: Path) -> None:
    """A program that ends at once is reported with its output, and nothing is left running."""
    script = tmp_path / "node_modules/azurite/dist/src/azurite.js"
    script.parent.mkdir(parents=True)
    script.write_text("console.log('no room on this disk'); process.exit(3)")
    azurite = Azurite(tmp_path / "data", root=tmp_path)
    with pytest.raises(AzuriteError, match="no room on this disk"):
        await azurite.start()
    with pytest.raises(AzuriteError, match="not running"):
        assert azurite.pid


async def test_start_without_a_folder_is_refused() -> None:
    """Temporary data needs the block that removes it."""
    with pytest.raises(AzuriteError, match="name a folder"):
        await Azurite().start()
