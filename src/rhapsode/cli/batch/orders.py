"""What is to be narrated, how that is remembered and told, and what becomes of a book that can't be."""

import hashlib
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from rhapsode.cli.batch.journal import Done, Journal
from rhapsode.cli.batch.report import Report
from rhapsode.cli.batch.shelf import ShelvedBook
from rhapsode.cli.batch.wishes import Wishes
from rhapsode.cli.book_file import check_name, read_content
from rhapsode.cli.console import counted, errors, in_megabytes, in_words, results
from rhapsode.cli.output import writing
from rhapsode.cli.stopping import raise_if_interrupted
from rhapsode.studio.errors import (
    ObjectStoreFailed,
    RecordsUnavailable,
    RhapsodeError,
    ServerGone,
    StorageFull,
)

BatchFormat = Literal["zip", "m4b", "mp3", "opus", "flac", "wav", "epub", "srt", "vtt", "json"]
"""An archive, or what `rhapsode export` makes."""

_ENDING = (ServerGone, StorageFull, RecordsUnavailable, ObjectStoreFailed)


@dataclass(frozen=True, slots=True)
class Order:
    """One book. target: the file to write.    wishes_digest: of what was said about the book."""

    book: ShelvedBook
    wishes: Wishes
    wishes_digest: str
    target: Path
    format: BatchFormat

    def read(self) -> bytes:
        """The book's bytes. Raises: DocumentRefused, also where its name can't be kept."""
        check_name(self.book.path)
        return read_content(self.book.path)

    def made(self, content: str, *, title: str, chapter_count: int, audio_s: float, flaws: str = "") -> Done:
        """What to remember now that the target is written. content: the digest of what was narrated."""
        size_bytes = self.target.stat().st_size
        said = (
            content,
            self.wishes_digest,
            self.book.output,
            size_bytes,
            title,
            chapter_count,
            audio_s,
            flaws,
        )
        return Done(*said)


def content_digest(content: bytes) -> str:
    """By which a book is known to be unchanged."""
    return hashlib.sha256(content).hexdigest()


def list_orders(
    books: Iterable[ShelvedBook],
    said: Mapping[str, Wishes],
    for_all: Wishes,
    folder: Path,
    output_format: BatchFormat,
) -> list[Order]:
    """An order for each book. said: of single books.    folder: where the audio goes."""
    digests: dict[Wishes, str] = {}
    orders = []
    for book in books:
        wishes = said.get(book.name, Wishes()).or_else(for_all)
        digest = digests.setdefault(wishes, "") or wishes.digest
        digests[wishes] = digest
        orders.append(Order(book, wishes, digest, folder / book.output, output_format))
    return orders


class Ledger:
    """Carries orders out, one after the other or several at once, and writes down what became of each."""

    def __init__(self, journal: Journal, report: Report) -> None:
        self._journal = journal
        self._report = report

    def skip_done(self, orders: list[Order]) -> list[Order]:
        """The orders that there is something to do for; the others' audio is there, of the same words and wishes."""
        left = []
        for order in orders:
            done = self._journal.done.get(order.book.name)
            if done is not None and _is_current(order, done):
                self._report.note_made(order.book.name, "skipped", done)
            else:
                left.append(order)
        self._report.save()
        return left

    def carry_out(self, order: Order, make: Callable[[], Done]) -> None:
        """Have an order made. A book that can't be narrated is told of, and is no reason to stop.

        Raises: what every other book would meet too, such as a full disk; what `make` is stopped by.
        """
        started_at_s, name = time.monotonic(), order.book.name
        raise_if_interrupted()
        try:
            _make_folder(order.target)
            done = make()
        except _ENDING as error:
            self._report.note_other(name, "waiting", _sentence(error), _since(started_at_s))
            self._report.save()
            raise
        except RhapsodeError as error:
            self._report.note_other(name, "failed", _sentence(error), _since(started_at_s))
            errors.print(f"{name}: {_sentence(error)}", markup=False, soft_wrap=True)
        else:
            self._journal.note_done(name, done)
            self._report.note_made(name, "done", done, _since(started_at_s))
            _print_done(order, done, _since(started_at_s))
        self._report.save()

    def finish(self) -> int:
        """Say what became of all, in one line; the exit status."""
        path = self._report.save()
        done, skipped, failed = (self._report.count(state) for state in ("done", "skipped", "failed"))
        results.print(
            f"{path}: {counted(done, 'book')} narrated, {skipped:,} unchanged, {failed:,} failed.",
            markup=False,
            soft_wrap=True,
        )
        return 1 if failed else 0


class Narrators(Protocol):
    """Whoever narrates: this machine, or a server on another one."""

    columns: Collection[str]
    """Of `metadata`: what can be said of a book."""

    def list_voices(self) -> Iterable[tuple[str, str]]:
        """The id and the name of each voice. Raises: what reaching for them raises."""

    def check(self, orders: Sequence[Order]) -> None:
        """Raises: InvalidInput, where what is said of a book can't be heeded."""

    def narrate(self, ledger: Ledger, orders: list[Order], is_over: Callable[[], bool]) -> list[Order]:
        """Narrate books until all are, or the time for it is up; those that are left.

        Raises: what carrying out an order raises; KeyboardInterrupt.
        """


def _is_current(order: Order, done: Done) -> bool:
    if (done.output, done.wishes) != (order.book.output, order.wishes_digest):
        return False
    try:
        is_there = order.target.stat().st_size == done.size_bytes
        return is_there and content_digest(order.read()) == done.content
    except (OSError, RhapsodeError):
        # It is told when it is to be narrated.
        return False


def _make_folder(target: Path) -> None:
    """Make the folder that a file goes to. Raises: InvalidInput; StorageFull."""
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)


def _since(started_at_s: float) -> float:
    return round(time.monotonic() - started_at_s, 1)


def _sentence(error: RhapsodeError) -> str:
    text = str(error) or (type(error).__doc__ or "").partition("\n")[0]
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _print_done(order: Order, done: Done, took_s: float) -> None:
    results.print(
        f"{order.target}: {counted(done.chapter_count, 'chapter')}, {in_words(done.audio_s)} of audio, "
        f"{in_megabytes(done.size_bytes)} in {took_s:.1f} s.",
        markup=False,
        soft_wrap=True,
    )
