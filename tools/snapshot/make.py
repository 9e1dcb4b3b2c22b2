"""Makes a snapshot: runs all scenes in memory, and dumps the stored data.

Random ids are drawn from a seed, so that a second snapshot differs only in values that depend on real time.
"""

from __future__ import annotations

import random
from pathlib import Path
from unittest.mock import patch

from sandbox.graph.control import dumped as tenant_of
from shared.clients import VERSION
from testing.virtual_time import START
from tools.snapshot.dump import dumped
from tools.snapshot.scenes import DIED, REPEATED, SETTINGS, Story
from tools.snapshot.stored import Snapshot, write
from tools.snapshot.tenant import new, person_id, seed
from tools.snapshot.world import GRAPH, api_of, opened


async def make(folder: Path) -> Snapshot:
    """Write the snapshot into `folder`, which must be empty, and return it."""
    snapshot = await taken()
    write(snapshot, folder)
    return snapshot


async def taken() -> Snapshot:
    rng = random.Random(2026)
    with patch("secrets.token_hex", lambda length=16: rng.randbytes(length).hex()):
        async with opened(seed(), SETTINGS, START) as world, api_of(world.app) as http:
            labels = await Story(world, http).play()
            runs = {run.id: run async for run in world.app.runs.all()}
            about = {
                "version": VERSION,
                "taken": world.clock.now().isoformat(),
                "settings": SETTINGS,
                "runs": {
                    label: {"id": identity, "state": runs[identity].state.value, "source": runs[identity].source.value}
                    for label, identity in labels.items()
                },
                "calls": {
                    label: {"id": repeated, "user": person_id(index), "phoneNumber": new(index)}
                    for label, repeated, index in (("call", REPEATED, 30), ("callDied", DIED, 31))
                },
            }
            tenant = {**tenant_of(world.stand_in), "options": seed()["options"]}
            tables, queues, containers = await dumped(world.storage, world.app.settings.graph_base_url, GRAPH)
    return Snapshot(about, tenant, tables, queues, containers)
