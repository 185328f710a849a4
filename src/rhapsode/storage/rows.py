"""Small helps for queries."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")
_FEW = 100
_MANY = 850
"""SQLite before 3.32 takes 999 parameters in a statement. One may have a run of many values and another of few, which
leaves 49 for all else that it names."""

WHITE_SPACE = "".join(filter(str.isspace, map(chr, range(0x3001))))
"""All that `str.strip` takes away; to SQL only one of them is a space."""


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut values into runs that fit one statement's parameters, in which each stands once."""
    for start in range(0, len(values), _MANY):
        yield values[start : start + _MANY]


def in_values(
    connection: sa.Connection, column: sa.ColumnElement[str], values: Iterable[str]
) -> sa.ColumnElement[bool]:
    """Whether a column has one of any number of texts, which are one parameter."""
    is_sqlite = connection.dialect.name == "sqlite"
    each = sa.func.json_each if is_sqlite else sa.func.json_array_elements_text
    texts = sa.literal(json.dumps(list(values)), sa.Text())
    listed = each(texts if is_sqlite else sa.cast(texts, sa.JSON)).table_valued("value")
    return column.in_(sa.select(listed.c.value))


def in_few(
    connection: sa.Connection, column: sa.ColumnElement[str], values: Collection[str]
) -> sa.ColumnElement[bool]:
    """The same of texts that are usually few: each is a parameter then, so the database begins with them."""
    return column.in_(sorted(values)) if len(values) <= _FEW else in_values(connection, column, values)


def insert_or_ignore(connection: sa.Connection, table: sa.Table) -> Any:
    """An insert that leaves rows alone which are already there, in the dialect of the connection."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    return dialect.insert(table).on_conflict_do_nothing()


def insert_all(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, of which there may be none."""
    if rows:
        connection.execute(table.insert(), rows)


def fetch_at_once(connection: sa.Connection, selected: sa.Select[Any]) -> list[list[Any]]:
    """The rows of a query without bytes in them, fetched as a single one; each a list of its columns, in no order.

    For a hundred small rows that are often asked for: SQLite lets go of the interpreter for each row, and beside
    threads that compute it may take milliseconds to get it back.
    """
    is_sqlite = connection.dialect.name == "sqlite"
    make = sa.func.json_array if is_sqlite else sa.func.json_build_array
    gather = sa.func.json_group_array if is_sqlite else sa.func.json_agg
    rows = sa.cast(gather(make(*selected.subquery().c)), sa.Text)
    found: list[list[Any]] = json.loads(connection.execute(sa.select(rows)).scalar_one() or "[]")
    return found
