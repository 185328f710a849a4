"""A disk that fills up while a book is narrated."""

import subprocess
from pathlib import Path

import pytest
from tests.rounds import rounds

from .program import SCRIPT, Finished, Rhapsode, long_book
from .small_disk import SmallDisk, small_disk
from .stored import NOTHING, Stored, look

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROOM_BYTES = 100_000_000
LIMIT_S = 100
PARAGRAPHS = 24
"""In three chapters: five slices, 14 MB of packs and an archive of 7 MB."""

SIZES_BYTES = {
    "no directory": 4_096,
    "records half open": 45_000,
    "records half made": 400_000,
    "the book half recorded": 610_000,
    "first passages": 800_000,
    "some packs": 4_000_000,
    "most packs": 11_000_000,
    "the archive": 18_000_000,
}
GROWN = pytest.param(tuple(SIZES_BYTES.values()), id="grown from each to the next")
ALONE = [pytest.param((size_bytes,), id=name) for name, size_bytes in SIZES_BYTES.items()]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The archive, made where there is room."""
    rhapsode = Rhapsode(tmp_path_factory.mktemp("room"))
    rhapsode.narrate(rhapsode.write("long.md", long_book(PARAGRAPHS)))
    return (rhapsode.folder / "long.zip").read_bytes()


def narrate(rhapsode: Rhapsode, disk: SmallDisk, book: Path) -> Finished:
    """Narrate with data and archive on the small disk; how it ended."""
    options = ("--voice", "Tone Low", "--data", disk.folder / "data", "-o", disk.folder)
    ran = subprocess.run(
        [*disk.inside, SCRIPT, "narrate", book, *options],
        env=rhapsode.environment(RHAPSODE_PROCESSES="2", RHAPSODE_MIN_FREE_BYTES="0"),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=LIMIT_S,
    )
    return Finished(ran.returncode, ran.stdout, ran.stderr)


def copied_state(disk: SmallDisk, copy: Path) -> Stored:
    """What is stored on the small disk; with all else on it, it is copied to a folder outside."""
    disk.run("cp", "-r", disk.folder, copy)
    return look(copy / "data")


def assert_spoken_once(before: Stored, after: Stored) -> None:
    """What was in a finished pack is there, and the ledger has only what was in none."""
    assert after.spoken - before.spoken == len(after.speech - before.durable)
    assert before.packed.items() <= after.packed.items()


@pytest.mark.parametrize("sizes_bytes", [GROWN, *ALONE[: rounds(0, len(ALONE))]])
def test_full_disk_costs_nothing_but_time(
    rhapsode: Rhapsode, expected: bytes, sizes_bytes: tuple[int, ...]
) -> None:
    """Wherever the space ends, one sentence says so; with room, the same command makes the same archive.

    It speaks only what was in no finished pack.
    """
    book = rhapsode.write("long.md", long_book(PARAGRAPHS))
    (rhapsode.folder / "disk").mkdir()
    before = NOTHING
    with small_disk(rhapsode.folder / "disk", sizes_bytes[0]) as disk:
        for size_bytes in sizes_bytes:
            disk.resize(size_bytes)
            assert "no space left" in narrate(rhapsode, disk, book).error
            copy = rhapsode.folder / f"at {size_bytes}"
            after = copied_state(disk, copy)
            assert {path.name for path in copy.iterdir()} <= {"data"}
            assert_spoken_once(before, after)
            before = after

        disk.resize(ROOM_BYTES)
        finished = narrate(rhapsode, disk, book)
        assert finished.exit_status == 0, finished
        after = copied_state(disk, rhapsode.folder / "after")

    assert (rhapsode.folder / "after" / "long.zip").read_bytes() == expected
    assert_spoken_once(before, after)
