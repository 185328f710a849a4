"""Which file a command line asks for, known before anything is narrated."""

from pathlib import Path

import pytest

from rhapsode.cli.exported_file import FileWish, find_wish
from rhapsode.delivery.formats.names import Cues, FormatName, Timeline
from rhapsode.studio.errors import InvalidInput


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a book in it."""
    monkeypatch.chdir(tmp_path)
    Path("tale.md").write_text("# Tale", "utf-8")
    return tmp_path


def wish(
    output: str | None = None,
    given: FormatName | None = None,
    *,
    book: str = "tale.md",
    cues: Cues | None = None,
    timeline: Timeline | None = None,
) -> FileWish | None:
    return find_wish(book, None if output is None else Path(output), given, cues, timeline)


@pytest.mark.usefixtures("folder")
def test_the_extension_or_the_option_names_the_format() -> None:
    """Without either a folder for a shop is meant; a folder that is there gets a file of the book's name."""
    assert wish("shop") is None
    assert wish("Vol. 1") is None
    assert wish("out.M4B") == FileWish(Path("out.M4B"), "m4b", "sentence", "file")
    assert wish(given="epub") == FileWish(Path("tale.epub"), "epub", "sentence", "file")
    assert wish("shop/J.R.R. Tolkien") is None
    assert wish("audio", "opus") == FileWish(Path("audio"), "opus", "sentence", "file")
    Path("books.mp3").mkdir()
    assert wish("books.mp3") is None
    assert wish("books.mp3", "vtt", cues="karaoke") == FileWish(
        Path("books.mp3/tale.vtt"), "vtt", "karaoke", "file"
    )
    assert wish(given="srt", book="0" * 20) == FileWish(Path("0" * 20 + ".srt"), "srt", "sentence", "file")


@pytest.mark.usefixtures("folder")
def test_an_epub_isnt_called_as_its_book_is() -> None:
    """Both may be in one folder."""
    assert wish(given="epub", book="tale.EPUB") == FileWish(
        Path("tale (read along).epub"), "epub", "sentence", "file"
    )


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("output", "given", "cues", "timeline", "reason"),
    [
        ("tale.mp3", "opus", None, None, "tale.mp3 is called as mp3 is, and --format says opus"),
        (None, "m4b", "word", None, "Cues by word are not possible in m4b"),
        (None, "srt", "karaoke", None, "Cues by karaoke are not possible in srt"),
        (None, "wav", None, "opus", "There is no choice of timelines for wav"),
        ("nowhere/tale.m4b", None, None, None, "The folder nowhere doesn't exist"),
        ("tale.md", "m4b", None, None, "it is the book itself"),
        ("tale.aac", None, None, None, "tale.aac is none of the files that are made, which are m4b, mp3, "),
    ],
)
def test_what_makes_no_sense_is_refused(
    output: str | None,
    given: FormatName | None,
    cues: Cues | None,
    timeline: Timeline | None,
    reason: str,
) -> None:
    """In a sentence that says why."""
    with pytest.raises(InvalidInput, match=reason):
        wish(output, given, cues=cues, timeline=timeline)
