"""`rhapsode export`: a folder that can be uploaded to a shop, or one file of a format that listeners use."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from mutagen.mp3 import MP3, BitrateMode
from tests.factories import need_espeak

from .program import TALE, Rhapsode, long_book
from .server import STOPPING, serving

pytestmark = pytest.mark.slow
KEY = "a-key-that-somebody-has-chosen"
EXAMPLE_FILES = [
    "01 Opening Credits.mp3",
    "02 Dedication.mp3",
    "03 The Round.mp3",
    "04 The Last Line.mp3",
    "05 The Receipt.mp3",
    "06 Abolished.mp3",
    "07 Instructions.mp3",
    "08 Afterword.mp3",
    "09 Closing Credits.mp3",
    "Retail Sample.mp3",
]


def export(rhapsode: Rhapsode, book: Path | str, *options: str | Path, to: str | None = "shop") -> str:
    """Export, into a folder unless said otherwise; the last line, without its time, which says what was made."""
    output = () if to is None else ("-o", to)
    finished = rhapsode.run("export", book, *output, *options)
    assert finished.exit_status == 0, finished
    assert all(line.startswith("Left out: ") for line in finished.errors.splitlines()), finished
    return re.sub(r" in [\d.]+ s\.\n$", "", finished.output).splitlines()[-1]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def samples_of(path: Path) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A file as a decoder that isn't ours hears it, between -1 and 1."""
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    return np.concatenate(frames).astype(np.float64)


def info_of(path: Path) -> Any:
    """What a reader of tags that isn't ours says of a file."""
    return MP3(path).info  # type: ignore[no-untyped-call]


def decibels(amplitude: float) -> float:
    return float(20 * np.log10(max(amplitude, 1e-10)))


def test_every_file_passes(rhapsode: Rhapsode, example: Path) -> None:
    """In real speech each is as loud as ACX asks for, between silences, and is mono at a constant 192 kbps."""
    need_espeak()
    line = export(rhapsode, example)
    folder = rhapsode.folder / "shop"
    assert line.startswith("shop: 10 files, ")
    assert sorted(path.name for path in folder.iterdir()) == EXAMPLE_FILES
    for path in folder.iterdir():
        samples = samples_of(path)
        loud = np.flatnonzero(np.abs(samples) > 0.001) / 44_100
        assert -23 <= decibels(np.sqrt(np.mean(samples**2))) <= -18, path
        assert decibels(np.abs(samples).max()) <= -3, path
        assert decibels(np.abs(samples[:22_000]).max()) <= -60, path
        assert 0.5 <= loud[0] <= 1, path
        assert 1 <= samples.size / 44_100 - loud[-1] <= 5, path
        info = info_of(path)
        kind = (round(info.bitrate, -3), info.channels, info.sample_rate, info.bitrate_mode)
        assert kind == (192_000, 1, 44_100, BitrateMode.CBR)
    assert info_of(folder / "Retail Sample.mp3").length <= 300


def test_only_an_edit_is_spoken(rhapsode: Rhapsode, tale: Path) -> None:
    """A narrated book costs its credits, then what was edited; files of earlier exports are named."""
    rhapsode.narrate(tale)
    assert export(rhapsode, tale).endswith("; 3 passages spoken")

    tale.write_text(TALE.replace("# The Hill", "# The Top"), "utf-8")
    finished = rhapsode.run("export", tale, "-o", "shop")
    assert "; 1 passage spoken in " in finished.output
    assert finished.errors == f"Not of this export: {Path('shop') / '03 The Hill.mp3'}\n"
    assert "; nothing spoken in " in rhapsode.narrate(tale)


def test_a_server_makes_the_same(rhapsode: Rhapsode, tale: Path) -> None:
    """Lines and bytes are those of the command alone; the id of its project is as good as the book."""
    reader = ("--voice", "tone_low")
    credits_ = ("--narrator", "A. Writer", "--copyright", "2026 Ida Strand")
    alone = ("--data", "alone")
    with serving(rhapsode, RHAPSODE_API_KEY=KEY) as server:
        folder = export(rhapsode, tale, *reader, *credits_)
        through = contents(rhapsode.folder / "shop")
        (project,) = server.client(KEY).studio.projects.list().projects
        by_id = export(rhapsode, project.project_id, *credits_)
        assert contents(rhapsode.folder / "shop") == through
        unknown = rhapsode.run("export", "0" * 20, "-o", "shop").error
        changed = rhapsode.run("export", project.project_id, "-o", "shop", "--title", "Ebb").error
        # The extension says which format is meant, or --format does.
        file = export(rhapsode, tale, *reader, to="tale.m4b")
        subtitles = export(rhapsode, tale, *reader, "--format", "srt", "--timeline", "m4b", to=None)
    before = (rhapsode.folder / "tale.m4b").read_bytes()
    with av.open(str(rhapsode.folder / "tale.m4b"), "r") as container:
        assert [each["metadata"]["title"] for each in container.chapters()] == ["The Harbour", "The Hill"]

    folder_alone = export(rhapsode, tale, *reader, *credits_, *alone, to="alone-shop")
    assert folder.partition("shop: ")[2] == folder_alone.partition("shop: ")[2]
    assert contents(rhapsode.folder / "alone-shop") == through
    assert by_id.endswith("; nothing spoken")
    assert unknown == f"There is no project {'0' * 20}."
    assert changed.startswith("What a project says, and who reads it, is changed in the project")
    assert export(rhapsode, tale, *reader, *alone, to="tale.m4b") == file
    assert (rhapsode.folder / "tale.m4b").read_bytes() == before
    assert subtitles.startswith("tale.srt: 2 chapters, ")
    assert subtitles.endswith("; nothing spoken")


def test_a_folder_that_cannot_be_written(rhapsode: Rhapsode, tale: Path) -> None:
    """Is refused before anything is narrated, and none is made for a book that isn't there."""
    assert rhapsode.run("export", tale, "-o", tale).error == f"{tale} can't be written: it is no folder."
    assert not rhapsode.data.exists()
    assert "can't be read" in rhapsode.run("export", "nothing.epub", "-o", "shop").error
    assert not (rhapsode.folder / "shop").exists()


def test_nobody_waits_for_a_server_that_stops(rhapsode: Rhapsode) -> None:
    """Who waits for a file is told to come back, at once and without a word in the log; the next server makes it."""
    book = rhapsode.write("long.md", long_book(30))
    with serving(rhapsode, RHAPSODE_API_KEY=KEY) as server, ThreadPoolExecutor(1) as pool:
        rhapsode.narrate(book)
        http, studio = server.http(KEY), server.client(KEY).studio.projects
        project_id = studio.list().projects[0].project_id
        snapshot_id = studio.snapshots.list(project_id).snapshots[0].project_snapshot_id
        path = f"/rhapsode/v1/studio/projects/{project_id}/snapshots/{snapshot_id}/export"
        waiting = pool.submit(server.http(KEY).get, f"{path}?format=opus&wait_s=55")
        # Not before the request is there.
        while "in_progress" not in {each["status"] for each in http.get(f"{path}s").json()["exports"]}:
            assert not waiting.done()
            time.sleep(0.02)
        stopped = server.stop()
        answer = waiting.result(60)
    assert (answer.status_code, answer.content) == (202, b"")
    assert stopped.errors == STOPPING
