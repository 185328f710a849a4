"""Where a stretch of text, and items of a voice, model or source, are found among a million history items.

On SQLite alone: elsewhere `storage.history_list` reads the items themselves, with the same results. The index is the
full-text table `history_texts`, which keeps no text, only where each three characters in a row occur. Its documents
are moments: all items that a workspace made in the same millisecond, nearly always one. The document's number is its
shelf (storage.history_shelves), then the moment, so that

- a workspace is a range of numbers or a few. A word that every item of one workspace has costs another, where none
  has it, nothing, whichever of the two came first.
- to go through a list from the newest on, from a day, or from where a page ended, is to go through numbers in order.

Beside the text, a document has its *scopes*: for each set of conditions that one of its items fits (a voice, a model,
a source, any of them together, none), three characters that are a digest of it and of the shelf. So whichever
conditions are asked for, one list of numbers is the answer, and it ends where the shelf does. What the index finds is
then compared with the items, since a digest may be another one's too.

All of it works in the caller's transaction, with which the index is as true as the items are.
Source: sqlite.org/fts5.html, sections 4.3.4 (trigrams), 4.4.1 (tables without content) and 4.4.4 (columnsize).
"""

import contextlib
import functools
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice, product
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import keys, schema
from rhapsode.storage.history_shelves import Shelf, find_shelf, shelve
from rhapsode.storage.records import Transaction

MIN_NEEDLE_CHARACTERS = 3
"""Code points, once it is `folded`, of the shortest stretch that the index finds."""

Scope = tuple[str | None, str | None, str | None]
"""A voice, a model and a source; None leaves one out."""

DOCUMENTS = sa.table(
    "history_texts",
    sa.column("history_texts", sa.Text()),
    sa.column("rowid", sa.BigInteger()),
    sa.column("text", sa.Text()),
    sa.column("scope", sa.Text()),
)
_ITEMS = schema.history_items
_MOMENT_BITS = 42
_LAST_MOMENT_MS = (1 << _MOMENT_BITS) - 1  # in the year 2109
_FIRST_DIGIT, _DIGIT_BITS = 0x100000, 15  # of the characters that a digest is written in: private ones
_DOCUMENTS_AT_ONCE = 1_000

Document = dict[str, Any]


def is_indexed(tx: Transaction) -> bool:
    """Whether these records have the index."""
    return tx.connection.dialect.name == "sqlite"


def folded(text: str) -> str:
    """A text as it is compared with another, whatever their case.

    Neither SQLite nor Postgres with the collation "C" knows the case of other letters than A to Z. Without NUL,
    where the index would take a text to end.
    """
    return text.casefold().replace("\0", "\n")


@contextlib.contextmanager
def reindexed(tx: Transaction, created_at_ms: int) -> Iterator[None]:
    """Around whatever changes items of a moment: afterwards the index has them as they are then."""
    if not is_indexed(tx):
        yield
        return
    before = _list_items(tx, created_at_ms)
    shelf = find_shelf(tx, created_at_ms) if before else None
    yield
    after = _list_items(tx, created_at_ms)
    if shelf is not None:
        tx.connection.execute(_insert(command="delete"), _document(shelf, before))
    if after:
        tx.connection.execute(_insert(), _document(shelf or shelve(tx, created_at_ms), after))


def empty_index(tx: Transaction) -> None:
    """Take all items of all workspaces out of the index."""
    if is_indexed(tx):
        tx.connection.execute(sa.insert(DOCUMENTS).values(history_texts="delete-all"))
        tx.connection.execute(schema.history_shelves.delete())


def delete_oldest_items(tx: Transaction, *, moment_count: int) -> int:
    """Delete all items of the workspace's oldest moments, with what the index has of them; how many they were."""
    moments = (
        sa.select(_ITEMS.c.created_at_ms)
        .where(_ITEMS.c.workspace_id == tx.workspace_id)
        .distinct()
        .order_by(_ITEMS.c.created_at_ms)
        .limit(moment_count)
    )
    deleted = 0
    for created_at_ms in tx.connection.execute(moments).scalars().all():
        of_moment = (_ITEMS.c.workspace_id == tx.workspace_id, _ITEMS.c.created_at_ms == created_at_ms)
        with reindexed(tx, created_at_ms):
            deleted += tx.connection.execute(_ITEMS.delete().where(*of_moment)).rowcount
    return deleted


def fill_index(tx: Transaction) -> None:
    """Put all items of the workspace into an index that has none of them."""
    rows = tx.connection.execute(
        _selected(tx).order_by(_ITEMS.c.created_at_ms, _ITEMS.c.history_item_id),
        execution_options={"yield_per": _DOCUMENTS_AT_ONCE},
    )
    moments = ([*items] for _, items in groupby(rows, lambda row: row.created_at_ms))
    while chunk := list(islice(moments, _DOCUMENTS_AT_ONCE)):
        first_ms, last_ms = chunk[0][0].created_at_ms, chunk[-1][0].created_at_ms
        shelf = shelve(tx, first_ms, last_ms=last_ms, count=len(chunk))
        tx.connection.execute(_insert(), [_document(shelf, items) for items in chunk])


def found_documents(
    shelves: Sequence[Shelf], scope: Scope, needle: str, *, first_ms: int, last_ms: int
) -> Iterator[sa.ColumnElement[bool]]:
    """Which documents may have an item of a scope with a text that contains `needle`, from a moment to another.

    shelves: some that follow each other, the oldest first.
    needle: folded; of fewer characters than the index finds, it leaves the text out.
    """
    scopes = " OR ".join(f'"{_token(shelf.number, scope)}"' for shelf in shelves)
    match = f"scope : ({scopes})"
    if len(needle) >= MIN_NEEDLE_CHARACTERS:
        escaped = needle.replace('"', '""')
        match += f' AND text : "{escaped}"'
    document = DOCUMENTS.c
    first, last = _number(shelves[0], first_ms), _number(shelves[-1], last_ms)
    yield document.history_texts.op("MATCH")(match)
    yield document.rowid.between(first, last)
    yield _ITEMS.c.created_at_ms == document.rowid.op("&")(_LAST_MOMENT_MS)


# Documents


def _list_items(tx: Transaction, created_at_ms: int) -> Sequence[sa.Row[Any]]:
    """All of a moment, in the order of their ids: asked for it, SQLite would walk through all of the workspace."""
    rows = tx.connection.execute(_selected(tx).where(_ITEMS.c.created_at_ms == created_at_ms))
    return sorted(rows, key=lambda row: row.history_item_id)


def _selected(tx: Transaction) -> sa.Select[Any]:
    item = _ITEMS.c
    columns = (
        item.history_item_id,
        item.created_at_ms,
        item.voice_id,
        item.model_id,
        item.source,
        item.text,
    )
    return sa.select(*columns).where(item.workspace_id == tx.workspace_id)


def _document(shelf: Shelf, items: Sequence[sa.Row[Any]]) -> Document:
    """What the index has of all items of a moment."""
    return {
        "b_number": _number(shelf, items[0].created_at_ms),
        "b_text": "\n".join(folded(item.text) for item in items),
        "b_scope": "".join(_token(shelf.number, scope) for scope in _scopes_of(items)),
    }


def _insert(*, command: str | None = None) -> sa.Insert:
    values: dict[str, Any] = {
        "rowid": sa.bindparam("b_number"),
        "text": sa.bindparam("b_text"),
        "scope": sa.bindparam("b_scope"),
    }
    return sa.insert(DOCUMENTS).values(values if command is None else values | {"history_texts": command})


def _scopes_of(items: Iterable[sa.Row[Any]]) -> dict[Scope, None]:
    """All scopes that any of the items is in, each once, always in the same order."""
    return dict.fromkeys(
        scope
        for item in items
        for scope in product((item.voice_id, None), (item.model_id, None), (item.source, None))
    )


@functools.lru_cache(10_000)
def _token(shelf_number: int, scope: Scope) -> str:
    number = int.from_bytes(keys.digest("history-scope/1", shelf_number, *scope)[:6])
    return "".join(chr(_FIRST_DIGIT + (number >> _DIGIT_BITS * place) % 2**_DIGIT_BITS) for place in range(3))


def _number(shelf: Shelf, moment_ms: int) -> int:
    return (shelf.number << _MOMENT_BITS) + min(max(moment_ms, 0), _LAST_MOMENT_MS)
