"""Books narrated by whoever has the data directory."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from tests.acceptance.program import TALE, long_book
from tests.rounds import rounds
from typer.testing import CliRunner

from rhapsode.authoring.books import BookOptions
from rhapsode.authoring.narrations import Book, KeptBook
from rhapsode.cli.batch.here import Here, _narrate_in_turn
from rhapsode.cli.batch.journal import Journal
from rhapsode.cli.batch.orders import Ledger, list_orders
from rhapsode.cli.batch.report import Report
from rhapsode.cli.batch.shelf import ShelvedBook, find_books
from rhapsode.cli.batch.wishes import Wishes
from rhapsode.cli.commands import _commands
from rhapsode.cli.installation import Installation
from rhapsode.cli.progress import cancelled_by_interrupt, watch
from rhapsode.cli.stopping import Stopped, StopRequest
from rhapsode.rendering.conversions import Progress
from rhapsode.rendering.results import Converted
from rhapsode.studio.errors import ConversionFailed, InvalidInput
from rhapsode.studio.ids import ProjectId
from rhapsode.studio.project import QualityPreset

pytestmark = pytest.mark.slow
DOCS = Path(__file__).parents[4] / "docs" / "libraries.md"


def test_waiting_ends_with_its_time(capsys: pytest.CaptureFixture[str]) -> None:
    """The conversion is cancelled, and nothing is said that only Ctrl-C means."""
    cancelled: list[bool] = []
    progress = Progress("converting", 1, 2, 1.0, 0, 1)

    with pytest.raises(Stopped), cancelled_by_interrupt(lambda: cancelled.append(True)):
        watch(lambda: progress, StopRequest(lambda: True))

    assert cancelled == [True]
    assert capsys.readouterr() == ("", "")


def test_ctrl_c_at_the_last_moment_is_heeded() -> None:
    """Though the conversion has ended meanwhile: what comes after it isn't begun."""
    stop = StopRequest()
    stop.note(2, None)

    with pytest.raises(KeyboardInterrupt):
        watch(lambda: Progress("default", 2, 2, 1.0, 1, 1), stop)


@pytest.mark.skipif(not rounds(0, 1), reason="converts for seconds: RHAPSODE_TEST_FULL")
def test_a_book_is_stopped_when_the_hours_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes on the next night, and those behind it too; in the day the data directory is free."""
    monkeypatch.setenv("RHAPSODE_PROCESSES", "1")
    shelf, output, data = tmp_path / "shelf", tmp_path / "narrated", tmp_path / "data"
    shelf.mkdir()
    output.mkdir()
    (shelf / "a.md").write_text(TALE, "utf-8")
    (shelf / "b.md").write_text(long_book(15), "utf-8")
    (shelf / "c.md").write_text(TALE.replace("six", "seven"), "utf-8")
    books = find_books(shelf, "zip", except_for=()).books
    ledger = Ledger(Journal(output), Report(output, books))
    orders = list_orders(books, {}, Wishes(voice="tone_low"), output, "zip")
    packs = "blobs/packs/*/*.pack"

    def is_over() -> bool:
        return (output / "a.zip").exists() and len(list(data.glob(packs))) > before

    before = 2
    narrators = Here(data)
    left = narrators.narrate(ledger, orders, is_over)
    kept = set(data.glob(packs))
    assert [order.book.name for order in left] == ["b.md", "c.md"]
    assert not (output / "b.zip").exists()

    assert narrators.list_voices()
    assert narrators.narrate(ledger, left, lambda: False) == []
    assert kept <= set(data.glob(packs))
    assert ledger.finish() == 0
    assert ledger.skip_done(orders) == []


def test_the_example_of_the_documentation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its folder, its table and its command make what it says."""
    monkeypatch.setenv("RHAPSODE_PROCESSES", "1")
    monkeypatch.setenv("RHAPSODE_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "library" / "Strand").mkdir(parents=True)
    (tmp_path / "library" / "Strand" / "harbour.md").write_text(TALE, "utf-8")
    (tmp_path / "library" / "tales.txt").write_text("The boat came in at six.", "utf-8")
    text = DOCS.read_text("utf-8")
    (table,) = re.findall(r"^```csv\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (tmp_path / "wishes.csv").write_text(table, "utf-8")
    (command,) = re.findall(r"^rhapsode (batch library --metadata .*)$", text, re.MULTILINE)

    ended = CliRunner().invoke(_commands, command.split())

    assert ended.exit_code == 0
    assert f"{ended.stdout.splitlines()[-1]}\n" in text
    assert "The Harbour" in (tmp_path / "library" / "narrated" / "books.csv").read_text("utf-8")


class _Speechless:
    """An installation that keeps books and narrates none. kept: what each was to be called, and its own title."""

    def __init__(self) -> None:
        self.kept: list[tuple[str | None, str | None]] = []

    def keep_book(self, book: Book, options: BookOptions) -> KeptBook:
        self.kept.append((options.title, book.document.title))
        return KeptBook(ProjectId("p"), QualityPreset.STANDARD)

    def convert(self, project_id: ProjectId, *, is_over: Callable[[], bool]) -> Converted:
        raise ConversionFailed


def test_what_was_read_ahead_is_of_its_own_book_alone(tmp_path: Path) -> None:
    """Where the folder of a book can't be made, the text that was read for it is no other's."""
    shelf, output = tmp_path / "shelf", tmp_path / "narrated"
    shelf.mkdir()
    output.mkdir()
    (output / "b").write_text("somebody's file, where a folder should be")
    paths = [shelf / name for name in ("a.md", "b.md", "c.md")]
    for path in paths:
        path.write_text(f"# {path.name}\n\nThe boat came in at six.\n", "utf-8")
    books = [ShelvedBook(path, path.name, f"{path.stem}/{path.stem}.zip") for path in paths]
    titles = {path.name: Wishes(title=path.name) for path in paths}
    ledger, installation = Ledger(Journal(output), Report(output, books)), _Speechless()

    orders = list_orders(books, titles, Wishes(), output, "zip")
    _narrate_in_turn(cast("Installation", installation), ledger, orders, lambda: False)

    assert installation.kept == [("a.md", "a.md"), ("c.md", "c.md")]


def test_what_can_not_be_written_to(tmp_path: Path) -> None:
    """It is said before anything is begun; and a folder without books is no trouble."""
    (tmp_path / "taken").write_text("")
    (tmp_path / "shelf").mkdir()
    data = ("--data", str(tmp_path / "data"))

    refused = CliRunner().invoke(
        _commands, ["batch", str(tmp_path / "shelf"), "-o", str(tmp_path / "taken"), *data]
    )
    empty = CliRunner().invoke(_commands, ["batch", str(tmp_path / "shelf"), *data])

    assert isinstance(refused.exception, InvalidInput)
    assert str(refused.exception).endswith("taken can't be written: it is no folder.")
    assert (empty.exit_code, empty.stderr) == (0, f"There are no books in {tmp_path / 'shelf'}.\n")
    assert not (tmp_path / "data").exists()
