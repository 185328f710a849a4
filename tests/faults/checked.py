"""What a data directory holds when nobody has it, and whether all of it is sound."""

import contextlib
import sqlite3
from pathlib import Path

from tests.acceptance.stored import Stored

from rhapsode.app import open_app
from rhapsode.storage.check import check_storage


def assert_sound(data: Path) -> None:
    """The next command takes the directory, and every stored byte is right."""
    with open_app(data, command="check", process_count=1) as app:
        report = check_storage(app.records, app.blobs)
    assert not report.problems, report.problems
    for name in ("records.sqlite3", "jobs.sqlite3"):
        if (data / name).exists():
            with contextlib.closing(sqlite3.connect(data / name)) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def assert_not_made_again(before: Stored, after: Stored) -> None:
    """What was in a finished pack was not made again, nor is anything in two packs."""
    for pack in after.packed.keys() - before.packed.keys():
        assert before.durable.isdisjoint(after.packed[pack]), pack
    packed = [key for keys in after.packed.values() for key in keys]
    assert len(packed) == len(set(packed))
