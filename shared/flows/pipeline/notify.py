"""Tell the world what happened to a run: one JSON message without numbers or names of people, now and then twice."""

from __future__ import annotations

import json

from shared.core.run.run import Run
from shared.core.values.storage import QueuePort


async def notify(events: QueuePort, run: Run, event: str) -> None:
    """`event` is held, finished, rejected, cancelled, failed or stalled."""
    body = {
        "event": event,
        "run": run.id,
        "state": run.state.value,
        "source": run.source.value,
        "message": run.message,
        "counts": {state.value: count for state, count in run.counts.items()},
    }
    await events.send(json.dumps(body))
