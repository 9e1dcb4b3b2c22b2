"""`python -m trials`: runs the scenarios in their long form and prints a table.

It exits with 1 for a broken promise, or if no scenario was selected.
`make chaos` runs all but the soak, which `--soak MINUTES` runs alone. Arguments select scenarios by a part of their
names. One scenario needs Microsoft's listeners; without their program it is left out.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from sandbox.functions_host.microsoft import program
from testing import virtual_time
from trials import bad_luck, disorder, hostile, kills, leaks, soak, storms, wrong_settings
from trials.checks import TrialResult

PEOPLE = 100
SEEDS = (1, 2, 3)

type Trial = Callable[[], Coroutine[Any, Any, TrialResult]]


@dataclass(frozen=True, slots=True)
class Scenario:
    group: str
    name: str
    run: Callable[[], TrialResult]


def main() -> int:
    arguments = _arguments()
    logging.getLogger().addHandler(logging.NullHandler())  # not to the terminal: the scenarios read the log themselves
    with TemporaryDirectory(prefix="chaos-") as folder:
        if arguments.soak:
            return _report([Scenario("soak", "soak", partial(_real, partial(soak.soak, arguments.soak), Path(folder)))])
        chosen = [one for one in _scenarios(Path(folder)) if _is_wanted(one, arguments.names)]
        return _report(chosen)


def _scenarios(folder: Path) -> Iterator[Scenario]:
    for storm in storms.STORMS:
        for stage in storms.STAGES:
            story = partial(storms.survive, storm, PEOPLE, stage)
            yield Scenario("storm", f"{storm.name}, {stage}", partial(_virtual, story))
    if program(os.environ):
        story = partial(storms.survive_under_microsoft, storms.BURSTS, PEOPLE)
        name = f"{storms.BURSTS.name}, Microsoft's listeners"
        yield Scenario("storm", name, partial(_real, story, folder / "microsoft"))
    for fault_set in bad_luck.FAULT_SETS:
        yield Scenario("bad luck", fault_set.name, partial(_virtual, partial(bad_luck.endure, fault_set, SEEDS)))
    for scenario in disorder.DISORDERS:
        for seed in SEEDS:
            yield Scenario(
                "disorder", f"{_words(scenario)}, seed {seed}", partial(_virtual, partial(scenario, PEOPLE, seed))
            )
    for trick in hostile.HOSTILITIES:
        yield Scenario("hostile", _words(trick), partial(_virtual, partial(trick, PEOPLE)))
    for mistake in wrong_settings.MISTAKES:
        for when in wrong_settings.Stage:
            trial = partial(wrong_settings.wrong_settings, mistake, when, PEOPLE)
            yield Scenario("settings", f"{mistake}, {when}", partial(_virtual, trial))
    yield Scenario("leaks", "canaries everywhere", partial(_virtual, leaks.leaks))
    killing = partial(kills.killing, kills.LONG)
    yield Scenario("kill", "two workers killed again and again", partial(_real, killing, folder / "kills"))


def _report(scenarios: list[Scenario]) -> int:
    """Run the scenarios one after the other; 1 when a promise was broken or no scenario was selected."""
    console, broken = Console(width=160), 0
    table = Table("", "scenario", "what happened", "seconds", "broken promises")
    for scenario in scenarios:
        began = time.monotonic()
        verdict = scenario.run()
        seconds = f"{time.monotonic() - began:.0f}"
        broken += bool(verdict.wrong)
        table.add_row(scenario.group, scenario.name, verdict.facts, seconds, "\n".join(verdict.wrong) or "none")
        console.print(f"{scenario.group}: {scenario.name}: {'BROKEN' if verdict.wrong else 'kept'} ({seconds} s)")
        for promise in verdict.wrong:
            console.print(f"  {promise}", markup=False)
    console.print(table)
    console.print(f"{len(scenarios) - broken} of {len(scenarios)} scenarios kept every promise")
    return int(broken > 0 or not scenarios)


def _virtual(story: Trial) -> TrialResult:
    return virtual_time.run(story())


def _real(story: Callable[[Path], Coroutine[Any, Any, TrialResult]], folder: Path) -> TrialResult:
    return asyncio.run(story(folder))


def _words(story: Callable[..., object]) -> str:
    return getattr(story, "__name__", "").replace("_", " ")


def _is_wanted(scenario: Scenario, names: list[str]) -> bool:
    return not names or any(name in f"{scenario.group} {scenario.name}" for name in names)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m trials", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only scenarios whose group and name contain this")
    parser.add_argument("--soak", type=float, default=0.0, metavar="MINUTES", help="run only the soak, for so long")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
