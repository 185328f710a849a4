"""The CSV that a batch leaves."""

import csv
from pathlib import Path

from rhapsode.cli.batch.journal import Done
from rhapsode.cli.batch.report import Report
from rhapsode.cli.batch.shelf import ShelvedBook


def test_a_title_is_no_formula(tmp_path: Path) -> None:
    """A spreadsheet that opens the report computes nothing that a book has brought."""
    book = ShelvedBook(tmp_path / "a.epub", "a.epub", "a.zip")
    report = Report(tmp_path, [book])
    report.note_made(book.name, "done", Done("content", "wishes", "a.zip", 1, "=HYPERLINK(1)", 1, 1.0))

    [row] = csv.DictReader(report.save().read_text().splitlines())

    assert row["title"] == "'=HYPERLINK(1)"
    assert row["file"] == "a.epub"
