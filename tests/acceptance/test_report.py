"""`rhapsode report`, and the report in an archive."""

import zipfile

import pytest

from .program import TALE, Rhapsode
from .server import serving

pytestmark = pytest.mark.slow


def test_a_report_is_the_same_from_everywhere(rhapsode: Rhapsode) -> None:
    """Of the book by itself, through a server, and in the archive, where it is asked for."""
    tale = rhapsode.write("tale.md", TALE)
    rhapsode.narrate(tale, "--report")

    alone = rhapsode.run("report", tale)
    with serving(rhapsode, RHAPSODE_API_KEY="a-key-that-somebody-has-chosen"):
        served = rhapsode.run("report", tale)

    assert (alone.exit_status, alone.errors) == (0, "")
    assert alone.output.startswith("Mastering report: ")
    assert served.output == alone.output
    with zipfile.ZipFile(rhapsode.folder / "tale.zip") as archive:
        assert archive.read("Mastering report.txt").decode() == alone.output


def test_what_cannot_be_reported_is_told(rhapsode: Rhapsode) -> None:
    """A book that nobody narrated, and a file that has no room for a report."""
    tale = rhapsode.write("tale.md", TALE)
    assert rhapsode.run("report", tale).error.endswith("tale.md: `rhapsode narrate` makes one.")
    refused = rhapsode.run("narrate", tale, "--format", "mp3", "--report")
    assert refused.error.startswith("With --format mp3 there is no archive for the report")
