"""Best effort: work on many things of which one may fail. The failure is logged without a name, and the others go on.

Sweep and retention store their failures for the doctor. Without best effort, one blob that cannot be read or deleted
would end all work on the others, every time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from shared.core.values.errors import ConcurrencyError, DamagedEntityError, ExplainedError
from shared.telemetry.events import EventName
from shared.telemetry.signals import event


@dataclass(slots=True)
class BestEffort:
    """`failures` are sentences for the doctor. They may name files, so they are not logged."""

    failures: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    """How many things of each kind were done, where the flow counts them."""

    @contextmanager
    def each(self, kind: str, name: str) -> Iterator[None]:
        """Do the work on one thing. One that was changed at the same time is no failure; it is handled the next
        time."""
        try:
            yield
        except ConcurrencyError:
            event(EventName.UPKEEP_DEFERRED, thing=kind)
        except Exception as error:  # noqa: BLE001 - whatever it is, the others must be done
            reason = _reason(error)
            event(EventName.UPKEEP_FAILED, thing=kind, message=reason)
            self.failures.append(f"{kind} {name}: {reason}")


def _reason(error: Exception) -> str:
    """Messages of libraries may quote what they could not handle; only the app's own are shown."""
    if isinstance(error, ExplainedError | DamagedEntityError):
        return str(error)
    details = (getattr(error, name, None) for name in ("status_code", "error_code"))
    return " ".join([type(error).__name__, *(str(getattr(one, "value", one)) for one in details if one)])
