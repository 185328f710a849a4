"""The README's program works as it stands."""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from .program import Rhapsode
from .server import serving
from .test_narrate import EXAMPLE_ENTRIES, decoded_s

README = Path(__file__).parents[2] / "README.md"
ADDRESS = "http://127.0.0.1:8000"


def python_blocks() -> list[str]:
    """Every block of Python in the README."""
    return re.findall(r"^```python\n(.*?)^```$", README.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_the_program_runs_as_it_stands(rhapsode: Rhapsode, example: Path) -> None:
    """The SDK's whole loop, word for word but for the port, leaves the files that it says."""
    (program,) = python_blocks()
    (rhapsode.folder / "examples").mkdir()
    shutil.copy(example, rhapsode.folder / "examples")
    with serving(rhapsode) as server:
        done = subprocess.run(
            [sys.executable, "-c", program.replace(ADDRESS, server.url)],
            cwd=rhapsode.folder,
            env=rhapsode.environment(ELEVENLABS_API_KEY=server.first_key),
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    assert (done.returncode, done.stderr) == (0, "")
    printed = re.fullmatch(r"([\d.]+) seconds\n", done.stdout)
    assert printed is not None
    files = {name: (rhapsode.folder / name).read_bytes() for name in ("book.mp3", "line.mp3", "again.mp3")}
    assert decoded_s(files["book.mp3"]) == pytest.approx(float(printed[1]), abs=0.001)
    assert files["line.mp3"] == files["again.mp3"]
    with zipfile.ZipFile(rhapsode.folder / "book.zip") as archive:
        assert archive.namelist() == EXAMPLE_ENTRIES
