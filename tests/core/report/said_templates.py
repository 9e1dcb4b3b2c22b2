"""Every sentence that the app says, found in its source code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from shared.core.export.appearance import Appearance
from shared.core.export.column_profile import ValueKind
from shared.core.export.fields import Field
from shared.core.export.headings.heading import Topic
from shared.core.export.map_columns import HIDDEN
from shared.core.values.cell import SMS_SIGN_IN
from shared.core.values.codes import CODES
from shared.core.values.slot import Slot

_ROOT = Path(__file__).parents[3]
_NEVER_IN_A_WORKBOOK = (
    "shared/api/",
    "shared/console/",
    "shared/doctor/",
    "shared/wiring/",
    "shared/flows/upkeep/erasure",
)
_FROM_A_TABLE = {
    "shared/adapters/graph/gateway.py": "the kinds of keys, which are fields",
    "shared/adapters/workbook/reading/file_kind.py": "the kinds of files",
    "shared/adapters/workbook/writing/annotated.py": "a code",
    "shared/core/export/appearance.py": "the appearances of columns",
    "shared/core/export/fields.py": "the fields",
    "shared/core/export/file_mapping.py": "a field, by its name",
    "shared/core/export/header.py": "the meaning of a code",
    "shared/core/export/headings/heading.py": "the topics of headings",
    "shared/core/plan/plan_refusal.py": "the meaning of a code",
    "shared/core/plan/slot_outcomes.py": "codes, slots and their states",
    "shared/core/run/value_index.py": "the kinds of shared values, which are slots",
    "shared/core/values/said.py": "said or counted by its callers",
    "shared/core/values/slot.py": "the slots",
    "shared/flows/intake/corrected_result.py": "the meaning of a code",
    "shared/flows/intake/known_layouts.py": "the meaning of a code",
    "shared/flows/scheduled/reconcile.py": "the kinds of drift, which are codes",
}
"""The files that say what stands in a table, and which: `words_of_tables` has all of it."""
_STATES = frozenset({"created", "updated", "removed", "unchanged", "enabled", "disabled"})
"""What became of a slot."""
BLANK = re.compile(r"\{(\w+)\}")


@cache
def said_templates() -> frozenset[str]:
    """The template of every sentence, with words of its own; those of tables too."""
    found = {template for _, template in _in_source()} | words_of_tables()
    return frozenset(template for template in found if re.search("[A-Za-z]", BLANK.sub("", template)))


def words_of_tables() -> set[str]:
    meanings = {text for info in CODES.values() for text in (info.meaning, info.meaning.removesuffix("."), info.remedy)}
    names = {one.value for kind in (Appearance, Field, Slot, Topic, ValueKind) for one in kind}
    return (meanings | names | CODES.keys() | _STATES | {HIDDEN, SMS_SIGN_IN, "workbook", "text file"}) - {""}


def _in_source() -> Iterator[tuple[str, str]]:
    for path in sorted((_ROOT / "shared").rglob("*.py")):
        name = path.relative_to(_ROOT).as_posix()
        if not name.startswith(_NEVER_IN_A_WORKBOOK):
            for template in _said_in(name, path.read_text(encoding="utf-8")):
                yield name, template


def _said_in(name: str, source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id="Said"), args=[ast.Attribute(attr="template")]):
                pass  # of a sentence that is found where it is made
            case ast.Call(func=ast.Name(id="Said"), args=[template]):
                found = _literals(template)
                assert found or name in _FROM_A_TABLE, f"{name}:{node.lineno} says what no test can find"
                yield from found
            case ast.Call(func=ast.Name(id="counted"), args=[_, one, many]):
                yield from (f"{{count}} {form}" for each in (one, many) for form in _literals(each))
            case ast.Call(func=ast.Name(id="by_count"), args=[_, one, many]):
                yield from (form for each in (one, many) for form in _literals(each))
            case _:
                pass


def _literals(node: ast.expr) -> list[str]:
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.IfExp():
            return [*_literals(node.body), *_literals(node.orelse)]
        case _:
            return []


def errors_in_english() -> list[str]:
    """Where an error of the directory has a message that is said in no other language."""
    found = []
    for path in sorted((_ROOT / "shared/adapters/graph").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=name), args=[_, ast.Constant() | ast.JoinedStr(), *_]) if name.endswith(
                    "Error"
                ):
                    found.append(f"{path.name}:{node.lineno}")
                case _:
                    pass
    return found
