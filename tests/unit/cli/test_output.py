"""What an archive may be called."""

from pathlib import Path

import pytest

from rhapsode.cli.output import Output, choose_output
from rhapsode.delivery.downloads import BookFormat
from rhapsode.studio.errors import InvalidInput


def test_any_name_that_promises_nothing_else(tmp_path: Path) -> None:
    """An extension in capitals, none, and one that no format has."""
    for name in ("tale.ZIP", "tale", "tale.cbz"):
        path = tmp_path / name
        assert choose_output(path, Path("tale.md"), "zip") == Output(path, "zip")


@pytest.mark.parametrize(
    ("name", "book_format", "reason"),
    [
        ("tale.mp3", "zip", "it would be an archive. Add --format mp3."),
        ("tale.zip", "mp3", "it would be an MP3. Add --format zip."),
        ("tale.m4b", "zip", "it would be an archive. `rhapsode export` makes such files."),
    ],
)
def test_names_of_other_formats(tmp_path: Path, name: str, book_format: BookFormat, reason: str) -> None:
    """Players go by the name, and so the file would be of no use."""
    with pytest.raises(InvalidInput, match=reason):
        choose_output(tmp_path / name, Path("tale.md"), book_format)
