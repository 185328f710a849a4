"""`rhapsode export --format`: one file of a format that listeners use."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import pytest

from .program import Rhapsode, long_book
from .server import STOPPING, serving

pytestmark = pytest.mark.slow
KEY = "a-key-that-somebody-has-chosen"


def export(rhapsode: Rhapsode, *arguments: str | Path) -> str:
    """Export a file; the line that says what was made, without its time."""
    finished = rhapsode.run("export", *arguments)
    assert (finished.exit_status, finished.errors) == (0, ""), finished
    return re.sub(r" in [\d.]+ s\.\n$", "", finished.output)


def test_a_server_makes_the_same_files(rhapsode: Rhapsode, tale: Path) -> None:
    """The extension says which format is meant, or --format does; line and bytes are those of the command alone."""
    arguments = (tale, "--voice", "tone_low")
    with serving(rhapsode, RHAPSODE_API_KEY=KEY):
        through = export(rhapsode, *arguments, "-o", "tale.m4b")
        again = export(rhapsode, *arguments, "--format", "srt", "--timeline", "m4b")
    assert again.startswith("tale.srt: 2 chapters, ")
    assert again.endswith("; nothing spoken")
    before = (rhapsode.folder / "tale.m4b").read_bytes()
    with av.open(str(rhapsode.folder / "tale.m4b"), "r") as container:
        assert [each["metadata"]["title"] for each in container.chapters()] == ["The Harbour", "The Hill"]

    assert export(rhapsode, *arguments, "-o", "tale.m4b", "--data", "alone") == through
    assert (rhapsode.folder / "tale.m4b").read_bytes() == before


def test_nobody_waits_for_a_server_that_stops(rhapsode: Rhapsode) -> None:
    """Who waits for a file is told to come back, at once and without a word in the log; the next server makes it."""
    book = rhapsode.write("long.md", long_book(60))
    with serving(rhapsode, RHAPSODE_API_KEY=KEY) as server, ThreadPoolExecutor(1) as pool:
        rhapsode.narrate(book)
        studio = server.client(KEY).studio.projects
        project_id = studio.list().projects[0].project_id
        snapshot_id = studio.snapshots.list(project_id).snapshots[0].project_snapshot_id
        path = (
            f"/rhapsode/v1/studio/projects/{project_id}/snapshots/{snapshot_id}/export?format=opus&wait_s=55"
        )
        waiting = pool.submit(server.http(KEY).get, path)
        time.sleep(0.5)
        stopped = server.stop()
        answer = waiting.result(60)
    assert (answer.status_code, answer.content) == (202, b"")
    assert stopped.errors == STOPPING
