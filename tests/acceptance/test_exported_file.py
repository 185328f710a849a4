"""`rhapsode export --format`: one file of a format that listeners use."""

import re
from pathlib import Path

import av
import pytest

from .program import Rhapsode
from .server import serving

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
