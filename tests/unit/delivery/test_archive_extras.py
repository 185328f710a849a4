"""What is in an archive beside the chapters' audio, and what it is called."""

from rhapsode.delivery.archive_extras import NO_EXTRAS, ArchiveExtras, ExtraFile


def extra(extension: str, modified_at_ms: int = 9) -> ExtraFile:
    return ExtraFile(extension, 5, 7, b"digest", modified_at_ms, list)


def test_files_of_a_chapter_are_called_as_its_audio_is() -> None:
    """Those of other chapters are elsewhere."""
    extras = ArchiveExtras(of_chapters={2: [extra("srt"), extra("vtt")]})
    assert [entry.name for entry in extras.beside(2, "02 Vol. 1.mp3")] == ["02 Vol. 1.srt", "02 Vol. 1.vtt"]
    assert list(extras.beside(1, "01 One.mp3")) == list(NO_EXTRAS.beside(2, "02 Vol. 1.mp3")) == []


def test_a_book_that_is_called_as_a_chapter_is_told_apart() -> None:
    """A book has a name in any case, and no two entries have the same."""
    extras = ArchiveExtras(of_book=[extra("mp3"), extra("m4b")])
    taken = {"01 One.mp3"}
    assert [entry.name for entry in extras.at_end("01 One", taken)] == ["_01 One.mp3", "01 One.m4b"]
    assert [entry.name for entry in extras.at_end("?", taken)] == ["book.mp3", "book.m4b"]


def test_an_archive_is_as_new_as_what_is_in_it() -> None:
    """An export that was made anew, of another author, is in an archive that is newer."""
    extras = ArchiveExtras({1: [extra("srt", 5)], 2: [extra("srt", 8)]}, [extra("m4b", 7)])
    assert extras.modified_at_ms == 8
    assert NO_EXTRAS.modified_at_ms == 0
