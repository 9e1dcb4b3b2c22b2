"""A Log Analytics workspace in memory: rows in its tables, queries that run over them, and the alerts as deployed.

A translator to DuckDB's SQL runs the queries; decision 88 says how far it is trusted.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from operator import ge, gt, lt
from typing import Any

import pytest

from testing.virtual_time import START
from tests.infra.log_tables import QUERIES, TABLES
from tests.infra.snapshots import of_type

duckdb = pytest.importorskip("duckdb", reason="requirements-dev.txt has what runs the queries")
translator = pytest.importorskip("duckdb_kql", reason="requirements-dev.txt has what runs the queries")

IDENTITY = "00000000-0000-4000-8000-0000000000a1"
"""The object id of the app's identity, which the templates put into the queries."""
COLUMNS = {
    table: dict(column.strip().split(":") for column in columns.strip("()").split(","))
    for table, columns in TABLES.items()
}
_SQL_TYPES = {
    "datetime": "TIMESTAMP",
    "string": "VARCHAR",
    "dynamic": "JSON",
    "int": "INTEGER",
    "real": "DOUBLE",
    "bool": "BOOLEAN",
}
_OPERATORS = {"GreaterThan": gt, "GreaterThanOrEqual": ge, "LessThan": lt}
_WINDOWS = {"PT15M": timedelta(minutes=15), "PT1H": timedelta(hours=1), "P1D": timedelta(days=1), "P2D": timedelta(2)}


@dataclass(frozen=True, slots=True)
class Logged:
    """One row of a table."""

    table: str
    time: datetime
    columns: Mapping[str, Any]


@dataclass
class Workspace:
    rows: list[Logged] = field(default_factory=list)

    def add(self, table: str, time: datetime, **columns: object) -> None:
        self.rows.append(Logged(table, time, columns))

    def ask(self, query: str, now: datetime, window: timedelta = timedelta(days=400)) -> list[dict[str, Any]]:
        """What a query answers about the rows of the window that ends now."""
        engine = _engine()
        for table in COLUMNS:
            engine.execute(f'DELETE FROM "{table}"')  # noqa: S608 - our own names
        for row in self.rows:
            if now - window < row.time <= now:
                _insert(engine, row)
        sql = _sql(query)
        answer = engine.execute(sql, {name: _stored(now, "datetime") for name in sql.parameters})
        names = [column[0] for column in answer.description]
        return [dict(zip(names, values, strict=True)) for values in answer.fetchall()]


@dataclass(frozen=True, slots=True)
class Alert:
    """A rule of infra/monitor.bicep, as the compiler evaluates it with the parameters' defaults."""

    name: str
    window: timedelta
    measure: str | None
    by: tuple[str, ...]
    operator: str
    threshold: int

    def fires(self, workspace: Workspace, now: datetime) -> set[str]:
        """For which values of its dimension it fires; {""} = it has none, and fires."""
        groups: dict[str, list[float]] = defaultdict(list)
        for row in workspace.ask(text_of(self.name), now, self.window):
            if (value := 1 if self.measure is None else row[self.measure]) is not None:
                groups[" ".join(str(row[name]) for name in self.by)].append(value)
        return {group for group, values in groups.items() if _OPERATORS[self.operator](sum(values), self.threshold)}


def text_of(query: str) -> str:
    return QUERIES[query].replace('"IDENTITY"', f'"{IDENTITY}"')


@cache
def alerts() -> Mapping[str, Alert]:
    found = {}
    for rule in of_type("premium", "Microsoft.Insights/scheduledQueryRules"):
        properties, (criterion,) = rule["properties"], rule["properties"]["criteria"]["allOf"]
        name = properties["displayName"].removeprefix("Phone methods: ")
        assert (criterion["timeAggregation"] == "Count") == (criterion["metricMeasureColumn"] is None)
        found[name] = Alert(
            name,
            _WINDOWS[properties["windowSize"]],
            criterion["metricMeasureColumn"],
            tuple(dimension["name"] for dimension in criterion["dimensions"]),
            criterion["operator"],
            criterion["threshold"],
        )
    return found


@cache
def _engine() -> Any:
    """A database of this process with the empty tables."""
    engine = duckdb.connect()
    engine.execute("SET TimeZone = 'UTC'")
    engine.execute("PRAGMA disable_optimizer")  # for a few rows it takes longer than the rest
    for table, columns in COLUMNS.items():
        typed = ", ".join(f'"{name}" {_SQL_TYPES[kind]}' for name, kind in columns.items())
        engine.execute(f'CREATE TABLE "{table}" ({typed})')
    return engine


def _insert(engine: Any, row: Logged) -> None:
    known = COLUMNS[row.table]
    values = {"TimeGenerated": row.time} | dict(row.columns)
    if unknown := set(values) - set(known):
        raise KeyError(f"{row.table} has no columns {unknown}")
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join("?" * len(values))
    stored = [_stored(value, known[name]) for name, value in values.items()]
    engine.execute(f'INSERT INTO "{row.table}" ({names}) VALUES ({marks})', stored)  # noqa: S608 - our own names


def _stored(value: object, kind: str) -> object:
    if kind == "dynamic":
        return json.dumps(value)
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value


@cache
def _sql(query: str) -> Any:
    """The query as SQL; its only parameter is the time of the question, if it asks for that."""
    schema = {table: list(columns) for table, columns in COLUMNS.items()}
    return translator.to_sql(query, schema=schema, query_now=START)
