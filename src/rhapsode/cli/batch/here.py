"""Books narrated by whoever has the data directory: this process, or a server of this machine.

One book has all cores, so they take turns; the next one is read meanwhile (docs/decisions/0062).
"""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rhapsode.authoring.narrations import Book
from rhapsode.cli.batch.journal import Done
from rhapsode.cli.batch.metadata import COLUMNS
from rhapsode.cli.batch.orders import Ledger, Order, content_digest
from rhapsode.cli.book_file import parse_book
from rhapsode.cli.console import counted
from rhapsode.cli.incoming import Incoming
from rhapsode.cli.installation import Installation, open_installation
from rhapsode.cli.output import write_output
from rhapsode.cli.stopping import Stopped
from rhapsode.rendering.results import Converted
from rhapsode.studio.ids import ProjectId, ProjectSnapshotId


@dataclass(frozen=True, slots=True)
class _ReadBook:
    """content: the digest of the bytes."""

    book: Book
    content: str


@dataclass(frozen=True, slots=True)
class _KeptBook:
    project_id: ProjectId
    content: str
    title: str


class Here:
    """Narrators of one data directory. It is free for others while the hours aren't there."""

    columns: Collection[str] = COLUMNS

    def __init__(self, data: Path) -> None:
        self._data = data

    def list_voices(self) -> list[tuple[str, str]]:
        """See Narrators."""
        with open_installation(self._data, command="batch") as installation:
            return [(voice.voice_id, voice.name) for voice, _ in installation.list_voices()]

    def check(self, orders: Sequence[Order]) -> None:
        """See Narrators. Whatever a person can say can be heeded."""

    def narrate(self, ledger: Ledger, orders: list[Order], is_over: Callable[[], bool]) -> list[Order]:
        """See Narrators."""
        with open_installation(self._data, command="batch") as installation:
            left = _narrate_in_turn(installation, ledger, orders, is_over)
            installation.clean_up()
            return left


def _narrate_in_turn(
    installation: Installation, ledger: Ledger, orders: list[Order], is_over: Callable[[], bool]
) -> list[Order]:
    """Narrate books until all are, or the time for it is up; those that are left. Raises: see Narrators."""
    reader, ahead = ThreadPoolExecutor(1, "reading"), dict[str, Future[_ReadBook]]()

    def reading(order: Order) -> Future[_ReadBook]:
        found = ahead.pop(order.book.name, None)
        # What is left is of a book that was never begun, since its folder couldn't be made.
        ahead.clear()
        return found or reader.submit(_read, order)

    def make(order: Order, following: list[Order]) -> Done:
        # Nobody else holds the book: the text of a long one isn't kept while it is narrated.
        kept = _keep(installation, order, reading(order))
        ahead.update((each.book.name, reader.submit(_read, each)) for each in following)
        return _narrate(installation, order, kept, is_over)

    try:
        for place, order in enumerate(orders):
            if is_over():
                return orders[place:]
            ledger.carry_out(order, partial(make, order, orders[place + 1 : place + 2]))
    except Stopped:
        return orders[place:]
    finally:
        # Whoever is stopped doesn't wait for the book after this one.
        reader.shutdown(wait=False, cancel_futures=True)
    return []


def _read(order: Order) -> _ReadBook:
    content = order.read()
    return _ReadBook(parse_book(order.book.path, content), content_digest(content))


def _keep(installation: Installation, order: Order, reading: "Future[_ReadBook]") -> _KeptBook:
    read, options = reading.result(), order.wishes.options
    kept = installation.keep_book(read.book, options)
    title = options.title or read.book.document.title or order.book.path.stem
    return _KeptBook(kept.project_id, read.content, title)


def _narrate(installation: Installation, order: Order, kept: _KeptBook, is_over: Callable[[], bool]) -> Done:
    converted = installation.convert(kept.project_id, is_over=is_over)
    write_output(order.target, _open(installation, converted.project_snapshot_id, order))
    return order.made(
        kept.content,
        title=kept.title,
        chapter_count=converted.chapter_count,
        audio_s=converted.audio_s,
        flaws=_flaws(converted),
    )


def _open(installation: Installation, snapshot_id: ProjectSnapshotId, order: Order) -> Incoming:
    if order.format == "zip":
        return installation.open_book(snapshot_id, "zip")
    return installation.make_export(snapshot_id, order.format, cues="sentence", timeline="file")


def _flaws(converted: Converted) -> str:
    """That somebody should listen to the book; nothing where all seems well."""
    if not converted.flawed_count:
        return ""
    seem = "seems" if converted.flawed_count == 1 else "seem"
    return f"{counted(converted.flawed_count, 'passage')} {seem} wrong: `rhapsode report` says where and why."
