"""`python -m sandbox …`: starts the sandbox or one of its parts, and shows, decides and redrives runs.

`up` and `demo` start everything. `drop`, `status` and the decisions use the storage account that the environment or a
settings file names, so they also work against a real account.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import runpy
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sandbox.azurite import SERVICES, Azurite, AzuriteError
from sandbox.environment import environment
from sandbox.functions_host.config import read_local_settings
from sandbox.functions_host.host import Listeners
from sandbox.local_user import local_user
from sandbox.processes import PartError
from sandbox.system import DUMP_FILE, ROOT, SETTINGS_FILE, Sandbox, drop
from shared.api.person_data import PersonDataResource
from shared.app import App
from shared.core.export.file_mapping import column_letters
from shared.core.export.people_sheets import SheetsRead, sheets_in_words
from shared.core.export.role_names import role_name
from shared.core.report.texts import Language
from shared.core.run.row import Answer
from shared.core.run.run import Run
from shared.core.values.codes import for_admins
from shared.core.values.errors import BlobNotFoundError, ExplainedError
from shared.core.values.said import visible
from shared.core.values.states import RunState
from shared.doctor.findings import Status
from shared.flows.journal import RunAudit
from shared.flows.pipeline.reports import PLAN_WORKBOOK

HOME = ROOT / ".sandbox"
UP, DEMO = HOME / "up", HOME / "demo"
STYLES = {Status.OK: "green", Status.WARNING: "yellow", Status.FAILED: "bold red"}
_STARTED = {
    "reconcile": "compare what the app wrote with the current values",
    "readiness": "find out who depends on a phone",
    "cleanup": "plan to remove the numbers of people who need none",
    "directory": "take numbers from the directory, for people whose properties changed",
}
_EXPLAINED = {
    "choose": "choose what columns of a held run mean",
    "answer": "decide about people of held questions",
    "undo": "plan how to restore what a run or call has changed",
}
DECISIONS = ("approve", "choose", "answer", "reject", "cancel", "redrive", "undo")
_WATCH_SECONDS = 3.0
_INTERRUPTED = 130
"""The exit code of a program that was ended by Ctrl+C."""
PARTS = {"graph": "sandbox.graph", "host": "sandbox.functions_host"}


def main() -> int:
    if sys.argv[1:2] and sys.argv[1] in PARTS:
        return _part(sys.argv[1])
    arguments = _parser().parse_args()
    run: Callable[[argparse.Namespace], Coroutine[None, None, int | None]] = arguments.run
    try:
        return asyncio.run(run(arguments)) or 0
    except (ExplainedError, AzuriteError, PartError, OSError, TimeoutError) as error:
        print(f"sandbox: {str(error) or type(error).__name__}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED


def _part(name: str) -> int:
    """Run a part as a separate program with its own arguments; the host runs this checkout by default."""
    rest = sys.argv[2:]
    if name == "host" and not any(Path(argument).is_dir() for argument in rest):
        rest = [str(ROOT), *rest]
    sys.argv = [f"python -m sandbox {name}", *rest]
    runpy.run_module(PARTS[name], run_name="__main__")
    return 0


async def _demo(arguments: argparse.Namespace) -> None:
    from sandbox.demo import DemoError, demo

    shutil.rmtree(DEMO, ignore_errors=True)
    try:
        await demo(DEMO, Console(width=arguments.width), arguments.listeners)
    except DemoError as error:
        raise PartError(f"The demo failed: {error}") from error


async def _up(arguments: argparse.Namespace) -> None:
    from sandbox.demo import DEMO_SETTINGS
    from sandbox.exports import write_export
    from sandbox.people import make_staff

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    if arguments.demo and not (DEMO / DUMP_FILE).is_file():
        raise PartError("There is no demo to go on with: run `make demo` first.")
    folder, staff = (DEMO, None) if arguments.demo else (UP, make_staff(arguments.people, arguments.seed))
    settings = {"AUTH_MODE": "entra", "WEBSITE_AUTH_ENABLED": "True", **(DEMO_SETTINGS if arguments.demo else {})}
    async with Sandbox(
        folder, staff, settings=settings, lease=arguments.lease, listeners=arguments.listeners
    ) as sandbox:
        print(f"Console           {sandbox.host.url}/console  (offers made-up people to sign in as)")
        print(f"Functions host    {sandbox.host.url}")
        print(f"Graph stand-in    {sandbox.graph.url}  (control path: /control/…)")
        print(f"Azurite           {'  '.join(map(sandbox.azurite.address, SERVICES))}")
        print(f"Settings          {folder / SETTINGS_FILE}")
        if staff is not None:
            export = folder / "staff.xlsx"
            write_export(staff, file=export)
            print(f"An export to drop {export}:  python -m sandbox drop {export.relative_to(ROOT)}")
        print("Press Ctrl+C to stop.", flush=True)
        await stop.wait()


async def _azurite(arguments: argparse.Namespace) -> None:
    azurite = Azurite(arguments.folder)
    await azurite.start()
    print(azurite.connection_string, flush=True)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await azurite.stop()


async def _prepare(arguments: argparse.Namespace) -> None:
    async with _app(arguments) as app:
        await app.prepare_storage()
        print("The containers, queues and tables exist.")


async def _drop(arguments: argparse.Namespace) -> None:
    async with _app(arguments) as app:
        name = arguments.name or arguments.file.name
        identity = await drop(app, name, arguments.file.read_bytes())
        print(f"The file was written to the exports container as {name}. Its run: {identity}")


async def _status(arguments: argparse.Namespace) -> None:
    async with _app(arguments) as app:
        if arguments.run_id is None:
            await list_runs(app, arguments)
            return
        found = await _run(app, arguments)
        shown = {
            "run": found.id,
            "state": found.state,
            "message": found.message,
            "forAdmins": for_admins(found.code),
            "rows": found.total,
            "counts": {state.value: count for state, count in found.counts.items()},
            "planned": found.figures,
            "digest": found.digest,
            "result": found.result_blob,
            "columns": {column.name: column.meaning for column in (found.mapping.columns if found.mapping else ())},
            "sheets": found.mapping.people_sheets.in_words if found.mapping else "",
        }
        print(json.dumps(shown, indent=2))


async def list_runs(app: App, arguments: argparse.Namespace) -> None:
    """The runs in order, and calls for one person apart; with `--watch` again every few seconds until Ctrl+C."""
    while True:
        runs = [run async for run in app.runs.all() if not arguments.state or run.state in arguments.state]
        calls = [run for run in runs if run.is_single_call]
        _print_runs([run for run in runs if not run.is_single_call])
        if calls:
            print("\nCalls for one person")
            _print_runs(calls)
        if not arguments.watch:
            return
        sys.stdout.flush()  # also into a file or a pipe
        await asyncio.sleep(_WATCH_SECONDS)
        print()


def _print_runs(runs: Sequence[Run]) -> None:
    columns = ("RUN", 27), ("STATE", 11), ("SOURCE", 9), ("CREATED (UTC)", 16), ("CHANGED", 16), ("ROWS", 5)
    print(*(f"{name:<{width}}" for name, width in columns), "OUTCOMES", "NAME", sep="  ")
    for run in runs:
        counts = ", ".join(f"{count} {state}" for state, count in run.counts.items() if count) or "-"
        outcome = next(iter(run.counts), run.state)
        state = outcome if run.is_single_call and run.is_over else run.state
        times = f"{run.created_at:%Y-%m-%d %H:%M}  {run.updated_at:%Y-%m-%d %H:%M}"
        print(f"{run.id:<27}  {state:<11}  {run.source:<9}  {times}  {run.total:>5}  {counts}  {_one_line(run.name)}")


def _one_line(text: str) -> str:
    """A name from outside, which must not look like another line or column."""
    return " ".join(visible(text).split())


async def _plan(arguments: argparse.Namespace) -> None:
    async with _app(arguments) as app:
        run = await _run(app, arguments)
        plan = await _stored(run, "plan", app.results.read(f"{run.folder}/{PLAN_WORKBOOK}"))
        _save(arguments, f"{run.id}-{PLAN_WORKBOOK}", plan)


async def _result(arguments: argparse.Namespace) -> None:
    async with _app(arguments) as app:
        run = await _run(app, arguments)
        _save(arguments, f"{run.id}-result.xlsx", await _stored(run, "result", app.returns.read(run)))


async def _stored(run: Run, what: str, reading: Awaitable[bytes]) -> bytes:
    """The workbook. Raises PartError where there is none."""
    try:
        return await reading
    except BlobNotFoundError:
        gone = "it was never written, or retention or an erasure deleted it"
        raise PartError(f"Run {run.id} is {run.state} and has no {what}: {gone}.") from None


async def _run(app: App, arguments: argparse.Namespace) -> Run:
    run = await app.runs.get(arguments.run_id)
    if run is None:
        raise PartError(f"There is no run {arguments.run_id}.")
    return run


def _save(arguments: argparse.Namespace, name: str, workbook: bytes) -> None:
    path: Path = arguments.file or Path(name)
    path.write_bytes(workbook)
    print(f"The workbook was written to {path}.")


async def _start(arguments: argparse.Namespace) -> None:
    async with _app(arguments) as app:
        verbs: Mapping[str, Callable[[str], Awaitable[Run | None]]] = {
            "reconcile": app.reconcile,
            "readiness": app.readiness,
            "directory": app.directory,
            "cleanup": app.clean_up,
        }
        run = await verbs[arguments.command](local_user())
        print("DIRECTORY_SOURCE is not set, so no run was started." if run is None else f"Run {run.id} is {run.state}.")


async def _decide(arguments: argparse.Namespace) -> None:
    async with _app(arguments) as app:
        by = local_user()
        match arguments.command:
            case "approve":
                run = await app.decisions.approve(arguments.run_id, arguments.digest, by)
            case "choose":
                choices = dict(choice.split("=", 1) for choice in arguments.choices)
                sheets = SheetsRead(choices.pop("sheets")) if "sheets" in choices else None
                run = await app.decisions.choose_columns(arguments.run_id, arguments.digest, choices, by, sheets=sheets)
            case "answer":
                run = await app.answer_questions(
                    arguments.run_id, arguments.digest, _one_per_row(arguments.answers), by
                )
            case "reject":
                run = await app.decisions.reject(arguments.run_id, by)
            case "redrive":
                run = await app.redrive(arguments.run_id, by)
            case "undo":
                run = await app.undo(arguments.run_id, by)
                print(f"Run {run.id} undoes {arguments.run_id} once it is approved.")
            case _:
                run = await app.decisions.cancel(arguments.run_id, by)
        print(f"Run {run.id} is {run.state}.")


async def _layouts(arguments: argparse.Namespace) -> None:
    async with _app(arguments) as app:
        if arguments.forget is None:
            async for layout in app.layouts.forgotten():
                print(f"{layout.fingerprint}  forgotten {layout.forgotten_at:%Y-%m-%d} by {layout.forgotten_by}")
            async for layout in app.layouts.all():
                sheets = sheets_in_words(layout.sheets or [layout.sheet or "without a name"])
                where = f"{layout.folder or 'top level'}, {sheets}"
                about = f"{layout.at:%Y-%m-%d}  {layout.run}  {layout.approved_by}  {_one_line(where)}"
                print(f"{layout.fingerprint}  {about}")
                for index, column in enumerate(layout.columns):
                    heading = _one_line(column.heading) or "(no heading)"
                    print(f"    {column_letters(index):<3} {heading}: {role_name(column.role)}")
        elif not await app.forget_layout(arguments.forget, local_user()):
            raise PartError("There is no layout with this fingerprint.")
        else:
            print("The layout is forgotten.")


def _choice(text: str) -> str:
    """Raises ValueError for anything but COLUMN=ROLE, sheets=all and sheets=first."""
    column, separator, role = text.partition("=")
    if not separator:
        raise ValueError("a choice is COLUMN=ROLE")
    if column == "sheets":
        SheetsRead(role)
    return text


def _answer(text: str) -> tuple[int, Answer]:
    """Raises ValueError for anything but ROW=replace and ROW=leave."""
    row, _, answer = text.partition("=")
    return int(row), Answer(answer or "none")


def _one_per_row(answers: Sequence[tuple[int, Answer]]) -> dict[int, Answer]:
    """Raises PartError when a row has two answers."""
    by_row = dict(answers)
    if len(by_row) < len(set(answers)):
        raise PartError("A row has two answers; give one for each row.")
    return by_row


async def _doctor(arguments: argparse.Namespace) -> int:
    """The exit code of the doctor: 1 when a check failed."""
    async with _app(arguments) as app:
        findings = await app.doctor()
    console, table = Console(width=arguments.width), Table("Check", "", "What was found")
    for finding in findings:
        table.add_row(finding.check, Text(finding.status, STYLES[finding.status]), Text(finding.sentence))
    console.print(table)
    for finding in findings:
        if finding.remedy:
            # Not wrapped, so that a command can be copied.
            console.print(Text(f"{finding.check}: {finding.remedy}"), soft_wrap=True)
    return int(any(finding.status is Status.FAILED for finding in findings))


async def _audit(arguments: argparse.Namespace) -> int:
    """The exit code: 1 when the journal, or a file of the run, is not as it was."""
    async with _app(arguments) as app:
        if arguments.run_id is None:
            audit = RunAudit(await app.journal.journal.verify())
        else:
            audit = await app.journal.audit(await _run(app, arguments))
    found, changed = audit.journal, audit.changed_files
    for record in found.records:
        print(json.dumps(record, sort_keys=True))
    for name in changed:
        print(f"{name} of the run is not as the journal says.")
    for problem in found.problems:
        print(problem)
    whole = "not whole" if found.problems else "whole"
    print(f"The journal is {whole}; its head is record {found.head.sequence}, {found.head.hash}.")
    return int(bool(found.problems or changed))


async def _erase(arguments: argparse.Namespace) -> int:
    """The exit code: 1 when something is in the way, or a person has to look at files that cannot be searched."""
    async with _app(arguments) as app:
        erasure = app.erasure
        if arguments.find:
            found = await erasure.find(arguments.person, arguments.also)
        else:
            found = await erasure.erase(arguments.person, arguments.also, local_user())
    print(json.dumps(PersonDataResource.of(found).model_dump(mode="json", by_alias=True), indent=2))
    return int(bool(found.in_the_way or found.unsearched))


async def _template(arguments: argparse.Namespace) -> None:
    arguments.file.write_bytes(App(os.environ).template(arguments.language))
    print(f"The form was written to {arguments.file}.")


@asynccontextmanager
async def _app(arguments: argparse.Namespace) -> AsyncIterator[App]:
    """The app with the variables of the environment, and those that only the settings file has.

    Without `--settings`, the file of the sandbox is read unless the environment names a storage account.
    """
    path = arguments.settings or (None if "AzureWebJobsStorage" in os.environ else _settings_of_sandbox())
    with environment({**(read_local_settings(path) if path else {}), **os.environ}):
        app = App(os.environ)
        try:
            yield app
        finally:
            await app.close()


def _settings_of_sandbox() -> Path:
    """The settings file of the sandbox that was started last. Raises PartError when there was none."""
    found = [path for folder in (UP, DEMO) if (path := folder / SETTINGS_FILE).is_file()]
    if not found:
        raise PartError("No sandbox was started: run `python -m sandbox up`, or name a settings file by --settings.")
    return max(found, key=lambda path: path.stat().st_mtime)


def _take_person(erase: argparse.ArgumentParser) -> None:
    erase.add_argument("person", metavar="ID", help="object id of the person")
    erase.add_argument("--find", action="store_true", help="change nothing")
    erase.add_argument(
        "--also", action="append", default=[], metavar="NAME", help="a name that the directory does not know any more"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: object, explained: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=explained, description=explained)
        sub.set_defaults(run=run)
        return sub

    demo = command("demo", _demo, "run the whole system, show and check the main job, and stop")
    demo.add_argument("--width", type=int, help="columns of the output (default: the terminal's)")
    up = command("up", _up, "run the whole system until Ctrl+C")
    up.add_argument("--demo", action="store_true", help="go on where the demo has ended, with its runs and people")
    up.add_argument("--people", type=int, default=300, help="how many made-up people there are")
    up.add_argument("--seed", type=int, default=2026, help="the same seed makes the same people")
    up.add_argument("--lease", type=float, default=5, help="seconds that a queue message is hidden while it is handled")
    for sub in (demo, up):
        sub.add_argument(
            "--listeners",
            type=Listeners,
            choices=list(Listeners),
            default=Listeners.SANDBOX,
            help="whose code listens to queues, blobs and timers",
        )
    azurite = command("azurite", _azurite, "run Azurite alone and print its connection string")
    azurite.add_argument("--folder", type=Path, default=HOME / "azurite", help="folder of its data")
    for name, module in PARTS.items():
        commands.add_parser(name, help=f"run {module} alone; --help shows its arguments")
    prepare = command("prepare", _prepare, "create the containers, queues and tables in a storage account")
    drop = command("drop", _drop, "put a file into the exports container")
    drop.add_argument("file", type=Path)
    drop.add_argument("--name", help="name of the blob, for instance preview/staff.xlsx")
    status = command("status", _status, "show a run, or list the runs")
    status.add_argument("run_id", nargs="?", metavar="RUN")
    status.add_argument(
        "--state", type=RunState, choices=list(RunState), action="append", help="list only runs in this state"
    )
    status.add_argument("--watch", action="store_true", help="list them again every few seconds, until Ctrl+C")
    audit = command("audit", _audit, "check the journal, or show and check what it says of a run")
    audit.add_argument("run_id", nargs="?", metavar="RUN")
    erase = command("erase", _erase, "erase what is stored about a person, or find it; shows what there was")
    _take_person(erase)
    plan = command("plan", _plan, "write what a run would change, with old and new values; for approvers only")
    result = command("result", _result, "write what went back to HR: the export with outcomes, or why it was refused")
    for sub in (plan, result):
        sub.add_argument("run_id", metavar="RUN")
        sub.add_argument("file", type=Path, nargs="?", help="where to (default: named by the run)")
    doctor = command("doctor", _doctor, "check everything that the app needs, and change nothing")
    doctor.add_argument("--width", type=int, help="columns of the output (default: the terminal's)")
    starting = [command(name, _start, explained) for name, explained in _STARTED.items()]
    for name in DECISIONS:
        explained = _EXPLAINED.get(name, f"{name} a run")
        decide = command(name, _decide, explained)
        decide.add_argument("run_id", metavar="RUN")
        if name in {"approve", "choose", "answer"}:
            decide.add_argument("digest", help="digest of the plan that you checked, or its first 12 digits")
        if name == "choose":
            decide.add_argument(
                "choices",
                nargs="+",
                type=_choice,
                metavar="COLUMN=ROLE",
                help="for instance C=mobile; sheets=all and sheets=first say which sheets of people are read",
            )
        if name == "answer":
            decide.add_argument("answers", nargs="+", type=_answer, metavar="ROW=ANSWER", help="17=replace or 17=leave")
    layouts = command("layouts", _layouts, "list the layouts of exports that people have approved, or forget one")
    layouts.add_argument("--forget", metavar="FINGERPRINT", help="have the next export of this layout held again")
    template = command("template", _template, "write an empty form for HR")
    template.add_argument("file", type=Path, nargs="?", default=Path("template.xlsx"))
    template.add_argument("--language", type=Language, choices=Language, help="of the form")
    for sub in (
        prepare,
        drop,
        status,
        audit,
        erase,
        plan,
        result,
        layouts,
        doctor,
        *starting,
        *(commands.choices[name] for name in DECISIONS),
    ):
        sub.add_argument(
            "--settings", type=Path, help="settings file (default: that of the sandbox that was started last)"
        )
    return parser


if __name__ == "__main__":
    sys.exit(main())
