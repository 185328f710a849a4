"""`rhapsode demo`: its requests work as they stand, in a shell."""

import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from .program import Rhapsode
from .server import Server, serving
from .test_narrate import EXAMPLE_ENTRIES

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("bash") is None or shutil.which("curl") is None, reason="needs bash and curl"
    ),
]
KEY = "a-key-that-somebody-has-chosen"
DEFAULT_URL = "http://127.0.0.1:8000"


def requests_of(output: str) -> list[str]:
    """The lines to paste."""
    return [line for line in output.splitlines() if line.startswith("curl ")]


def paste(lines: list[str], folder: Path, *, key: str) -> None:
    """Run lines in a shell, and see that none fails."""
    folder.mkdir()
    script = "\n".join(["set -e", f"export ELEVENLABS_API_KEY={key}", *lines])
    done = subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done


def assert_all_there(folder: Path) -> None:
    """The snapshot times every character, the archive has every chapter, and the history both texts."""
    snapshot = json.loads((folder / "snapshot.json").read_text())
    assert len(snapshot["character_alignments"]) == len(EXAMPLE_ENTRIES)
    assert 600 < snapshot["audio_duration_secs"] < 800
    with zipfile.ZipFile(folder / "the-lamp-keepers.zip") as archive:
        assert archive.namelist() == EXAMPLE_ENTRIES
        assert archive.testzip() is None
    with zipfile.ZipFile(folder / "history.zip") as archive:
        assert len(archive.namelist()) == 2
        assert archive.testzip() is None


def test_requests_work_when_they_are_pasted(rhapsode: Rhapsode) -> None:
    """Without a server it does the work and says how to start one; with one, it names that one's address."""
    alone = rhapsode.run("demo", "--data", str(rhapsode.data))
    assert alone.exit_status == 0
    assert f"Start it: rhapsode serve --data {rhapsode.data}\n" in alone.output
    lines = requests_of(alone.output)
    assert all(DEFAULT_URL in line for line in lines)

    with serving(rhapsode, RHAPSODE_API_KEY=KEY) as server:
        paste([line.replace(DEFAULT_URL, server.url) for line in lines], rhapsode.folder / "alone", key=KEY)
        assert_all_there(rhapsode.folder / "alone")
        _demo_through(rhapsode, server)


def _demo_through(rhapsode: Rhapsode, server: Server) -> None:
    through = rhapsode.run("demo")
    assert "Start it" not in through.output
    assert re.findall(r"https?://[\d.:]+", through.output) == [server.url] * 3
    paste(requests_of(through.output), rhapsode.folder / "through", key=KEY)
    assert_all_there(rhapsode.folder / "through")
    archives = [rhapsode.folder / place / "the-lamp-keepers.zip" for place in ("alone", "through")]
    assert archives[0].read_bytes() == archives[1].read_bytes()
