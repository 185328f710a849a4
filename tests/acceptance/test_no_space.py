"""A disk that fills up while a book is narrated."""

import subprocess
import time
from pathlib import Path

import pytest

from .program import SCRIPT, Finished, Rhapsode, long_book
from .small_disk import SmallDisk, small_disk
from .stored import Stored, look

pytestmark = pytest.mark.slow

ROOM_BYTES = 100_000_000
LIMIT_S = 20
PARAGRAPHS = 24
"""In three chapters: five slices, 14 MB of packs and an archive of 7 MB."""

SIZES_BYTES = {
    "no directory": 4_096,
    "records half open": 45_000,
    "records half made": 400_000,
    "jobs half open": 610_000,
    "jobs half made": 800_000,
    "jobs half begun": 1_000_000,
    "first results": 1_200_000,
    "first packs": 1_400_000,
    "more results": 2_000_000,
    "a pack": 4_000_000,
    "most packs": 11_000_000,
    "the archive": 18_000_000,
}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The archive, made where there is room."""
    rhapsode = Rhapsode(tmp_path_factory.mktemp("room"))
    rhapsode.narrate(rhapsode.write("long.md", long_book(PARAGRAPHS)), RHAPSODE_PROCESSES="2")
    return (rhapsode.folder / "long.zip").read_bytes()


def narrate(rhapsode: Rhapsode, disk: SmallDisk, book: Path) -> tuple[Finished, float]:
    """Narrate with data and archive on the small disk; how it ended, and after how many seconds."""
    started_at_s = time.monotonic()
    options = ("--voice", "Tone Low", "--data", disk.folder / "data", "-o", disk.folder)
    ran = subprocess.run(
        [*disk.inside, SCRIPT, "narrate", book, *options],
        env=rhapsode.environment(RHAPSODE_PROCESSES="2"),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    return Finished(ran.returncode, ran.stdout, ran.stderr), time.monotonic() - started_at_s


def copied_state(disk: SmallDisk, copy: Path) -> Stored:
    """What is stored on the small disk; with all else on it, it is copied to a folder outside."""
    disk.run("cp", "-r", disk.folder, copy)
    return look(copy / "data")


@pytest.mark.parametrize("size_bytes", SIZES_BYTES.values(), ids=SIZES_BYTES.keys())
def test_full_disk_costs_nothing_but_time(rhapsode: Rhapsode, expected: bytes, size_bytes: int) -> None:
    """Wherever the space ends, one sentence says so soon; with room, the same command makes the same archive.

    It speaks only what was in no finished pack.
    """
    book = rhapsode.write("long.md", long_book(PARAGRAPHS))
    (rhapsode.folder / "disk").mkdir()
    with small_disk(rhapsode.folder / "disk", size_bytes) as disk:
        failed, elapsed_s = narrate(rhapsode, disk, book)
        assert "no space left" in failed.error
        assert elapsed_s < LIMIT_S
        before = copied_state(disk, rhapsode.folder / "before")

        disk.resize(ROOM_BYTES)
        finished, _ = narrate(rhapsode, disk, book)
        assert finished.exit_status == 0, finished
        after = copied_state(disk, rhapsode.folder / "after")

    assert {path.name for path in (rhapsode.folder / "before").iterdir()} <= {"data"}
    assert (rhapsode.folder / "after" / "long.zip").read_bytes() == expected
    assert after.spoken - before.spoken == len(after.speech - before.durable)
    assert before.packed.items() <= after.packed.items()
