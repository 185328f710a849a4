"""The index of texts finds exactly what looking through every item finds, whatever was inserted and deleted."""

import contextlib
import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from rhapsode.storage import history, history_list, history_shelves, migration, schema
from rhapsode.storage.history_index import fill_index, folded
from rhapsode.storage.history_list import HistoryQuery, list_page
from rhapsode.storage.history_shelves import list_shelves
from rhapsode.storage.records import Records, ensure_workspace
from rhapsode.storage.sqlite import sqlite_engine
from rhapsode.studio.history import HistoryItem, HistorySource
from rhapsode.studio.ids import HistoryItemId, VoiceId, WorkspaceId, new_id

from .stored import FOREIGN, WORKSPACE, records_path

pytestmark = pytest.mark.slow

START_MS = 1_760_000_000_000
WORDS = (
    "harbour",
    "HARBOUR",
    "bour",
    "rain",
    "Straße",
    "ÄRGER",
    "東京の雨",
    'he said "no"',
    "a\0b",
    "%_'",
    "",
)
NEEDLES = (
    "harbour",
    "our h",
    "rain ra",
    "ÄRG",
    "strasse",
    "東京の",
    '"no"',
    "a\0b",
    "京",
    "%_'",
    "bo",
    "zzz",
)


@pytest.fixture
def small_shelves(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few items make several shelves."""
    monkeypatch.setattr(history_shelves, "SHELF_DOCUMENTS", 7)


def make_items(count: int, seed: int) -> list[HistoryItem]:
    """Items of some words each; many of them share a millisecond with others."""
    chance = random.Random(seed)
    items = []
    for _ in range(count):
        created_at_ms = START_MS + chance.randrange(count // 2)
        source: HistorySource = chance.choice(("TTS", "Projects"))
        items.append(
            HistoryItem(
                history_item_id=HistoryItemId(new_id(created_at_ms)),
                request_id="request",
                voice_id=VoiceId(chance.choice(("low", "high"))),
                voice_name="Tone",
                model_id=chance.choice(("one", "two")),
                language="en",
                text=" ".join(chance.choices(WORDS, k=3)),
                output_format="mp3_44100_128",
                created_at_ms=created_at_ms,
                source=source,
            )
        )
    return items


def in_time(items: list[HistoryItem]) -> list[HistoryItem]:
    """Most of them one after the other, and each fourth later than all."""
    ordered = sorted(items, key=lambda item: item.created_at_ms)
    return [item for n, item in enumerate(ordered) if n % 4] + ordered[::4]


def insert(records: Records, items: list[HistoryItem], workspace_id: WorkspaceId = WORKSPACE) -> None:
    for item in items:
        with records.write(workspace_id) as tx:
            ensure_workspace(tx)
            history.insert_item(tx, item)


def delete(records: Records, items: list[HistoryItem]) -> None:
    for item in items:
        with records.write(WORKSPACE) as tx:
            history.delete_item(tx, item.history_item_id)


def pages(records: Records, query: HistoryQuery, page_size: int) -> Iterator[HistoryItem]:
    """The whole list, page by page."""
    while True:
        with records.read(WORKSPACE) as tx:
            page = list_page(tx, query, page_size)
        yield from page.items
        if not page.has_more:
            return
        assert page.last is not None
        last_id = page.last.history_item_id
        if query.after is not None:
            assert last_id < query.after if query.descending else last_id > query.after
        query = replace(query, after=last_id)


def fitting(items: list[HistoryItem], query: HistoryQuery) -> list[HistoryItem]:
    """What a list has to be."""
    found = [
        item
        for item in items
        if query.voice_id in (None, item.voice_id)
        and query.model_id in (None, item.model_id)
        and query.source in (None, item.source)
        and folded(query.search or "") in folded(item.text)
        and (query.date_after_ms is None or item.created_at_ms >= query.date_after_ms)
        and (query.date_before_ms is None or item.created_at_ms < query.date_before_ms)
    ]
    return sorted(found, key=lambda item: item.history_item_id, reverse=query.descending)


QUERIES = [
    HistoryQuery(search=search, voice_id=voice_id, source=source, descending=descending)
    for search, voice_id, source, descending in product(
        (None, *NEEDLES), (None, "low"), (None, "Projects"), (True, False)
    )
] + [
    HistoryQuery("high", "two"),
    HistoryQuery(model_id="one", source="TTS"),
    HistoryQuery("high", "two", search="harbour", source="TTS", date_after_ms=START_MS + 20),
    HistoryQuery(search="rain", date_after_ms=START_MS + 13, date_before_ms=START_MS + 31),
    HistoryQuery(search="rain", date_after_ms=START_MS + 31, date_before_ms=START_MS + 13),
]


@pytest.mark.usefixtures("small_shelves")
@pytest.mark.parametrize("page_size", [1, 4, 1_000])
def test_pages_are_what_every_item_was_looked_at_for(records: Records, page_size: int) -> None:
    """Many inserted late, some deleted: each question gets each item once, in order, whatever the page's size."""
    items, foreign = in_time(make_items(80, seed=1)), make_items(30, seed=2)
    insert(records, foreign, FOREIGN)
    insert(records, items)
    delete(records, items[::5])
    left = [item for number, item in enumerate(items) if number % 5]
    with records.read(WORKSPACE) as tx:
        assert len(list_shelves(tx, first_ms=0, last_ms=2**42)) > 3

    for query in QUERIES:
        assert list(pages(records, query, page_size)) == fitting(left, query), query


@pytest.mark.usefixtures("small_shelves")
def test_a_search_without_time_goes_on_where_it_stopped(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With time for no more than a shelf, a page may be empty, but its last item leads to the next page."""
    monkeypatch.setattr(history_list, "MAX_SEARCH_S", 0)
    items = in_time(make_items(60, seed=3))
    insert(records, items)
    for query in QUERIES:
        assert list(pages(records, query, 10)) == fitting(items, query), query
    with records.read(WORKSPACE) as tx:
        page = list_page(tx, HistoryQuery(search="zzz"), 10)
    assert page.items == ()
    assert page.has_more
    assert page.last in items


def test_short_needles_are_looked_for_in_stretches(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two characters that no recent item has: the page ends empty, after as many items as it may look through."""
    monkeypatch.setattr(history_list, "MAX_SEARCHED_ITEMS", 20)
    items = make_items(50, seed=4)
    oldest = replace(items[0], history_item_id=HistoryItemId(new_id(5)), created_at_ms=5, text="Quiz.")
    insert(records, [oldest, *items])
    with records.read(WORKSPACE) as tx:
        page = list_page(tx, HistoryQuery(search="qu"), 10)
    newest = sorted(items, key=lambda item: item.history_item_id, reverse=True)
    assert (page.items, page.last, page.has_more) == ((), newest[19], True)
    assert list(pages(records, HistoryQuery(search="qu"), 10)) == [oldest]


def test_long_texts_end_a_page_sooner(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that looks through texts counts their characters as well as the items."""
    monkeypatch.setattr(history_list, "MAX_SEARCHED_CHARACTERS", 1_000)
    items = [replace(item, text="o" * 400) for item in make_items(10, seed=5)]
    insert(records, items)
    with records.read(WORKSPACE) as tx:
        page = list_page(tx, HistoryQuery(search="x"), 10)
    newest = sorted(items, key=lambda item: item.history_item_id, reverse=True)
    assert (page.items, page.last, page.has_more) == ((), newest[2], True)


def test_nothing_is_left_of_what_was_deleted(records: Records) -> None:
    """The index of a history that was emptied has no term any more."""
    items = make_items(40, seed=6)
    insert(records, items)
    delete(records, items)
    with records.write(WORKSPACE) as tx:
        tx.connection.execute(sa.text("INSERT INTO history_texts(history_texts) VALUES ('optimize')"))
        tx.connection.execute(
            sa.text("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, history_texts, row)")
        )
        assert tx.connection.execute(sa.text("SELECT term FROM temp.terms")).all() == []


def test_an_insert_that_fails_leaves_no_trace(records: Records) -> None:
    """The index is written in the transaction of the items."""
    (item, *_) = make_items(10, seed=7)
    with contextlib.suppress(ZeroDivisionError), records.write(WORKSPACE) as tx:
        history.insert_item(tx, replace(item, text="harbour"))
        raise ZeroDivisionError
    insert(records, [item])
    assert list(pages(records, HistoryQuery(search="harbour"), 5)) == fitting(
        [item], HistoryQuery(search="harbour")
    )


def test_filling_makes_what_inserting_makes(records: Records) -> None:
    """Items that were there before the index are found as if they had come after it."""
    items = make_items(60, seed=8)
    insert(records, items)
    with records.write(WORKSPACE) as tx:
        tx.connection.execute(sa.text("INSERT INTO history_texts(history_texts) VALUES ('delete-all')"))
        tx.connection.execute(schema.history_shelves.delete())
        fill_index(tx)
    for query in QUERIES:
        assert list(pages(records, query, 20)) == fitting(items, query), query
    delete(records, items[:30])
    for query in QUERIES:
        assert list(pages(records, query, 20)) == fitting(items[30:], query), query


def test_items_of_an_older_version_are_found(tmp_path: Path) -> None:
    """The migration that brings the index puts into it whatever the workspaces have."""
    engine = sqlite_engine(records_path(tmp_path), writes=True)
    items = make_items(30, seed=9)
    with engine.begin() as connection:
        command.upgrade(migration.migration_config(connection), "0002")
        tables = sa.MetaData()
        tables.reflect(connection, only=["history_items", "workspaces"])
        for workspace_id in (WORKSPACE, FOREIGN):
            connection.execute(
                tables.tables["workspaces"].insert(),
                {"workspace_id": workspace_id, "name": "", "created_at_ms": 5},
            )
        table = tables.tables["history_items"]
        for number, item in enumerate(items):
            row = {name: getattr(item, name) for name in table.c.keys() if hasattr(item, name)}  # noqa: SIM118
            workspace_id = FOREIGN if number % 3 == 0 else WORKSPACE
            row |= {"settings": "{}", "workspace_id": workspace_id, "character_count": 5}
            connection.execute(table.insert(), row)
    engine.dispose()

    records = Records.open_sqlite(records_path(tmp_path))
    ours = [item for number, item in enumerate(items) if number % 3]
    for query in QUERIES:
        assert list(pages(records, query, 7)) == fitting(ours, query), query
    records.close()
