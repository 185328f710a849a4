"""`rhapsode batch`: a folder of books narrated, killed and stopped in the middle, and gone on with."""

import csv
import os
import signal
import sys
from pathlib import Path

import pytest
from tests.rounds import rounds

from .processes import kill_alone, wait_while_running
from .program import TALE, Rhapsode, long_book

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="process groups are those of POSIX"),
]
COMMAND = ("batch", "shelf", "--voice", "Tone Low")
PARAGRAPHS = rounds(24, 40)
"""Of the long book: several slices, so that it isn't done when somebody who kills it wakes late."""


@pytest.fixture
def shelf(rhapsode: Rhapsode) -> Path:
    """Good books with odd names and a long one between files that are none."""
    folder = rhapsode.folder / "shelf"
    (folder / "Größe & mehr").mkdir(parents=True)
    (folder / "Größe & mehr" / "a tale.md").write_text(TALE, "utf-8")
    (folder / "empty.txt").write_text("")
    (folder / "long.md").write_text(long_book(PARAGRAPHS), "utf-8")
    (folder / "no.epub").write_bytes(b"PK\x03\x04 nothing")
    return folder


def states(shelf: Path) -> dict[str, str]:
    """What books.csv says became of each book."""
    report = shelf / "narrated" / "books.csv"
    if not report.exists():
        return {}
    with report.open(encoding="utf-8", newline="") as file:
        return {row["file"]: row["state"] for row in csv.DictReader(file)}


def test_a_killed_batch_goes_on(rhapsode: Rhapsode, shelf: Path) -> None:
    """What books.csv says after a kill is true; what was done isn't done again, and broken books cost no others."""
    with rhapsode.start(*COMMAND) as process:
        wait_while_running(process, lambda: states(shelf).get("empty.txt") == "failed")
        before = rhapsode.packs
        wait_while_running(process, lambda: rhapsode.packs != before)
        kill_alone(process)
    killed = states(shelf)
    first = shelf / "narrated" / "Größe & mehr" / "a tale.zip"
    written_at_ns = first.stat().st_mtime_ns

    again = rhapsode.run(*COMMAND)
    assert killed == {
        "Größe & mehr/a tale.md": "done",
        "empty.txt": "failed",
        "long.md": "waiting",
        "no.epub": "waiting",
    }
    assert (again.exit_status, again.output.splitlines()[-1]) == (
        1,
        "shelf/narrated/books.csv: 1 book narrated, 1 unchanged, 2 failed.",
    )
    assert "empty.txt: The file is empty.\n" in again.errors
    assert first.stat().st_mtime_ns == written_at_ns
    assert states(shelf) == {
        "Größe & mehr/a tale.md": "skipped",
        "empty.txt": "failed",
        "long.md": "done",
        "no.epub": "failed",
    }
    assert not list((shelf / "narrated").rglob("*.unfinished"))


@pytest.mark.skipif(not rounds(0, 1), reason="starts the program many times: RHAPSODE_TEST_FULL")
def test_audio_is_that_of_narrate(rhapsode: Rhapsode, shelf: Path) -> None:
    """To the byte, however often the batch was stopped by Ctrl-C; a last run has nothing to do."""
    for number in (signal.SIGINT, signal.SIGTERM):
        before = rhapsode.packs
        with rhapsode.start(*COMMAND) as process:
            wait_while_running(process, lambda before=before: len(rhapsode.packs) > len(before) + 1)  # type: ignore[misc]
            os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
            _, errors = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "Traceback" not in errors
        assert states(shelf)["long.md"] == "waiting"
    assert rhapsode.run(*COMMAND).exit_status == 1
    for name in ("long", "Größe & mehr/a tale"):
        rhapsode.narrate(shelf / f"{name}.md", "-o", "alone.zip", "--data", "fresh")
        alone = rhapsode.folder / "alone.zip"
        assert (shelf / "narrated" / f"{name}.zip").read_bytes() == alone.read_bytes()
        alone.unlink()

    for name in ("no.epub", "empty.txt"):
        (shelf / name).unlink()
    last = rhapsode.run(*COMMAND)
    assert (last.exit_status, last.errors) == (0, "")
    assert last.output == "shelf/narrated/books.csv: 0 books narrated, 2 unchanged, 0 failed.\n"
