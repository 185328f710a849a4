"""The CSV that a batch leaves: what became of every book. It is true at any moment, also after a kill."""

import csv
import io
import threading
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Literal

from rhapsode.cli.batch.journal import Done
from rhapsode.cli.batch.shelf import ShelvedBook
from rhapsode.cli.output import writing
from rhapsode.storage.files import move_durably

REPORT_NAME = "books.csv"

# What a spreadsheet would take for a formula, and a book's title may begin with.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

State = Literal["done", "skipped", "failed", "waiting"]


@dataclass(frozen=True, slots=True)
class Row:
    """A line. hours: of audio.    bytes: of the output.    seconds: that it took this time."""

    file: str
    state: State
    why: str = ""
    title: str = ""
    chapters: int | None = None
    hours: float | None = None
    bytes: int | None = None
    seconds: float | None = None
    output: str = ""


class Report:
    """The rows of all books, in their order. For several threads."""

    def __init__(self, folder: Path, books: Iterable[ShelvedBook]) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._rows = {book.name: Row(book.name, "waiting") for book in books}

    def note_made(
        self, name: str, state: Literal["done", "skipped"], done: Done, seconds: float | None = None
    ) -> None:
        """A book's audio is there."""
        self._rows[name] = Row(
            name,
            state,
            done.flaws,
            done.title,
            done.chapter_count,
            round(done.audio_s / 3600, 4),
            done.size_bytes,
            seconds,
            str(self._folder / done.output),
        )

    def note_other(
        self, name: str, state: Literal["failed", "waiting"], why: str, seconds: float | None = None
    ) -> None:
        """There is no audio of a book as it is now."""
        self._rows[name] = replace(Row(name, state), why=why, seconds=seconds)

    def count(self, state: State) -> int:
        """How many books are in a state."""
        return sum(row.state == state for row in self._rows.values())

    def save(self) -> Path:
        """Write all of it; whoever reads it meanwhile, or after a power failure, finds the old or the new one.

        Raises: StorageFull; InvalidInput, when the system refuses to write it.
        """
        path = self._folder / REPORT_NAME
        with self._lock, writing(path):
            text = io.StringIO(newline="")
            columns = [field.name for field in fields(Row)]
            writer = csv.writer(text)
            writer.writerow(columns)
            writer.writerows([_cell(row, column) for column in columns] for row in self._rows.values())
            unfinished = path.with_name(f".{REPORT_NAME}.unfinished")
            # Names of files may hold bytes that are no text.
            unfinished.write_text(text.getvalue(), "utf-8", errors="surrogateescape", newline="")
            move_durably(unfinished, path)
            return path


def _cell(row: Row, column: str) -> object:
    """What stands in a column. What a book itself says is no formula, whatever it begins with."""
    value = getattr(row, column)
    is_formula = column in ("title", "why") and value.startswith(_FORMULA)
    return f"'{value}" if is_formula else value
