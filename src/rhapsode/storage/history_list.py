"""History in pages: listed, filtered and searched, a million items about as fast as a hundred."""

import contextlib
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.history import item_of, select_items
from rhapsode.storage.history_index import (
    DOCUMENTS,
    MIN_NEEDLE_CHARACTERS,
    Scope,
    folded,
    found_documents,
    is_indexed,
)
from rhapsode.storage.history_shelves import Shelf, list_shelves
from rhapsode.storage.records import Transaction
from rhapsode.studio.history import HistoryItem
from rhapsode.studio.ids import HistoryItemId, first_id_at, moment_of
from rhapsode.studio.limits import MAX_SEARCH_S, MAX_SEARCHED_CHARACTERS, MAX_SEARCHED_ITEMS

_ITEM = schema.history_items.c
_ROWS_AT_ONCE = 101  # a page as clients ask for it, and the item that says that there is another
_SHELVES_AT_ONCE = 64
_BEFORE_ALL_IDS, _BEHIND_ALL_IDS = "", "~"
_BEHIND_AN_ID = "0"  # an id with a digit more follows it, and precedes the next one
_BEHIND_ALL_MOMENTS = 2**48
_CLOCK_STEP_S = 1e-6


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """Which items to list. None leaves a condition out.

    date_before_ms: exclusive; date_after_ms: inclusive; both in Unix milliseconds.
    search: a stretch of the text, whatever its case.
    after: where the page before ended, exclusive, in the order of the list.    descending: newest first.
    Source: operation get_speech_history.
    """

    voice_id: str | None = None
    model_id: str | None = None
    date_before_ms: int | None = None
    date_after_ms: int | None = None
    search: str | None = None
    source: str | None = None
    after: HistoryItemId | None = None
    descending: bool = True


@dataclass(frozen=True, slots=True)
class ListedPage:
    """Items in order.

    last: after which item the list goes on; None when there is none.    has_more: whether it may go on. A page may
      hold fewer items than were asked for, or none, and have more: see `list_page`.
    """

    items: tuple[HistoryItem, ...]
    last: HistoryItem | None
    has_more: bool


@dataclass(frozen=True, slots=True)
class _Looked:
    """An item that was looked at. fits: whether it belongs in the list.    is_last: it is enough for one page."""

    row: sa.Row[Any]
    fits: bool
    is_last: bool = False


def list_page(tx: Transaction, query: HistoryQuery, page_size: int) -> ListedPage:
    """At most `page_size` items, by the time they were made. Reads no further than it must.

    A page that is searched in vain ends early, and the next goes on from there: after MAX_SEARCH_S in the index; and
    where the index can't help (one or two characters, or another database than SQLite), after MAX_SEARCHED_ITEMS or
    MAX_SEARCHED_CHARACTERS whose texts were looked through.
    """
    found: list[HistoryItem] = []
    last: sa.Row[Any] | None = None
    with contextlib.closing(_look_through(tx, query)) as looked_at:
        for looked in looked_at:
            if looked.fits and len(found) == page_size and last is not None:
                return ListedPage(tuple(found), item_of(last), has_more=True)
            last = looked.row
            if looked.fits:
                found.append(item_of(last))
            if looked.is_last:
                return ListedPage(tuple(found), item_of(last), has_more=True)
    return ListedPage(tuple(found), found[-1] if found else None, has_more=False)


def _look_through(tx: Transaction, query: HistoryQuery) -> Generator[_Looked]:
    """Items in the order of the list, as few that don't fit as the indexes allow."""
    needle = folded(query.search or "")
    if is_indexed(tx) and (any(_scope(query)) or len(needle) >= MIN_NEEDLE_CHARACTERS):
        candidates = _look_in_index(tx, query, needle)
    else:
        listed = select_items(tx).where(*_in_range(query), *_in_scope(query))
        rows = _rows(tx, listed.order_by(_direction(_ITEM.history_item_id, query)))
        candidates = (_Looked(row, fits=True) for row in rows)
    items_left, characters_left = MAX_SEARCHED_ITEMS, MAX_SEARCHED_CHARACTERS
    for candidate in candidates:
        fits = candidate.fits and needle in folded(candidate.row.text)
        if not fits:
            items_left, characters_left = items_left - 1, characters_left - len(candidate.row.text)
        is_enough = items_left <= 0 or characters_left <= 0
        yield _Looked(candidate.row, fits, is_last=candidate.is_last or is_enough)


def _look_in_index(tx: Transaction, query: HistoryQuery, needle: str) -> Iterator[_Looked]:
    """Candidates that the index knows, shelf by shelf: as many at once as there seems to be time for."""
    first_ms, last_ms = _moments(query)
    shelves = list_shelves(tx, first_ms=first_ms, last_ms=last_ms)
    # Processor time, so that what else goes on at the machine makes no page shorter.
    started_at_s, taken, count = time.thread_time(), 0, 1
    while shelves:
        now, shelves = _cut(shelves, count, query)
        documents = found_documents(now, _scope(query), needle, first_ms=first_ms, last_ms=last_ms)
        yield from (_Looked(row, fits=True) for row in _found_rows(tx, query, [*documents]))
        taken += len(now)
        spent_s = max(time.thread_time() - started_at_s, _CLOCK_STEP_S)
        count = min(int((MAX_SEARCH_S - spent_s) / spent_s * taken), _SHELVES_AT_ONCE)
        if count < 1 and shelves:
            edge = _find_edge(tx, query, now)
            # On the shelf where the page began, it may be what the page began after: then the next one has its turn.
            if edge is not None and _is_behind(edge.history_item_id, query):
                yield _Looked(edge, fits=False, is_last=True)
                return
            count = 1


def _cut(shelves: list[Shelf], count: int, query: HistoryQuery) -> tuple[list[Shelf], list[Shelf]]:
    """The shelves that come first in the list, and the rest; both with the oldest first."""
    if query.descending:
        return shelves[-count:], shelves[:-count]
    return shelves[:count], shelves[count:]


def _found_rows(
    tx: Transaction, query: HistoryQuery, documents: Sequence[sa.ColumnElement[bool]]
) -> Iterator[sa.Row[Any]]:
    """The items of documents, which are moments: those of one are put in order here."""
    # Without a range of ids, for which SQLite would walk through all items of the workspace, for each document.
    found = select_items(tx).where(*documents, *_in_scope(query))
    rows = _rows(tx, found.order_by(_direction(DOCUMENTS.c.rowid, query)))
    for _, of_moment in groupby(rows, lambda row: row.created_at_ms):
        for row in sorted(of_moment, key=lambda row: row.history_item_id, reverse=query.descending):
            if _is_behind(row.history_item_id, query):
                yield row


def _find_edge(tx: Transaction, query: HistoryQuery, shelves: Sequence[Shelf]) -> sa.Row[Any] | None:
    """The item of these shelves that comes last in the list."""
    item_id = _ITEM.history_item_id
    on_them = (item_id >= first_id_at(shelves[0].first_ms), item_id < first_id_at(shelves[-1].last_ms + 1))
    order = item_id.asc() if query.descending else item_id.desc()
    return tx.connection.execute(select_items(tx).where(*on_them).order_by(order).limit(1)).first()


def _rows(tx: Transaction, selected: sa.Select[Any]) -> Iterator[sa.Row[Any]]:
    rows = tx.connection.execute(selected.execution_options(yield_per=_ROWS_AT_ONCE))
    with contextlib.closing(rows):
        yield from rows


def _direction(column: sa.ColumnElement[Any], query: HistoryQuery) -> sa.ColumnElement[Any]:
    return column.desc() if query.descending else column.asc()


def _moments(query: HistoryQuery) -> tuple[int, int]:
    """The first and the last millisecond that items of the page may be of."""
    first_ms = _within(query.date_after_ms or 0)
    last_ms = _BEHIND_ALL_MOMENTS if query.date_before_ms is None else _within(query.date_before_ms - 1)
    if query.after is not None and query.descending:
        last_ms = min(last_ms, moment_of(query.after))
    elif query.after is not None:
        first_ms = max(first_ms, moment_of(query.after))
    return first_ms, last_ms


def _within(moment_ms: int) -> int:
    """A moment, or the end that it is beyond: clients send numbers that no column holds."""
    return min(max(moment_ms, -1), _BEHIND_ALL_MOMENTS)


def _in_range(query: HistoryQuery) -> Iterator[sa.ColumnElement[bool]]:
    first, behind = _BEFORE_ALL_IDS, _BEHIND_ALL_IDS
    if query.date_after_ms is not None:
        first = first_id_at(query.date_after_ms)
    if query.date_before_ms is not None:
        behind = first_id_at(query.date_before_ms)
    if query.after is not None and query.descending:
        behind = min(behind, query.after)
    elif query.after is not None:
        first = max(first, query.after + _BEHIND_AN_ID)
    # Always both ends, and only these: then SQLite walks the index in its order, and no further than it must.
    yield _ITEM.history_item_id >= first
    yield _ITEM.history_item_id < behind


def _is_behind(history_item_id: str, query: HistoryQuery) -> bool:
    """Whether an item comes after the one that the page begins after."""
    if query.after is None:
        return True
    return history_item_id < query.after if query.descending else history_item_id > query.after


def _scope(query: HistoryQuery) -> Scope:
    return query.voice_id, query.model_id, query.source


def _in_scope(query: HistoryQuery) -> Iterator[sa.ColumnElement[bool]]:
    for column, value in zip((_ITEM.voice_id, _ITEM.model_id, _ITEM.source), _scope(query), strict=True):
        if value is not None:
            yield column == value
