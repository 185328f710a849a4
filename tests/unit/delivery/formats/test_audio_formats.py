"""Books as single files: M4B, MP3, Opus, FLAC and WAV, read back by FFmpeg, mutagen and libsndfile."""

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import av
import mutagen
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from tests.factories import (
    TONE_LOW,
    WORKSPACE,
    Studio,
    ThisProcess,
    make_document,
    make_document_chapter,
    open_studio,
)

from rhapsode.audio.encoding import AAC_64, FRAME_SAMPLES, OPUS_48
from rhapsode.audio.grid import stream_samples
from rhapsode.authoring.books import BookOptions
from rhapsode.delivery.formats.flac import FLAC
from rhapsode.delivery.formats.format import ExportFormat, ExportSource, KeptStretch
from rhapsode.delivery.formats.m4b import M4B
from rhapsode.delivery.formats.mp3 import MP3
from rhapsode.delivery.formats.names import Timeline
from rhapsode.delivery.formats.opus import OPUS
from rhapsode.delivery.formats.timelines import iterate_chapters
from rhapsode.delivery.formats.wav import WAV
from rhapsode.rendering.transcoding import Transcoding
from rhapsode.storage import projects, segments
from rhapsode.storage.packs import read_segment
from rhapsode.studio.document import Cover
from rhapsode.studio.errors import DataDamaged, InvalidInput
from rhapsode.studio.ids import ProjectSnapshotId
from rhapsode.studio.project import ProjectDetails, QualityPreset

pytestmark = pytest.mark.slow


def png() -> bytes:
    """A small red picture."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checked = kind + content
        return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))

    rows = b"".join(b"\0" + bytes([200, 30, 30]) * 8 for _ in range(8))
    shape = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", shape),
            chunk(b"IDAT", zlib.compress(rows)),
            chunk(b"IEND", b""),
        )
    )


COVER = Cover("image/png", png())
NAMES = ["Ⅰ. Ebbe — 潮", "Sea"]
BOOK = make_document(
    make_document_chapter("It rained.", "Nobody came.", name=NAMES[0]),
    make_document_chapter("The sea was flat.", "It rained.", name=NAMES[1]),
    cover=COVER,
)
STANDARD = BookOptions(TONE_LOW, QualityPreset.STANDARD)
LOSSLESS = BookOptions(TONE_LOW, QualityPreset.ULTRA_LOSSLESS)
ALL = pytest.mark.parametrize("export_format", [M4B, MP3, OPUS, FLAC, WAV], ids=lambda each: each.name)
MARKED = pytest.mark.parametrize("export_format", [M4B, MP3, OPUS, FLAC], ids=lambda each: each.name)


TIMELINE_OF: dict[str, Timeline] = {"m4b": "m4b", "opus": "opus"}


@dataclass
class Exports:
    """A studio whose snapshots can be had in every format."""

    studio: Studio
    snapshot_ids: dict[BookOptions, ProjectSnapshotId] = field(default_factory=dict)
    made: dict[tuple[str, BookOptions], bytes] = field(default_factory=dict)

    def convert(self, options: BookOptions = STANDARD) -> ProjectSnapshotId:
        """The book's snapshot, made once."""
        if options not in self.snapshot_ids:
            self.snapshot_ids[options] = self.studio.convert(BOOK, options)
        return self.snapshot_ids[options]

    def source(self, snapshot_id: ProjectSnapshotId) -> ExportSource:
        studio = self.studio
        snapshot = studio.project_snapshot(snapshot_id)
        with studio.records.read(WORKSPACE) as tx:
            project = projects.get_project(tx, snapshot.project_id)
        return ExportSource(
            studio.records,
            studio.blobs,
            Transcoding(studio.records, studio.blobs, ThisProcess(2)),
            WORKSPACE,
            "an-export",
            project,
            snapshot,
            tuple(studio.chapter_snapshots(snapshot_id)),
            lambda _: None,
        )

    def make(self, source: ExportSource, export_format: ExportFormat) -> tuple[bytes, int]:
        """A file, and how many bytes of it are new."""
        content, new_bytes = bytearray(), 0
        for part in export_format.make(source):
            if isinstance(part, KeptStretch):
                with self.studio.records.read(WORKSPACE) as tx:
                    stored = segments.find_segments(tx, [part.segment_key])[part.segment_key]
                content += read_segment(self.studio.blobs, stored.location)[: part.size_bytes]
            else:
                content += part
                new_bytes += len(part)
        return bytes(content), new_bytes

    def book(self, export_format: ExportFormat, options: BookOptions = STANDARD) -> bytes:
        """The book in a format, made once."""
        asked = export_format.name, options
        if asked not in self.made:
            self.made[asked] = self.make(self.source(self.convert(options)), export_format)[0]
        return self.made[asked]

    def describe(self, **details: Any) -> None:
        """Change what the project says of itself."""
        project_id = self.studio.save(BOOK)
        with self.studio.records.write(WORKSPACE) as tx:
            project = projects.get_project(tx, project_id)
            projects.save_project(tx, replace(project, **details))


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exports]:
    """Of one studio for all tests, which nobody harms."""
    with open_studio(tmp_path_factory.mktemp("exports")) as studio:
        yield Exports(studio)


@pytest.fixture
def own_exports(tmp_path: Path) -> Iterator[Exports]:
    """Of a studio whose project is changed."""
    with open_studio(tmp_path) as studio:
        yield Exports(studio)


@dataclass
class Read:
    """A file as FFmpeg reads it. marks: titles and seconds.    samples: mono, -1 to 1."""

    marks: list[tuple[str, float]]
    metadata: dict[str, str]
    pictures: list[bytes]
    rate_hz: int
    samples: NDArray[np.float64]


def read(content: bytes) -> Read:
    with av.open(io.BytesIO(content), mode="r") as file:
        marks = [
            (chapter["metadata"]["title"], chapter["start"] * float(chapter["time_base"] or 0))
            for chapter in file.chapters()
        ]
        audio = file.streams.audio[0]
        # Ogg says it of the stream.
        metadata = dict(audio.metadata if file.format.name == "ogg" else file.metadata)
        # Asked for no stream, FFmpeg gives all of them.
        packets = file.demux(file.streams.video) if file.streams.video else ()
        pictures = [bytes(packet) for packet in packets if packet.size]
    with av.open(io.BytesIO(content), mode="r") as file:
        samples = np.concatenate([frame.to_ndarray().reshape(-1) for frame in file.decode(audio=0)])
    return Read(marks, metadata, pictures, audio.rate, samples / (32_768 if samples.dtype == np.int16 else 1))


@MARKED
def test_a_file_says_what_it_is(exports: Exports, export_format: ExportFormat) -> None:
    """Title, author, narrator, chapter marks in any script, and the cover, byte for byte."""
    found = read(exports.book(export_format))
    tags = {name.lower(): value for name, value in found.metadata.items()}
    assert (tags["title"], tags["artist"], tags["genre"]) == ("Tides", "Ida Strand", "Audiobook")
    assert tags["composer"] == "Tone Low"
    assert [title for title, _ in found.marks] == NAMES
    assert found.pictures == [COVER.content]


def test_a_file_says_what_the_project_says_now(own_exports: Exports) -> None:
    """Whoever downloads a snapshot after its project was given an author sees that author."""
    snapshot_id = own_exports.convert()
    before = read(own_exports.book(OPUS))
    assert "date" not in {name.lower() for name in before.metadata}
    details = ProjectDetails(original_publication_date="1895-05-07")
    own_exports.describe(author="A. Writer", details=details, cover_key=None)
    for export_format in (M4B, MP3, OPUS, FLAC):
        content, _ = own_exports.make(own_exports.source(snapshot_id), export_format)
        found = read(content)
        assert found.pictures == []
        assert {name.lower(): value for name, value in found.metadata.items()}["artist"] == "A. Writer"
        assert export_format is MP3 or "1895-05-07" in found.metadata.values()


@ALL
@pytest.mark.parametrize("options", [STANDARD, LOSSLESS], ids=["standard", "lossless"])
def test_a_file_lasts_as_long_as_its_timeline(
    exports: Exports, export_format: ExportFormat, options: BookOptions
) -> None:
    """To the sample, and each mark is where its chapter's first part begins, as subtitles are told too."""
    source = exports.source(exports.convert(options))
    content, _ = exports.make(source, export_format)
    found = read(content)
    grid_length = stream_samples(sum(chapter.frame_count for chapter in source.chapters))
    timeline = TIMELINE_OF.get(export_format.name, "file")
    timed = [each for _, each in iterate_chapters(source, timeline)]
    if timeline == "file":
        assert found.samples.size == grid_length
    else:
        encoding, delay = (AAC_64, 1024) if timeline == "m4b" else (OPUS_48, 312)
        end = timed[-1].end_sample * encoding.sample_rate_hz / 44_100
        assert found.samples.size == round(end) - delay
    starts = [start for _, start in found.marks]
    assert starts == pytest.approx([each.start_sample / 44_100 for each in timed][: len(starts)], abs=0.0006)


def tagged(content: bytes) -> Any:
    """A file as mutagen reads it."""
    return mutagen.File(io.BytesIO(content))


def heard(found: Read, start_s: float) -> bool:
    """Whether there is sound in the tenth of a second from a time on."""
    start = round(start_s * found.rate_hz)
    return bool(np.abs(found.samples[start : start + found.rate_hz // 10]).max() > 0.02)


@ALL
def test_characters_are_heard_when_they_should_be(exports: Exports, export_format: ExportFormat) -> None:
    """On each format's own timeline: a tone for each word, and silence in the pauses between paragraphs."""
    source = exports.source(exports.convert())
    found = read(exports.make(source, export_format)[0])
    timeline = TIMELINE_OF.get(export_format.name, "file")
    for _, timed in iterate_chapters(source, timeline):
        for word in timed.words:
            assert heard(found, word.start_sample / 44_100 + 0.01)
        pause = timed.text.index("\n")
        start, end = timed.starts[pause] / 44_100, timed.ends[pause] / 44_100
        middle = found.samples[round((start + 0.1) * found.rate_hz) : round((end - 0.03) * found.rate_hz)]
        assert np.abs(middle).max() < 0.003


def test_lossless_formats_have_the_snapshot_sample_for_sample(exports: Exports) -> None:
    """The FLAC of a book in MP3 is what the book would be as WAV, and so is that of a lossless one."""
    books = [
        soundfile.read(io.BytesIO(exports.book(export_format, options=options)), dtype="int16")[0]
        for export_format in (FLAC, WAV)
        for options in (STANDARD, LOSSLESS)
    ]
    assert all(np.array_equal(books[0], book) for book in books[1:])


def test_what_is_there_is_not_copied(exports: Exports) -> None:
    """An MP3 or M4B is a new head before segments that are stored; the WAV of a lossless book as well."""
    for export_format, options in ((M4B, STANDARD), (MP3, STANDARD), (MP3, LOSSLESS), (WAV, LOSSLESS)):
        source = exports.source(exports.convert(options))
        content, new_bytes = exports.make(source, export_format)
        assert new_bytes < 5_000 < len(content)


def test_equal_snapshots_have_equal_files(exports: Exports, tmp_path: Path) -> None:
    """No clock and nothing random is in them: another server's file of the same book is the same."""
    with open_studio(tmp_path / "other") as studio:
        other = Exports(studio)
        for export_format in (M4B, MP3, OPUS, FLAC, WAV):
            assert other.book(export_format) == exports.book(export_format)


def test_one_chapter_can_be_had_by_itself(exports: Exports) -> None:
    """With its own name as its title, of its book."""
    source = exports.source(exports.convert())
    chapter = source.chapters[1]
    alone = replace(
        source.snapshot,
        project_snapshot_id=ProjectSnapshotId(chapter.chapter_snapshot_id),
        name=chapter.name,
        frame_count=chapter.frame_count,
        head=chapter.head,
        chapter_snapshot_ids=(chapter.chapter_snapshot_id,),
    )
    for export_format in (M4B, MP3, OPUS, FLAC, WAV):
        content, _ = exports.make(replace(source, snapshot=alone, chapters=(chapter,)), export_format)
        found = read(content)
        length_s = chapter.frame_count * FRAME_SAMPLES / 44_100
        assert found.samples.size / found.rate_hz == pytest.approx(length_s, abs=0.3)
        assert found.metadata.get("title", found.metadata.get("TITLE")) == "Sea"


def test_mp3_of_a_lossless_book_is_encoded_by_segments(exports: Exports) -> None:
    """At 192 kbps, with the same times as the book's own file."""
    content = exports.book(MP3, options=LOSSLESS)
    info = tagged(content).info
    assert (round(info.bitrate, -3), info.channels, info.sample_rate) == (192_000, 1, 44_100)


@ALL
def test_a_book_without_chapters_is_refused(exports: Exports, export_format: ExportFormat) -> None:
    """In words; the project's own file has no sound either, but a file of its own."""
    source = exports.source(exports.convert())
    with pytest.raises(InvalidInput):
        next(export_format.make(replace(source, chapters=())))


def test_a_cover_that_is_lost_is_said_to_be(own_exports: Exports) -> None:
    """No file pretends that there never was one."""
    snapshot_id = own_exports.convert()
    own_exports.describe(cover_key=bytes(32))
    with pytest.raises(DataDamaged):
        own_exports.make(own_exports.source(snapshot_id), M4B)
