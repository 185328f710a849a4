"""Rows that are fetched as one are those that the query gives, and no statement has more values than SQLite takes."""

import sqlite3
from pathlib import Path

import sqlalchemy as sa
from tests.factories import open_records

from rhapsode.storage.outlines import list_chapter_node_outlines
from rhapsode.storage.rows import fetch_at_once
from rhapsode.studio.ids import BlockId, ChapterId, ProjectId

from .stored import WORKSPACE, records_path

WORDS = ['Say "no".', "Zoë & 海\n\\", "\x01\x7f\u2028", "", "[1, null]"]


def test_texts_and_numbers_come_as_they_are(tmp_path: Path) -> None:
    """Whatever JSON has to escape in them; null is None."""
    numbers = [2**53 - 1, -1, 0, None, 1_763_000_000_000]
    records = open_records(records_path(tmp_path))
    with records.read(WORKSPACE) as tx:
        rows = [
            sa.select(sa.literal(word).label("word"), sa.literal(number, sa.BigInteger).label("number"))
            for word, number in zip(WORDS, numbers, strict=True)
        ]
        given = sa.union_all(*rows).subquery()
        found = fetch_at_once(tx.connection, sa.select(given))
        nothing = fetch_at_once(tx.connection, sa.select(given).where(given.c.number == 7))
    records.close()
    assert sorted(map(tuple, found), key=str) == sorted(zip(WORDS, numbers, strict=True), key=str)
    assert nothing == []


def test_many_chapters_and_a_few_blocks_fit_a_statement(tmp_path: Path) -> None:
    """Also where SQLite takes the 999 values of its earlier versions."""
    records = open_records(records_path(tmp_path))
    with records.read(WORKSPACE) as tx:
        connection = tx.connection.connection.driver_connection
        assert isinstance(connection, sqlite3.Connection)
        connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 999)
        chapter_ids = [ChapterId(f"chapter {number}") for number in range(2_000)]
        block_ids = {BlockId(f"block {number}") for number in range(100)}
        assert list_chapter_node_outlines(tx, ProjectId("absent"), chapter_ids, block_ids) == []
    records.close()
