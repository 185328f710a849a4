import io
from itertools import pairwise
from typing import Any

import av
import mutagen.id3
import pytest

from rhapsode.audio.encode import encode_pause
from rhapsode.audio.encoding import MP3_128
from rhapsode.audio.id3 import id3_before_cover
from rhapsode.audio.tags import CoverShape, Mark, Tags

FULL = Tags(
    title="Der große Sprung",
    book="Zwölf Wege 道",
    author="A. Müller",
    narrator="Rachel",
    track=3,
    track_count=12,
    language="de-AT",
    isbn_number="978-3-16-148410-0",
    description="Eine Reise.\nIn zwei Zeilen.",
)
# Full of what looks like the start of an MP3 frame, as JPEG data may be.
COVER = b"\xff\xd8\xff\xe0" + b"\xff\xfb\x90\xc4" * 500 + b"\xff\xd9"
SHAPE = CoverShape("image/jpeg", len(COVER))


def _marks(count: int) -> list[Mark]:
    return [Mark(f"Part {n}", n * 44_100, (n + 1) * 44_100) for n in range(count)]


def _read(tag: bytes) -> Any:
    """What mutagen reads, knowing nothing of us; `translate=False` keeps the frames as they are."""
    return mutagen.id3.ID3(io.BytesIO(tag + encode_pause(2, MP3_128)), translate=False)  # type: ignore[no-untyped-call]


def test_words_are_where_players_look() -> None:
    """Each of the tags is read back from the frame that audiobook players read it from."""

    tag = _read(id3_before_cover(FULL))

    expected = {
        "TIT2": "Der große Sprung",
        "TALB": "Zwölf Wege 道",
        "TPE1": "A. Müller",
        "TPE2": "A. Müller",
        "TCOM": "Rachel",
        "TRCK": "3/12",
        "TLAN": "deu",
        "TCON": "Audiobook",
        "TXXX:ISBN": "978-3-16-148410-0",
        "COMM::deu": "Eine Reise.\nIn zwei Zeilen.",
    }
    assert tag.version == (2, 4, 0)
    assert {key: str(frame) for key, frame in tag.items()} == expected


def test_what_is_unknown_is_not_written() -> None:
    """A title alone makes a tag of the title and the genre."""

    assert set(_read(id3_before_cover(Tags("Only")))) == {"TIT2", "TCON"}


def test_a_track_without_a_count_stands_alone() -> None:
    """A track number is written without a slash where the number of tracks is unknown."""

    assert str(_read(id3_before_cover(Tags("T", track=7)))["TRCK"]) == "7"


def test_a_language_without_a_code_is_undetermined() -> None:
    """A description needs a language code, and "und" stands for the unknown ones."""

    tag = _read(id3_before_cover(Tags("T", description="d", language="x-klingon")))
    assert "COMM::und" in tag
    assert "TLAN" not in tag


def test_hostile_words_stay_one_value() -> None:
    """A zero inside a title would begin a second value; half a surrogate pair has no UTF-8."""

    assert _read(id3_before_cover(Tags("A\0B\ud800C")))["TIT2"].text == ["AB?C"]


def test_the_cover_follows_without_being_copied() -> None:
    """The tag accounts for the cover's bytes, which are appended behind it and read back unchanged."""

    tag = id3_before_cover(FULL, marks=_marks(2), cover=SHAPE)
    picture = _read(tag + COVER)["APIC:"]

    assert COVER not in tag
    assert (picture.data, picture.mime, picture.type) == (
        COVER,
        "image/jpeg",
        mutagen.id3.PictureType.COVER_FRONT,
    )


def test_the_size_is_exact() -> None:
    """The next byte after tag and cover is the first of the audio."""

    tag = id3_before_cover(FULL, marks=_marks(3), cover=SHAPE)
    size = sum(byte << shift for byte, shift in zip(tag[6:10], (21, 14, 7, 0), strict=True))
    assert max(tag[6:10]) < 0x80
    assert 10 + size == len(tag) + len(COVER)


def test_marks_are_chapters_in_milliseconds() -> None:
    """Each mark is a CHAP frame with title and times, and one table of contents lists them in order."""

    tag = _read(id3_before_cover(FULL, marks=[Mark("Eins", 0, 22_051), Mark("Zwei", 22_051, 44_100)]))

    first, second = tag["CHAP:chapter1"], tag["CHAP:chapter2"]
    assert [(c.start_time, c.end_time) for c in (first, second)] == [(0, 500), (500, 1000)]
    assert [str(c.sub_frames["TIT2"]) for c in (first, second)] == ["Eins", "Zwei"]
    assert tag["CTOC:toc"].child_element_ids == ["chapter1", "chapter2"]
    assert tag["CTOC:toc"].flags == mutagen.id3.CTOCFlags.TOP_LEVEL | mutagen.id3.CTOCFlags.ORDERED


@pytest.mark.parametrize("count", [255, 256, 1000])
def test_many_marks_are_nested(count: int) -> None:
    """A table of contents holds 255 entries, so more marks are listed in tables below the first."""

    tag = _read(id3_before_cover(Tags("T"), marks=_marks(count)))

    def leaves(name: str) -> list[str]:
        children = tag[f"CTOC:{name}"].child_element_ids
        assert 1 <= len(children) <= 255
        return [
            leaf for child in children for leaf in (leaves(child) if child.startswith("toc") else [child])
        ]

    assert leaves("toc") == [f"chapter{n}" for n in range(1, count + 1)]
    assert len(tag.getall("CHAP")) == count
    tops = [c for c in tag.getall("CTOC") if c.flags & mutagen.id3.CTOCFlags.TOP_LEVEL]
    assert [top.element_id for top in tops] == ["toc"]


def test_too_many_marks_are_refused() -> None:
    """Two levels of tables hold 65,025 marks."""

    with pytest.raises(ValueError, match="65025 marks"):
        id3_before_cover(Tags("T"), marks=[Mark("", 0, 1)] * (255 * 255 + 1))


def test_a_tag_beyond_its_limit_is_refused() -> None:
    """A size that does not fit 28 bits can't be written."""

    with pytest.raises(ValueError, match="256 MiB"):
        id3_before_cover(Tags("T"), cover=CoverShape("image/png", 2**28))


def test_ffmpeg_reads_words_and_chapters() -> None:
    """Another reader agrees on title, author and the chapters' times."""

    content = id3_before_cover(FULL, marks=_marks(300)) + encode_pause(300, MP3_128)
    with av.open(io.BytesIO(content)) as container:
        metadata, chapters = container.metadata, container.chapters()

    assert metadata["title"] == "Der große Sprung"
    assert metadata["artist"] == "A. Müller"
    assert metadata["ISBN"] == "978-3-16-148410-0"
    assert len(chapters) == 300
    assert [chapter["metadata"]["title"] for chapter in chapters[:2]] == ["Part 0", "Part 1"]
    assert all(before["end"] == behind["start"] for before, behind in pairwise(chapters))
