"""Snapshots say exactly what is delivered: sizes, checksums, lengths and marks."""

import io
import wave
import zlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from mutagen.id3 import ID3
from tests.factories import (
    TONE_LOW,
    Studio,
    make_document,
    make_document_chapter,
    make_tags,
    need_espeak,
    open_studio,
)

from rhapsode.audio.encoding import FRAME_SAMPLES, MP3_128, SAMPLE_RATE_HZ
from rhapsode.authoring.books import BookOptions
from rhapsode.delivery.downloads import open_book
from rhapsode.rendering.assemble import assemble_chapter, chapter_marks
from rhapsode.rendering.plan import ChapterPlan, PlannedPart
from rhapsode.studio.document import Cover, Document
from rhapsode.studio.errors import ConversionFailed
from rhapsode.studio.ids import ChapterId, ProjectSnapshotId, VoiceId
from rhapsode.studio.project import QualityPreset

BOOK = make_document(
    make_document_chapter("It rained.", "Nobody came.", "It rained.", name="Rain"),
    make_document_chapter("\u200b", "The sea was flat.", name="Sea"),
    make_document_chapter("\u00ad", name="Silence"),
)
COVER = Cover("image/png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 1_100)
COVERED = replace(BOOK, cover=COVER)
MP3S = (QualityPreset.STANDARD, QualityPreset.HIGH)
FORMATS = [*((quality, book) for quality in MP3S for book in (BOOK, COVERED))]
FORMATS += [(QualityPreset.ULTRA_LOSSLESS, BOOK), (QualityPreset.ULTRA_LOSSLESS, COVERED)]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


def convert(
    studio: Studio, quality: QualityPreset, document: Document = BOOK, voice_id: VoiceId = TONE_LOW
) -> ProjectSnapshotId:
    return studio.convert(document, BookOptions(voice_id, quality))


def chapter_files(studio: Studio, snapshot_id: ProjectSnapshotId) -> list[bytes]:
    chapters = studio.chapter_snapshots(snapshot_id)
    return [studio.chapter_bytes(chapter.chapter_snapshot_id) for chapter in chapters]


def project_file(studio: Studio, snapshot_id: ProjectSnapshotId) -> bytes:
    book = open_book(studio.records, studio.blobs, studio.workspace_id, snapshot_id, "mp3")
    return b"".join(book.content)


def decoded_samples(content: bytes) -> int:
    """How long a player plays it, in samples at 44.1 kHz; it must have no other rate."""
    with av.open(io.BytesIO(content), "r") as container:
        count = 0
        for frame in container.decode(audio=0):
            assert (frame.sample_rate, len(frame.layout.channels)) == (SAMPLE_RATE_HZ, 1)
            count += frame.samples
    return count


@pytest.mark.parametrize(("quality", "document"), FORMATS)
def test_sizes_and_checksums_are_those_of_the_bytes(
    studio: Studio, quality: QualityPreset, document: Document
) -> None:
    """They come from records alone, and every byte that is delivered agrees: cover, cut end and all."""
    snapshot_id = convert(studio, quality, document)
    files = chapter_files(studio, snapshot_id)
    assert [(c.file_size_bytes, c.file_crc32) for c in studio.chapter_snapshots(snapshot_id)] == [
        (len(content), zlib.crc32(content)) for content in files
    ]
    is_mp3 = quality in MP3S
    assert [COVER.content in content for content in files] == [is_mp3 and document is COVERED] * 3


@pytest.mark.parametrize("quality", [*MP3S, QualityPreset.ULTRA_LOSSLESS])
def test_files_last_exactly_as_long_as_their_frames_say(studio: Studio, quality: QualityPreset) -> None:
    """(K - 1) * 1152 samples: of each chapter's file, and of the whole project's."""
    snapshot_id = convert(studio, quality, COVERED)
    chapters = studio.chapter_snapshots(snapshot_id)
    project = studio.project_snapshot(snapshot_id)
    assert [decoded_samples(content) for content in chapter_files(studio, snapshot_id)] == [
        (chapter.frame_count - 1) * FRAME_SAMPLES for chapter in chapters
    ]
    assert project.frame_count == sum(chapter.frame_count for chapter in chapters)
    assert decoded_samples(project_file(studio, snapshot_id)) == (project.frame_count - 1) * FRAME_SAMPLES


@pytest.mark.parametrize("quality", [QualityPreset.STANDARD, QualityPreset.ULTRA_LOSSLESS])
def test_real_speech_fits_the_grid_too(studio: Studio, quality: QualityPreset) -> None:
    """Sizes, checksums and lengths of files that an engine has spoken."""
    need_espeak()
    snapshot_id = convert(studio, quality, COVERED, VoiceId("espeak_alder"))
    for chapter, content in zip(
        studio.chapter_snapshots(snapshot_id), chapter_files(studio, snapshot_id), strict=True
    ):
        assert (chapter.file_size_bytes, chapter.file_crc32) == (len(content), zlib.crc32(content))
        assert decoded_samples(content) == (chapter.frame_count - 1) * FRAME_SAMPLES


def test_a_wav_file_has_whole_samples_and_no_more(studio: Studio) -> None:
    """Its header tells the length that its data has."""
    snapshot_id = convert(studio, QualityPreset.ULTRA_LOSSLESS)
    for chapter, content in zip(
        studio.chapter_snapshots(snapshot_id), chapter_files(studio, snapshot_id), strict=True
    ):
        with wave.open(io.BytesIO(content)) as file:
            assert file.getnframes() == (chapter.frame_count - 1) * FRAME_SAMPLES
            assert len(file.readframes(file.getnframes() + 1)) == 2 * file.getnframes()


def test_the_lossless_file_is_the_sound_that_was_spoken(studio: Studio) -> None:
    """Chapter by chapter, the project's single file holds the same samples, each where the frames say."""
    snapshot_id = convert(studio, QualityPreset.ULTRA_LOSSLESS)
    with wave.open(io.BytesIO(project_file(studio, snapshot_id))) as file:
        whole = file.readframes(file.getnframes())
    start = 0
    for chapter, content in zip(
        studio.chapter_snapshots(snapshot_id), chapter_files(studio, snapshot_id), strict=True
    ):
        with wave.open(io.BytesIO(content)) as file:
            own = file.readframes(file.getnframes())
        assert whole[start : start + len(own)] == own
        start += chapter.frame_count * FRAME_SAMPLES * 2


def test_the_single_file_has_a_mark_for_each_chapter(studio: Studio) -> None:
    """Each begins where the one before ends, to the millisecond, and the last ends with the file."""
    snapshot_id = convert(studio, QualityPreset.STANDARD, COVERED)
    content = project_file(studio, snapshot_id)
    chapters = studio.chapter_snapshots(snapshot_id)

    tag: Any = ID3(io.BytesIO(content))  # type: ignore[no-untyped-call]
    marks = [tag[f"CHAP:{name}"] for name in tag["CTOC:toc"].child_element_ids]

    starts = [0]
    for chapter in chapters:
        starts.append(starts[-1] + chapter.frame_count * FRAME_SAMPLES)
    assert [mark.sub_frames["TIT2"].text[0] for mark in marks] == ["Rain", "Sea", "Silence"]
    assert [mark.start_time for mark in marks] == [round(s * 1000 / SAMPLE_RATE_HZ) for s in starts[:-1]]
    assert all(earlier.end_time == later.start_time for earlier, later in pairwise(marks))
    assert marks[-1].end_time == round(decoded_samples(content) * 1000 / SAMPLE_RATE_HZ)
    assert tag["APIC:"].data == COVER.content


def test_marks_stay_within_the_file(studio: Studio) -> None:
    """The last chapter ends a frame before its frames do, where the file ends."""
    chapters = studio.chapter_snapshots(convert(studio, QualityPreset.STANDARD))
    marks = chapter_marks(chapters)
    frames = sum(chapter.frame_count for chapter in chapters)
    assert marks[-1].end_sample == (frames - 1) * FRAME_SAMPLES
    assert marks[0].end_sample == marks[1].start_sample == chapters[0].frame_count * FRAME_SAMPLES


def test_a_segment_that_has_gone_ends_the_conversion() -> None:
    """Instead of a file with a hole."""
    part = PlannedPart(bytes(32), "It rained.", (), None, None, bytes(32))
    plan = ChapterPlan(ChapterId("chapter"), "Rain", make_tags(), None, MP3_128, (part,), ())
    with pytest.raises(ConversionFailed):
        assemble_chapter(plan, {})
