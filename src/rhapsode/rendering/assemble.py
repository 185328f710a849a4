"""From finished segments to snapshots: arithmetic on records; no audio is read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rhapsode.audio.encoding import FRAME_SAMPLES, Encoding
from rhapsode.audio.grid import stream_samples
from rhapsode.audio.head import Head, mp3_head, wav_head
from rhapsode.audio.info_frame import silent_frame
from rhapsode.audio.tags import CoverShape, Mark, Tags
from rhapsode.audio.wav import crc32_of_cut_end
from rhapsode.rendering.plan import ChapterPlan, PlannedPart
from rhapsode.storage.checksums import crc32_of, crc32_of_join
from rhapsode.storage.segments import StoredSegment
from rhapsode.studio.errors import ConversionFailed
from rhapsode.studio.snapshot import ChapterSnapshot, FileHead, SnapshotPart


@dataclass(frozen=True, slots=True)
class Assembly:
    """What a chapter's snapshot says of its file."""

    parts: tuple[SnapshotPart, ...]
    frame_count: int
    stream_bytes: int
    head: FileHead
    file_size_bytes: int
    file_crc32: int


def assemble_chapter(plan: ChapterPlan, stored: Mapping[bytes, StoredSegment]) -> Assembly:
    """Lay a chapter's segments end to end and make its file's head.

    stored: all segments of the plan, and its cover.    Raises: ConversionFailed, when one is missing.
    """
    segments = [_segment(stored, part.segment_key) for part in plan.parts]
    parts = tuple(assembled_part(part, segment) for part, segment in zip(plan.parts, segments, strict=True))
    frame_count = sum(part.frame_count for part in parts)
    stream_bytes = sum(part.size_bytes for part in parts)
    cover = None if plan.cover_key is None else _segment(stored, plan.cover_key)
    head = make_head(
        plan.tags,
        plan.encoding,
        frame_count=frame_count,
        stream_bytes=stream_bytes - plan.encoding.end_cut_bytes,
        marks=(),
        cover=cover,
    )
    checksums = [*_head_checksums(head, cover), *_stream_checksums(segments, plan.encoding)]
    return Assembly(
        parts=parts,
        frame_count=frame_count,
        stream_bytes=stream_bytes,
        head=head,
        file_size_bytes=sum(size_bytes for _, size_bytes in checksums),
        file_crc32=crc32_of_join(checksums),
    )


def _segment(stored: Mapping[bytes, StoredSegment], key: bytes) -> StoredSegment:
    try:
        return stored[key]
    except KeyError:
        msg = "A segment that was rendered is no longer there. Convert again."
        raise ConversionFailed(msg) from None


def assembled_part(part: PlannedPart, segment: StoredSegment) -> SnapshotPart:
    """A part of a plan whose segment exists."""
    assert segment.frame_count is not None
    return SnapshotPart(
        segment_key=part.segment_key,
        frame_count=segment.frame_count,
        size_bytes=segment.location.size_bytes,
        text=part.text,
        spans=part.spans,
        block_id=part.block_id,
        node_id=part.node_id,
        speech_key=part.speech_key,
        spoken_text=part.spoken_text,
    )


def make_head(
    tags: Tags,
    encoding: Encoding,
    *,
    frame_count: int,
    stream_bytes: int,
    marks: Sequence[Mark],
    cover: StoredSegment | None,
) -> FileHead:
    """The head of a file of joined segments. A WAV file has no room for a cover or marks."""
    if encoding.bitrate_kbps is None:
        return _file_head(wav_head(tags, frames=frame_count), None)
    shape = None if cover is None else CoverShape(cover.media_type or "", cover.location.size_bytes)
    head = mp3_head(tags, encoding, frames=frame_count, stream_bytes=stream_bytes, marks=marks, cover=shape)
    return _file_head(head, cover)


def make_empty_head(tags: Tags, encoding: Encoding) -> FileHead:
    """A whole file that lasts no time: what a project of no chapters sounds like.

    A stream has at least one frame (audio.grid), so the MP3 file has one, of which nothing is heard.
    """
    if encoding.bitrate_kbps is None:
        return FileHead(wav_head(tags, frames=1).before_cover)
    frame = silent_frame(encoding)
    head = mp3_head(tags, encoding, frames=1, stream_bytes=len(frame))
    return FileHead(head.before_cover + head.after_cover + frame)


def _file_head(head: Head, cover: StoredSegment | None) -> FileHead:
    content = head.before_cover + head.after_cover
    if cover is None:
        return FileHead(content)
    return FileHead(content, len(head.before_cover), cover.key)


def _head_checksums(head: FileHead, cover: StoredSegment | None) -> Iterable[tuple[int, int]]:
    if head.cover_offset is None:
        yield crc32_of(head.content), len(head.content)
        return
    assert cover is not None
    before, after = head.content[: head.cover_offset], head.content[head.cover_offset :]
    yield crc32_of(before), len(before)
    yield cover.crc32, cover.location.size_bytes
    yield crc32_of(after), len(after)


def _stream_checksums(segments: Sequence[StoredSegment], encoding: Encoding) -> Iterable[tuple[int, int]]:
    for segment in segments[:-1]:
        yield segment.crc32, segment.location.size_bytes
    last = segments[-1]
    if not encoding.end_cut_bytes:
        yield last.crc32, last.location.size_bytes
        return
    yield crc32_of_cut_end(last.crc32), last.location.size_bytes - encoding.end_cut_bytes


def chapter_marks(snapshots: Sequence[ChapterSnapshot]) -> tuple[Mark, ...]:
    """Where each chapter is in the project's single file, in samples."""
    file_end = stream_samples(sum(snapshot.frame_count for snapshot in snapshots))
    marks, start = [], 0
    for snapshot in snapshots:
        end = start + snapshot.frame_count * FRAME_SAMPLES
        marks.append(Mark(snapshot.name, start, min(end, file_end)))
        start = end
    return tuple(marks)
