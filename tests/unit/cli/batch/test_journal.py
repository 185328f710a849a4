"""What a batch remembers, and what it tells in books.csv."""

import contextlib
import csv
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from rhapsode.cli.batch.alone import alone_in
from rhapsode.cli.batch.journal import JOURNAL_NAME, Done, Journal, Sent
from rhapsode.cli.batch.report import Report
from rhapsode.cli.batch.shelf import ShelvedBook
from rhapsode.studio.errors import InvalidInput

DONE = Done("c", "w", "a.zip", 7, "Tides", 2, 3600.0, "1 passage seems wrong.")
SENT = Sent("http://books.example", "w", ("p1",), "p2", "c")


def test_the_newest_is_remembered(tmp_path: Path) -> None:
    """Of both kinds, whatever signs a name has, and nothing is kept twice."""
    journal = Journal(tmp_path)
    for _ in range(3):
        journal.note_done("a\nß\udcff.txt", DONE)
        journal.note_sent("a\nß\udcff.txt", Sent("", "", ()))
        journal.note_sent("a\nß\udcff.txt", SENT)

    again = Journal(tmp_path)

    assert again.done == {"a\nß\udcff.txt": DONE}
    assert again.sent == {"a\nß\udcff.txt": SENT}
    assert again.claimed_projects() == {"p2"}
    assert len((tmp_path / JOURNAL_NAME).read_bytes().splitlines()) == 2


def test_a_torn_line_is_as_if_it_had_not_been_begun(tmp_path: Path) -> None:
    """However much of it was written when its writer was killed; and what comes next is whole."""
    Journal(tmp_path).note_done("a.txt", DONE)
    path = tmp_path / JOURNAL_NAME
    whole = path.read_bytes()
    for size in (0, 1, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole + whole[:size])
        Journal(tmp_path).note_done("b.txt", DONE)
        assert Journal(tmp_path).done == {"a.txt": DONE, "b.txt": DONE}
        path.write_bytes(whole)


@contextlib.contextmanager
def room_for(size_bytes: int) -> Iterator[None]:
    """Let no file grow larger: what is written beyond is cut off there, as on a disk that is full."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_where_there_is_no_room(tmp_path: Path) -> None:
    """It is said in a sentence, nothing is torn, and what comes next is remembered."""
    journal = Journal(tmp_path)
    journal.note_done("a.txt", DONE)
    report = Report(tmp_path, [ShelvedBook(tmp_path / "a.txt", "a.txt", "a.zip")])
    whole, told = (tmp_path / JOURNAL_NAME).read_bytes(), report.save().read_bytes()
    with room_for(len(whole) + 20), pytest.raises(InvalidInput, match="can't be written: File too large"):
        journal.note_done("b.txt", DONE)
    with room_for(20):
        with pytest.raises(InvalidInput, match="can't be written: File too large"):
            report.save()
        with pytest.raises(InvalidInput, match="can't be written: File too large"):
            Journal(tmp_path)

    assert (tmp_path / JOURNAL_NAME).read_bytes() == whole
    assert (tmp_path / "books.csv").read_bytes() == told
    journal.note_done("c.txt", DONE)
    assert journal.done == Journal(tmp_path).done == {"a.txt": DONE, "c.txt": DONE}


def test_a_line_that_is_none_costs_no_other(tmp_path: Path) -> None:
    """As an earlier version left it, which wrote behind a torn line."""
    Journal(tmp_path).note_done("a.txt", DONE)
    path = tmp_path / JOURNAL_NAME
    line = path.read_bytes()
    path.write_bytes(line[:30] + line + line)

    assert Journal(tmp_path).done == {"a.txt": DONE}


def test_the_report_has_a_line_for_each_book(tmp_path: Path) -> None:
    """In their order, as a table that programs read."""
    names = ("=a, \n\udcff.txt", "b.txt", "c.txt", "d.txt")
    report = Report(tmp_path, [ShelvedBook(tmp_path / name, name, f"{name}.zip") for name in names])
    report.note_made(names[0], "done", DONE, 1.5)
    report.note_made("b.txt", "skipped", DONE)
    report.note_other("c.txt", "failed", "The file is empty.", 0.1)

    with report.save().open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        rows = list(csv.DictReader(file))

    made = {
        "title": "Tides",
        "chapters": "2",
        "hours": "1.0",
        "bytes": "7",
        "output": str(tmp_path / "a.zip"),
    }
    empty = dict.fromkeys(("title", "chapters", "hours", "bytes", "output"), "")
    assert rows == [
        {"file": names[0], "state": "done", "why": DONE.flaws, "seconds": "1.5"} | made,
        {"file": "b.txt", "state": "skipped", "why": DONE.flaws, "seconds": ""} | made,
        {"file": "c.txt", "state": "failed", "why": "The file is empty.", "seconds": "0.1"} | empty,
        {"file": "d.txt", "state": "waiting", "why": "", "seconds": ""} | empty,
    ]


def test_two_batches_do_not_write_to_one_folder(tmp_path: Path) -> None:
    """The second is told so, and may begin when the first has ended."""
    with alone_in(tmp_path), pytest.raises(InvalidInput, match="Another batch writes to"), alone_in(tmp_path):
        pass
    with alone_in(tmp_path):
        pass
