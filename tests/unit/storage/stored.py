"""Records and packs with real bytes, for the tests of this folder."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema, segments, snapshots
from rhapsode.storage.alignments import pack_alignment
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.packs import (
    AudioMeta,
    ClosedPack,
    MediaMeta,
    PackWriter,
    SegmentKind,
    SegmentMeta,
    SpeechMeta,
    read_segment,
)
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records, ensure_workspace
from rhapsode.studio.alignment import Alignment
from rhapsode.studio.document import BlockKind
from rhapsode.studio.ids import (
    BlockId,
    ChapterId,
    ChapterSnapshotId,
    NodeId,
    ProjectId,
    ProjectSnapshotId,
    VoiceId,
    WorkspaceId,
    new_id,
)
from rhapsode.studio.project import Block, Chapter, Node, Project
from rhapsode.studio.snapshot import ChapterSnapshot, FileHead, ProjectSnapshot, SnapshotPart

WORKSPACE = DEFAULT_WORKSPACE_ID
FOREIGN = WorkspaceId("foreign")
ENCODING = "mp3_44100_128"
DAY_MS = 24 * 3600 * 1000


def key_of(name: object) -> bytes:
    """A key that no other name has."""
    return hashlib.sha256(str(name).encode()).digest()


def meta_of(kind: SegmentKind, key: bytes) -> SegmentMeta:
    """What a segment of a kind carries along; audio is that of the speech named after it."""
    if kind == "speech":
        return SpeechMeta(22_050, 900, pack_alignment(Alignment((0, 400, 900))))
    return AudioMeta(7, ENCODING, key_of(key)) if kind == "audio" else MediaMeta("image/png")


def write_pack(
    blobs: LocalBlobs,
    contents: Mapping[bytes, bytes],
    kind: SegmentKind = "audio",
    workspace_id: WorkspaceId = WORKSPACE,
) -> ClosedPack:
    """Put a pack that the records don't know."""
    writer = PackWriter(blobs.temporary_directory(), workspace_id, kind)
    for key, content in contents.items():
        writer.append(key, content, meta_of(kind, key))
    pack = writer.close(blobs)
    assert pack is not None
    return pack


def commit(records: Records, pack: ClosedPack) -> int:
    """Commit a pack; return how many of its segments were new."""
    with records.write(pack.workspace_id) as tx:
        ensure_workspace(tx)
        return segments.commit_pack(tx, pack)


def want(records: Records, owner_id: str, keys: Iterable[bytes], kind: SegmentKind = "audio") -> None:
    """Let an owner want segments."""
    with records.write(WORKSPACE) as tx:
        segments.want_segments(tx, owner_id, {kind: keys})


def read_all(records: Records, blobs: LocalBlobs, keys: Iterable[bytes]) -> dict[bytes, bytes]:
    """The bytes of those segments that exist."""
    with records.read(WORKSPACE) as tx:
        found = segments.find_segments(tx, keys)
    return {key: read_segment(blobs, segment.location) for key, segment in found.items()}


def rows_of(records: Records, table: sa.Table, *, without: Iterable[str] = ()) -> list[dict[str, Any]]:
    """All rows of a table in the order of their primary keys."""
    columns = [column for column in table.columns if column.name not in without]
    with records.read(WORKSPACE) as tx:
        rows = tx.connection.execute(sa.select(*columns).order_by(*table.primary_key.columns))
        return [dict(row) for row in rows.mappings()]


def everything(records: Records) -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables."""
    return {table.name: rows_of(records, table) for table in schema.metadata.sorted_tables}


def grow_older(records: Records, ms: int) -> None:
    """Let time pass for everything that ages."""
    columns = (
        schema.segments.c.used_at_ms,
        schema.packs.c.created_at_ms,
        schema.packs.c.retired_at_ms,
        schema.chapters.c.deleted_at_ms,
    )
    with records.write(WORKSPACE) as tx:
        for column in columns:
            tx.connection.execute(sa.update(column.table).values({column: column - ms}))


def make_project(**values: Any) -> Project:
    """A project with an id of its own."""
    voice = VoiceId("tone_low")
    project = Project(
        ProjectId(new_id()),
        "Tides",
        created_at_ms=5,
        default_title_voice_id=voice,
        default_paragraph_voice_id=voice,
    )
    return replace(project, **values)


def make_block(*texts: str | Node) -> Block:
    """A paragraph of a node for each text."""
    nodes = (text if isinstance(text, Node) else Node(NodeId(new_id()), text) for text in texts)
    return Block(BlockId(new_id()), BlockKind.PARAGRAPH, "p", tuple(nodes))


def make_chapter(*blocks: str | Block, name: str = "The Harbour") -> Chapter:
    """A chapter of a paragraph for each text."""
    made = (block if isinstance(block, Block) else make_block(block) for block in blocks)
    return Chapter(ChapterId(new_id()), name, tuple(made))


def make_parts(keys: Iterable[bytes], *, size_bytes: int = 3) -> tuple[SnapshotPart, ...]:
    """A part of speech for each key; its speech is that named after it."""
    return tuple(
        SnapshotPart(
            segment_key=key,
            frame_count=7,
            size_bytes=size_bytes,
            text=f"Text {index}",
            spans=(0, 4, 0, 4),
            block_id=BlockId(new_id()),
            node_id=NodeId(new_id()),
            speech_key=key_of(key),
        )
        for index, key in enumerate(keys)
    )


def make_chapter_snapshot(**values: Any) -> ChapterSnapshot:
    """A chapter snapshot with an id of its own."""
    snapshot = ChapterSnapshot(
        chapter_snapshot_id=ChapterSnapshotId(new_id()),
        project_id=ProjectId(new_id()),
        chapter_id=ChapterId(new_id()),
        name="The Harbour",
        encoding=ENCODING,
        frame_count=14,
        plan_digest=key_of("plan"),
        stream_bytes=6,
        file_size_bytes=10,
        file_crc32=4_000_000_000,
        head=FileHead(b"head"),
        created_at_ms=6,
    )
    return replace(snapshot, **values)


def make_project_snapshot(*chapters: ChapterSnapshot, **values: Any) -> ProjectSnapshot:
    """A project snapshot of chapters, with an id of its own."""
    snapshot = ProjectSnapshot(
        project_snapshot_id=ProjectSnapshotId(new_id()),
        project_id=ProjectId(new_id()),
        name="Tides",
        encoding=ENCODING,
        frame_count=14,
        head=FileHead(b"project head"),
        chapter_snapshot_ids=tuple(chapter.chapter_snapshot_id for chapter in chapters),
        created_at_ms=7,
    )
    return replace(snapshot, **values)


def keep_snapshot(
    records: Records, blobs: LocalBlobs, names: Iterable[str], *, head: FileHead | None = None
) -> ChapterSnapshot:
    """Store speech and audio for each name, and a snapshot of them."""
    keys = [key_of(name) for name in names]
    speech = {key_of(key): b"speech " + key for key in keys}
    commit(records, write_pack(blobs, speech, "speech"))
    commit(records, write_pack(blobs, {key: b"audio " + key for key in keys}))
    snapshot = make_chapter_snapshot(head=head or FileHead(b"head"))
    with records.write(WORKSPACE) as tx:
        snapshots.insert_chapter_snapshot(tx, snapshot, make_parts(keys, size_bytes=38))
    return snapshot


def records_path(directory: Path) -> Path:
    """Where the tests of a directory have their records."""
    return directory / "records.sqlite3"
