"""`rhapsode narrate`: from a book to an archive, and again after an edit."""

import io
import wave
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import av.logging
import pytest
from mutagen.mp3 import MP3

from .program import TALE, Finished, Rhapsode

# Every test starts the program, which takes longer than most tests elsewhere.
pytestmark = pytest.mark.slow

EXAMPLE_ENTRIES = [
    "01 Dedication.mp3",
    "02 The Round.mp3",
    "03 The Last Line.mp3",
    "04 The Receipt.mp3",
    "05 Abolished.mp3",
    "06 Instructions.mp3",
    "07 Afterword.mp3",
]
WORDS = ("--title", "Two Places", "--author", "I. Wells")
ENDS_S = (0.6, 1.5)
"""The silence at the two ends of a chapter."""


def entries(archive: Path) -> dict[str, bytes]:
    """Names and contents of an archive, in order, each checked against its CRC-32."""
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def decoded_s(audio: bytes) -> float:
    """The length of a file by another decoder, which must have nothing to complain about."""
    level = av.logging.get_level()
    av.logging.set_level(av.logging.WARNING)
    try:
        with av.logging.Capture() as complaints, av.open(io.BytesIO(audio), mode="r") as container:
            samples = sum(frame.samples for frame in container.decode(audio=0))
    finally:
        av.logging.set_level(level)
    assert complaints == []
    return samples / 44_100


def png() -> bytes:
    """A picture of one pixel."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")
        )

    header = (1).to_bytes(4, "big") * 2 + bytes((8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0\0"))
        + chunk(b"IEND", b"")
    )


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Rhapsode:
    """The program for tests that bring a book of their own, and don't mind what was spoken before."""
    return Rhapsode(tmp_path_factory.mktemp("shelf"))


@pytest.fixture(scope="module")
def told(shelf: Rhapsode) -> Finished:
    """How narrating told.md into told.zip went, whose text is the tale's; both are only looked at."""
    book = shelf.write("told.md", TALE)
    return shelf.run("narrate", book, "--voice", "tone_low", *WORDS)


def test_example_book_becomes_an_archive(rhapsode: Rhapsode, example: Path) -> None:
    """The example is spoken by the voice that pip alone brings, its chapters decode, and another run is free."""
    line = rhapsode.narrate(example, voice=None)

    assert line.startswith("the-lamp-keepers.zip: 7 chapters, 11:")
    assert "; 81 passages spoken in " in line
    archive = rhapsode.folder / "the-lamp-keepers.zip"
    chapters = entries(archive)
    assert list(chapters) == EXAMPLE_ENTRIES
    assert 600 < sum(map(decoded_s, chapters.values())) < 800

    before = archive.read_bytes()
    archive.unlink()
    assert "; nothing spoken in " in rhapsode.narrate(example, voice=None)
    assert archive.read_bytes() == before


def test_archive_does_not_depend_on_place_time_or_process_count(
    rhapsode: Rhapsode, shelf: Rhapsode, told: Finished
) -> None:
    """Another data directory, folder and number of processes give the same archive; -o names a folder for it."""
    other = rhapsode.folder / "other"
    other.mkdir()
    rhapsode.write("told.md", TALE)

    # Started anew it has another seed of hashes, too.
    line = replace(rhapsode, anew=True).narrate("told.md", "-o", "other", *WORDS, RHAPSODE_PROCESSES="3")

    assert told.exit_status == 0
    assert line.startswith("other/told.zip: 2 chapters, ")
    assert (other / "told.zip").read_bytes() == (shelf.folder / "told.zip").read_bytes()


def test_what_is_given_as_output_is_the_file(shelf: Rhapsode, told: Finished) -> None:
    """-o names the file, also in a folder."""
    (shelf.folder / "audio").mkdir()

    assert shelf.narrate("told.md", "-o", "audio/other.zip", *WORDS).startswith("audio/other.zip: ")
    (written,) = (shelf.folder / "audio").iterdir()
    assert told.exit_status == 0
    assert written.read_bytes() == (shelf.folder / "told.zip").read_bytes()


def test_pipes_get_lines_without_control_characters(told: Finished) -> None:
    """Where nobody looks at a terminal, there is the result on standard output and nothing else anywhere."""
    assert told.exit_status == 0
    assert told.output.count("\n") == 1
    assert told.output.rstrip("\n").isprintable()
    assert told.errors == ""


def test_chapters_carry_their_tags(shelf: Rhapsode, told: Finished) -> None:
    """Each chapter's file names itself, the book, its place in it and who reads."""
    assert told.exit_status == 0
    chapter = io.BytesIO(entries(shelf.folder / "told.zip")["02 The Hill.mp3"])
    tags: Any = MP3(chapter).tags  # type: ignore[no-untyped-call]
    words = [str(tags[name]) for name in ("TIT2", "TALB", "TPE1", "TCOM", "TRCK")]
    assert words == ["The Hill", "Two Places", "I. Wells", "Tone Low", "2/2"]


def test_an_edited_paragraph_is_all_that_is_spoken(rhapsode: Rhapsode, tale: Path) -> None:
    """After an edit of one paragraph one passage is spoken, only its chapter changes, and undoing it is free."""
    assert "; 5 passages spoken in " in rhapsode.narrate(tale)
    before = entries(rhapsode.folder / "tale.zip")

    tale.write_text(TALE.replace("at six", "at seven"), "utf-8")
    assert "; 1 passage spoken in " in rhapsode.narrate(tale)
    after = entries(rhapsode.folder / "tale.zip")
    assert before["01 The Harbour.mp3"] != after["01 The Harbour.mp3"]
    assert before["02 The Hill.mp3"] == after["02 The Hill.mp3"]

    tale.write_text(TALE, "utf-8")
    assert "; nothing spoken in " in rhapsode.narrate(tale)
    assert entries(rhapsode.folder / "tale.zip") == before


def test_voice_and_quality_stay_until_they_are_given_again(shelf: Rhapsode) -> None:
    """Without options a book is narrated as it was last time; another quality speaks nothing again."""
    book, archive = shelf.write("kept.md", TALE), shelf.folder / "kept.zip"
    shelf.narrate(book)
    standard_bytes = archive.stat().st_size

    assert "; nothing spoken in " in shelf.narrate(book, "--quality", "high", voice=None)
    assert archive.stat().st_size > 1.3 * standard_bytes
    book.write_text(TALE + "\nIt sank.\n", "utf-8")
    assert "; 1 passage spoken in " in shelf.narrate(book, voice=None)
    assert archive.stat().st_size > 1.3 * standard_bytes
    assert "; 6 passages spoken in " in shelf.narrate(book, voice="Tone High")


def test_selected_chapters(shelf: Rhapsode) -> None:
    """--chapters narrates exactly the chapters with these numbers."""
    book = shelf.write("selected.md", "# The Moor\n\nNobody goes there.\n\n# The Mill\n\nIts wheel stands.\n")

    line = shelf.narrate(book, "--chapters", "2")

    assert line.startswith("selected.zip: 1 chapter, ")
    assert "; 2 passages spoken in " in line
    assert list(entries(shelf.folder / "selected.zip")) == ["01 The Mill.mp3"]


def test_included_and_excluded_chapters(shelf: Rhapsode, example: Path) -> None:
    """--include and --exclude add to what is narrated and take from it, by name, role or part."""
    names = ("front", "The Round", "last", "receipt", "Instructions")
    excluded = [option for name in names for option in ("--exclude", name)]

    shelf.narrate(example, "--include", "colophon", *excluded)

    assert list(entries(shelf.folder / "the-lamp-keepers.zip")) == [
        "01 Abolished.mp3",
        "02 Afterword.mp3",
        "03 Colophon.mp3",
    ]


def test_one_mp3_with_chapter_marks(shelf: Rhapsode) -> None:
    """--format mp3 writes one file whose marks are the chapters, end to end, and whose words are the given ones."""
    cover = shelf.folder / "cover.png"
    cover.write_bytes(png())

    line = shelf.narrate(
        shelf.write("six.md", TALE),
        *("--format", "mp3", "--title", "Six [o'clock]", "--author", "I. Wells", "--cover", cover),
    )

    assert line.startswith("six.mp3: 2 chapters, ")
    book = shelf.folder / "six.mp3"
    audio: Any = MP3(book)  # type: ignore[no-untyped-call]
    tags, length_s = audio.tags, audio.info.length
    marks = sorted(tags.getall("CHAP"), key=lambda mark: mark.start_time)
    assert [str(mark.sub_frames["TIT2"]) for mark in marks] == ["The Harbour", "The Hill"]
    assert marks[0].start_time == 0
    assert marks[0].end_time == marks[1].start_time
    assert marks[1].end_time == pytest.approx(length_s * 1000, abs=1)
    assert (str(tags["TIT2"]), str(tags["TPE1"])) == ("Six [o'clock]", "I. Wells")
    assert tags.getall("APIC")[0].data == png()
    assert decoded_s(book.read_bytes()) == pytest.approx(length_s, abs=0.001)


def test_lossless(shelf: Rhapsode) -> None:
    """ultra_lossless is 16-bit WAV at 44.1 kHz, 60 ms for each character between the silences of a chapter."""
    shelf.narrate(shelf.write("word.txt", "Word."), "--quality", "ultra_lossless")

    (content,) = entries(shelf.folder / "word.zip").values()
    with wave.open(io.BytesIO(content)) as audio:
        assert (audio.getnchannels(), audio.getsampwidth(), audio.getframerate()) == (1, 2, 44_100)
        assert audio.getnframes() / 44_100 == pytest.approx(sum(ENDS_S) + 5 * 0.06, abs=0.1)


def test_lossless_has_no_mp3(shelf: Rhapsode) -> None:
    """One MP3 of a lossless project is refused before anything is spoken."""
    book = shelf.write("refused.md", TALE)
    finished = shelf.run("narrate", book, "--quality", "ultra_lossless", "--format", "mp3")

    assert finished.error.startswith("With --quality ultra_lossless there is no MP3")


def test_list_shows_the_book_and_speaks_nothing(rhapsode: Rhapsode, example: Path) -> None:
    """--list shows all chapters with numbers, lengths and sizes, and makes neither archive nor data directory."""
    finished = rhapsode.run("narrate", example, "--list", "--author", "N. Keeper")

    assert finished.exit_status == 0
    lines = finished.output.splitlines()
    assert lines[0] == "The Lamp Keepers — N. Keeper"
    assert [line.split()[0] for line in lines[2:-1]] == [str(number) for number in range(1, 11)]
    assert lines[4].split()[:7] == ["3", "Dedication", "front", "dedication", "41", "≈", "0:04"]
    assert lines[3].split()[-2:] == ["not", "narrated"]
    assert lines[-1].split()[0] == "Together"
    assert finished.errors.startswith("Left out: ")
    assert not list(rhapsode.folder.iterdir())


def test_a_poor_character_set_is_no_obstacle(rhapsode: Rhapsode, tale: Path) -> None:
    """Output that can't say a character says something else, and the command goes on."""
    finished = rhapsode.run("narrate", tale, "--list", PYTHONIOENCODING="ascii", PYTHONUTF8="0")

    assert finished.exit_status == 0
    assert "? 0:0" in finished.output
