"""Snapshots: what a conversion leaves, immutable."""

from dataclasses import dataclass

from rhapsode.studio.ids import BlockId, ChapterId, ChapterSnapshotId, NodeId, ProjectId, ProjectSnapshotId


@dataclass(frozen=True, slots=True)
class SnapshotPart:
    """One segment in its place: spoken text, or a pause.

    text: the original text it stands for, so that the texts of all parts in order are the chapter's text: the
      pause between two blocks is the newline that joins them, one at either end or between two sentences has none.
    spans: how the spoken text differs from `text`, as SpanMap.to_list has it; empty where it doesn't.
    spoken_text: what was spoken, with its pauses (text.pauses); None where that is `text`, made speakable.
    frame_count: frames of 1,152 samples at 44.1 kHz.    size_bytes: of its encoded bytes.
    block_id, node_id, speech_key: None for a pause.
    """

    segment_key: bytes
    frame_count: int
    size_bytes: int
    text: str
    spans: tuple[int, ...] = ()
    block_id: BlockId | None = None
    node_id: NodeId | None = None
    speech_key: bytes | None = None
    spoken_text: str | None = None


@dataclass(frozen=True, slots=True)
class FileHead:
    """The bytes before the first segment: tags and the Info frame, or a WAV header.

    cover_key: the image segment that belongs at `cover_offset` of `content`; both None without a cover.
    """

    content: bytes
    cover_offset: int | None = None
    cover_key: bytes | None = None


@dataclass(frozen=True, slots=True)
class ChapterSnapshot:
    """A chapter as one conversion left it.

    frame_count: of all parts; the file lasts (frame_count - 1) * 1,152 samples.
    stream_bytes: of all segments together, whole.
    file_size_bytes, file_crc32: of the chapter's file, head and cover included.
    """

    chapter_snapshot_id: ChapterSnapshotId
    project_id: ProjectId
    chapter_id: ChapterId
    name: str
    encoding: str
    frame_count: int
    plan_digest: bytes
    stream_bytes: int
    file_size_bytes: int
    file_crc32: int
    head: FileHead
    created_at_ms: int


@dataclass(frozen=True, slots=True)
class ProjectSnapshot:
    """A project as one conversion left it; `head` is that of its single joined file."""

    project_snapshot_id: ProjectSnapshotId
    project_id: ProjectId
    name: str
    encoding: str
    frame_count: int
    head: FileHead
    chapter_snapshot_ids: tuple[ChapterSnapshotId, ...]
    created_at_ms: int
