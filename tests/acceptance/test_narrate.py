"""`rhapsode narrate`: from a book to an archive, and again after an edit."""

import io
import wave
import zipfile
import zlib
from pathlib import Path
from typing import Any

import av
import av.logging
import pytest
from mutagen.mp3 import MP3

from .program import TALE, Rhapsode

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


def test_example_book_becomes_an_archive(rhapsode: Rhapsode, example: Path) -> None:
    """The example is spoken by the voice that pip alone brings, and its chapters decode without a complaint."""
    line = rhapsode.narrate(example, voice=None)

    assert line.startswith("the-lamp-keepers.zip: 7 chapters, 11:")
    assert "; 81 passages spoken in " in line
    chapters = entries(rhapsode.folder / "the-lamp-keepers.zip")
    assert list(chapters) == EXAMPLE_ENTRIES
    assert 600 < sum(map(decoded_s, chapters.values())) < 800


def test_second_run_speaks_nothing_and_writes_the_same_bytes(rhapsode: Rhapsode, example: Path) -> None:
    """A book that hasn't changed costs nothing, and its archive is the same to the byte."""
    rhapsode.narrate(example)
    archive = rhapsode.folder / "the-lamp-keepers.zip"
    before = archive.read_bytes()
    archive.unlink()

    line = rhapsode.narrate(example)

    assert "; nothing spoken in " in line
    assert archive.read_bytes() == before


def test_archive_does_not_depend_on_place_time_or_process_count(rhapsode: Rhapsode, tale: Path) -> None:
    """Another data directory, folder and number of processes give the same archive."""
    rhapsode.narrate(tale)
    other = rhapsode.folder / "other"
    other.mkdir()
    (other / "tale.md").write_text(TALE, "utf-8")

    rhapsode.narrate(
        "other/tale.md", "-o", "other/", RHAPSODE_DATA=str(other / "data"), RHAPSODE_PROCESSES="3"
    )

    assert (other / "tale.zip").read_bytes() == (rhapsode.folder / "tale.zip").read_bytes()


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


def test_voice_and_quality_stay_until_they_are_given_again(rhapsode: Rhapsode, tale: Path) -> None:
    """Without options a book is narrated as it was last time; another quality speaks nothing again."""
    rhapsode.narrate(tale)
    standard = (rhapsode.folder / "tale.zip").read_bytes()

    assert "; nothing spoken in " in rhapsode.narrate(tale, "--quality", "high", voice=None)
    assert "; nothing spoken in " in rhapsode.narrate(tale, voice=None)
    assert len((rhapsode.folder / "tale.zip").read_bytes()) > 1.3 * len(standard)
    assert "; 5 passages spoken in " in rhapsode.narrate(tale, voice="Tone High")


def test_selected_chapters(rhapsode: Rhapsode, tale: Path) -> None:
    """--chapters narrates exactly the chapters with these numbers."""
    line = rhapsode.narrate(tale, "--chapters", "2")

    assert line.startswith("tale.zip: 1 chapter, ")
    assert "; 2 passages spoken in " in line
    assert list(entries(rhapsode.folder / "tale.zip")) == ["01 The Hill.mp3"]


def test_included_and_excluded_chapters(rhapsode: Rhapsode, example: Path) -> None:
    """--include and --exclude add to what is narrated and take from it, by name, role or part."""
    rhapsode.narrate(
        example, "--include", "colophon", "--exclude", "front", "--exclude", "The Round", "--exclude", "last"
    )

    assert list(entries(rhapsode.folder / "the-lamp-keepers.zip")) == [
        "01 The Receipt.mp3",
        "02 Abolished.mp3",
        "03 Instructions.mp3",
        "04 Afterword.mp3",
        "05 Colophon.mp3",
    ]


def test_one_mp3_with_chapter_marks(rhapsode: Rhapsode, tale: Path) -> None:
    """--format mp3 writes one file whose marks are the chapters, end to end, and whose words are the given ones."""
    cover = rhapsode.folder / "cover.png"
    cover.write_bytes(png())

    line = rhapsode.narrate(
        tale, "--format", "mp3", "--title", "Six [o'clock]", "--author", "I. Wells", "--cover", cover
    )

    assert line.startswith("tale.mp3: 2 chapters, ")
    book = rhapsode.folder / "tale.mp3"
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


def test_chapters_carry_their_tags(rhapsode: Rhapsode, tale: Path) -> None:
    """Each chapter's file names itself, the book, its place in it and who reads."""
    rhapsode.narrate(tale, "--title", "Two Places", "--author", "I. Wells")

    chapter = io.BytesIO(entries(rhapsode.folder / "tale.zip")["02 The Hill.mp3"])
    tags: Any = MP3(chapter).tags  # type: ignore[no-untyped-call]
    words = [str(tags[name]) for name in ("TIT2", "TALB", "TPE1", "TCOM", "TRCK")]
    assert words == ["The Hill", "Two Places", "I. Wells", "Tone Low", "2/2"]


def test_lossless(rhapsode: Rhapsode) -> None:
    """ultra_lossless is 16-bit WAV at 44.1 kHz, 60 ms for each character between the silences of a chapter."""
    book = rhapsode.write("word.txt", "Word.")

    rhapsode.narrate(book, "--quality", "ultra_lossless")

    (content,) = entries(rhapsode.folder / "word.zip").values()
    with wave.open(io.BytesIO(content)) as audio:
        assert (audio.getnchannels(), audio.getsampwidth(), audio.getframerate()) == (1, 2, 44_100)
        assert audio.getnframes() / 44_100 == pytest.approx(sum(ENDS_S) + 5 * 0.06, abs=0.1)


def test_lossless_has_no_mp3(rhapsode: Rhapsode, tale: Path) -> None:
    """One MP3 of a lossless project is refused before anything is spoken."""
    finished = rhapsode.run("narrate", tale, "--quality", "ultra_lossless", "--format", "mp3")

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


def test_what_is_given_as_output_is_a_file_or_a_folder(rhapsode: Rhapsode, tale: Path) -> None:
    """-o names the file, or the folder for a file that is named after the book."""
    (rhapsode.folder / "audio").mkdir()

    assert rhapsode.narrate(tale, "-o", "audio").startswith("audio/tale.zip: ")
    assert rhapsode.narrate(tale, "-o", "audio/other.zip").startswith("audio/other.zip: ")
    first, second = sorted((rhapsode.folder / "audio").iterdir())
    assert first.read_bytes() == second.read_bytes()


def test_pipes_get_lines_without_control_characters(rhapsode: Rhapsode, tale: Path) -> None:
    """Where nobody looks at a terminal, there is the result on standard output and nothing else anywhere."""
    finished = rhapsode.run("narrate", tale, "--voice", "tone_low")

    assert finished.output.count("\n") == 1
    assert finished.output.rstrip("\n").isprintable()
    assert finished.errors == ""


def test_a_poor_character_set_is_no_obstacle(rhapsode: Rhapsode, tale: Path) -> None:
    """Output that can't say a character says something else, and the command goes on."""
    finished = rhapsode.run("narrate", tale, "--list", PYTHONIOENCODING="ascii", PYTHONUTF8="0")

    assert finished.exit_status == 0
    assert "? 0:0" in finished.output
