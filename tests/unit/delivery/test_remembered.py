"""What is remembered is what was kept, no more than fits, and not for long."""

import gc
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories import open_records

from rhapsode.delivery.remembered import Remembered
from rhapsode.storage.records import Records
from rhapsode.studio.ids import WorkspaceId

HERE, ELSEWHERE = WorkspaceId("here"), WorkspaceId("elsewhere")
THINGS = {"one": "a", "two": "bb", "three": "ccc"}


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = open_records(tmp_path / "records.sqlite3")
    yield opened
    opened.close()


def test_what_was_kept_is_found_where_it_was_kept(records: Records, tmp_path: Path) -> None:
    """In its workspace of its installation, until it is forgotten."""
    remembered = Remembered[str](100, len)
    assert remembered.find(records, HERE, THINGS) == {}
    remembered.keep(records, HERE, THINGS)
    assert remembered.find(records, HERE, ["three", "four", "one"]) == {"three": "ccc", "one": "a"}
    assert remembered.find(records, ELSEWHERE, THINGS) == {}
    other = open_records(tmp_path / "other.sqlite3")
    assert remembered.find(other, HERE, THINGS) == {}
    remembered.keep(other, HERE, {"one": "another"})
    remembered.forget(records)
    assert remembered.find(records, HERE, THINGS) == {}
    assert remembered.find(other, HERE, THINGS) == {"one": "another"}
    other.close()


def test_no_more_is_remembered_than_fits(records: Records) -> None:
    """What was asked for last stays; what is too much by itself drives nothing out."""
    remembered = Remembered[str](5, len)
    remembered.keep(records, HERE, {"one": "a", "two": "bb"})
    assert remembered.find(records, HERE, ["one"]) == {"one": "a"}
    remembered.keep(records, HERE, {"three": "ccc"})
    assert remembered.find(records, HERE, THINGS) == {"one": "a", "three": "ccc"}
    remembered.keep(records, HERE, {"two": "b" * 6})
    assert remembered.find(records, HERE, THINGS) == {"one": "a", "three": "ccc"}


def test_nothing_is_remembered_for_long(records: Records) -> None:
    """Whether or not it was asked for meanwhile."""
    remembered = Remembered[str](100, len, for_s=0.05)
    remembered.keep(records, HERE, THINGS)
    until_s = time.monotonic() + 10
    while remembered.find(records, HERE, THINGS):
        assert time.monotonic() < until_s
        time.sleep(0.01)


def test_what_was_kept_of_an_installation_goes_with_it(tmp_path: Path) -> None:
    """Nobody can ask for it any more."""

    class Thing:
        gone = False

        def __del__(self) -> None:
            Thing.gone = True

    remembered = Remembered[Thing](100, lambda _: 1)
    records = open_records(tmp_path / "records.sqlite3")
    remembered.keep(records, HERE, {"one": Thing()})
    records.close()
    del records
    gc.collect()
    assert Thing.gone
