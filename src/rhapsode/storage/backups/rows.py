"""All rows of the records as lines of text that fit every database, cut where their contents say.

A line is JSON: an object begins a table, an array is one of its rows. Stretches are cut after lines whose checksum
says so, and named by their bytes: a row that changes or comes makes one or two new ones, and leaves all others alone.
"""

import base64
import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import CompileError, IntegrityError, NoSuchTableError

from rhapsode.storage import schema
from rhapsode.storage.checksums import crc32_of
from rhapsode.storage.migration import migrate_to
from rhapsode.storage.records import Transaction
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.limits import MAX_STRETCH_BYTES

NOT_KEPT = frozenset({"history_shelves", "whole_files", "installation", "members", "leases", "sessions"})
"""What is made again: the index of the history, what an object store has of whole downloads, who works on it, and who
is signed in."""

_STRETCH_BYTES = 2**18
"""Of the mean stretch. Its files aren't many, and what an edit copies is little."""

_ROWS_AT_ONCE = 1_000
_COMPRESSION = 6
_GZIP = 31
"""zlib's word for the format that `gzip` writes."""

_SENSELESS = (
    ArithmeticError,
    KeyError,
    RecursionError,
    TypeError,
    ValueError,
    CompileError,
    IntegrityError,
    NoSuchTableError,
)
"""What comes of rows that Rhapsode hasn't written."""


def row_stretches(tx: Transaction) -> Iterator[bytes]:
    """All rows of all workspaces, as the transaction sees them, in stretches of lines."""
    lines: list[bytes] = []
    for line in _lines(tx):
        lines.append(line)
        # The longer a line, the likelier it is the last: so stretches are of one size, however long rows are.
        if crc32_of(line) * _STRETCH_BYTES < len(line) * 2**32:
            yield b"".join(lines)
            lines = []
    if lines:
        yield b"".join(lines)


def _lines(tx: Transaction) -> Iterator[bytes]:
    for table in schema.metadata.sorted_tables:
        if table.name in NOT_KEPT:
            continue
        yield _line({"table": table.name, "columns": table.columns.keys(), "binary": _binary_names(table)})
        rows = tx.connection.execute(
            sa.select(table).order_by(*table.primary_key.columns),
            execution_options={"yield_per": _ROWS_AT_ONCE},
        )
        for row in rows:
            yield _line([base64.b64encode(v).decode() if isinstance(v, bytes) else v for v in row])


def _line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _binary_names(table: sa.Table) -> list[str]:
    return [column.name for column in table.columns if isinstance(column.type, sa.LargeBinary)]


def packed_stretch(content: bytes) -> bytes:
    """A stretch as it is kept."""
    return gzip.compress(content, _COMPRESSION, mtime=0)


def unpacked_stretch(digest: str, content: bytes) -> bytes:
    """The opposite of `packed_stretch`. Raises: DataDamaged, when it isn't the one with this SHA-256."""
    unpacking = zlib.decompressobj(wbits=_GZIP)
    try:
        lines = unpacking.decompress(content, MAX_STRETCH_BYTES)
    except zlib.error as error:
        msg = f"The rows {digest} can't be unpacked."
        raise DataDamaged(msg) from error
    if unpacking.unconsumed_tail:
        # Whoever made the backup may want to fill somebody's memory.
        msg = (
            f"The rows {digest} are more than {MAX_STRETCH_BYTES:,} bytes. "
            "RHAPSODE_LIMIT_MAX_STRETCH_BYTES allows more."
        )
        raise DataDamaged(msg)
    if hashlib.sha256(lines).hexdigest() != digest:
        msg = f"The rows {digest} differ from their checksum."
        raise DataDamaged(msg)
    return lines


def insert_rows(connection: sa.Connection, revision: str, stretches: Iterable[bytes]) -> None:
    """Fill a database that has nothing in it: tables of a revision, their rows, and then the newest schema.

    Raises: DataDirectoryRefused, when a newer version has made the rows; DataDamaged, when they make no sense.
    """
    migrate_to(connection, revision)
    insert_lines(connection, stretches)
    migrate_to(connection, schema.REVISION)
    _advance_serials(connection)


def insert_lines(connection: sa.Connection, stretches: Iterable[bytes]) -> None:
    """Insert rows into tables that have the columns these were read from. Raises: DataDamaged."""
    try:
        _insert_all(connection, stretches)
    except _SENSELESS as error:
        msg = "The rows of the backup make no sense: they aren't what Rhapsode writes. Restore another one."
        raise DataDamaged(msg) from error


def _insert_all(connection: sa.Connection, stretches: Iterable[bytes]) -> None:
    tables, table, batch = sa.MetaData(), None, list[dict[str, Any]]()
    head: dict[str, Any] = {}
    for line in _parsed(stretches):
        if isinstance(line, dict):
            _insert(connection, table, batch)
            head, table = line, sa.Table(line["table"], tables, autoload_with=connection)
        else:
            batch.append(_row(head, line))
        if len(batch) >= _ROWS_AT_ONCE:
            _insert(connection, table, batch)
    _insert(connection, table, batch)


def _advance_serials(connection: sa.Connection) -> None:
    """Let rows that come be numbered after those that were inserted with their numbers, as SQLite does by itself."""
    if connection.dialect.name == "sqlite":
        return
    for table in schema.metadata.sorted_tables:
        for column in table.primary_key.columns:
            sequence = connection.scalar(sa.select(sa.func.pg_get_serial_sequence(table.name, column.name)))
            if sequence is not None:
                following = sa.select(sa.func.coalesce(sa.func.max(column), 0) + 1).scalar_subquery()
                connection.execute(sa.select(sa.func.setval(sequence, following, False)))


def _parsed(stretches: Iterable[bytes]) -> Iterator[Any]:
    return (json.loads(line) for stretch in stretches for line in stretch.splitlines())


def _row(head: dict[str, Any], values: list[Any]) -> dict[str, Any]:
    if not all(isinstance(value, str | int | float | None) for value in values):
        raise TypeError
    row = dict(zip(head["columns"], values, strict=True))
    return row | {
        name: base64.b64decode(row[name], validate=True) for name in head["binary"] if row[name] is not None
    }


def _insert(connection: sa.Connection, table: sa.Table | None, batch: list[dict[str, Any]]) -> None:
    if table is not None and batch:
        connection.execute(table.insert(), batch)
        batch.clear()
