"""Books and items of the history as a narration leaves them, of bytes that nobody has spoken: in seconds, any size.

Their sound is noise, in pieces as long as sentences are, and behind each is a pause, one for all. Packs and records
are what they would be. A chapter that is listed again and again makes a longer book.
"""

import os
import random
from collections.abc import Sequence

from rhapsode.storage import history, projects, segments, snapshots
from rhapsode.storage.alignments import pack_alignment
from rhapsode.storage.checksums import crc32_of, crc32_of_join
from rhapsode.storage.directory import DataDirectory
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.packs import AudioMeta, PackWriter, SpeechMeta
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records
from rhapsode.studio.alignment import Alignment
from rhapsode.studio.history import HistoryFile, HistoryItem
from rhapsode.studio.ids import (
    BlockId,
    ChapterId,
    ChapterSnapshotId,
    HistoryItemId,
    NodeId,
    ProjectId,
    ProjectSnapshotId,
    VoiceId,
    new_id,
)
from rhapsode.studio.limits import MAX_PACK_BYTES
from rhapsode.studio.project import Project
from rhapsode.studio.snapshot import ChapterSnapshot, FileHead, ProjectSnapshot, SnapshotPart

ENCODING = "mp3_44100_128"
START_MS = 1_700_000_000_000
PIECE_BYTES = (20_000, 280_000)
PAUSE_BYTES = 11_000
HEAD = FileHead(bytes(600))
VOICE = VoiceId("tone_low")
TEXT = "The harbour was empty, and the rain that had come with the tide went on until nobody heard it. "


class Store:
    """Writes packs and records into a data directory that nobody has opened."""

    def __init__(self, directory: DataDirectory) -> None:
        self.records = Records.open_sqlite(directory.records_path)
        self.blobs = LocalBlobs(directory.blobs_path)
        self.chance = random.Random(1)
        self.crcs: dict[bytes, tuple[int, int]] = {}
        self._audio, self._speech = (
            PackWriter(self.blobs.temporary_directory(), DEFAULT_WORKSPACE_ID, kind)
            for kind in ("audio", "speech")
        )

    def add_speech(self, size_bytes: int) -> SnapshotPart:
        """A sentence of so many bytes."""
        speech, key = self.chance.randbytes(32), self.chance.randbytes(32)
        self._speech.append(speech, speech, SpeechMeta(22_050, 900, pack_alignment(Alignment((0, 400, 900)))))
        self._add(key, os.urandom(size_bytes), speech)
        return SnapshotPart(
            key, 1, size_bytes, TEXT, (0, 4, 0, 4), BlockId(new_id()), NodeId(new_id()), speech_key=speech
        )

    def add_pause(self) -> SnapshotPart:
        """A pause, which is the same each time that it is asked for."""
        key = bytes(32)
        if key not in self.crcs:
            self._add(key, bytes(PAUSE_BYTES), None)
        return SnapshotPart(key, 1, PAUSE_BYTES, "")

    def _add(self, key: bytes, content: bytes, speech: bytes | None) -> None:
        self._audio.append(key, content, AudioMeta(1, ENCODING, speech))
        self.crcs[key] = crc32_of(content), len(content)
        if self._audio.size_bytes >= MAX_PACK_BYTES:
            self.commit()

    def commit(self) -> None:
        """Let the records know of everything that was added."""
        with self.records.write(DEFAULT_WORKSPACE_ID) as tx:
            for writer in (self._speech, self._audio):
                pack = writer.close(self.blobs)
                if pack is not None:
                    segments.commit_pack(tx, pack)


def keep_chapter(store: Store, project_id: ProjectId, number: int, size_bytes: int) -> ChapterSnapshot:
    """A chapter of about so many bytes."""
    parts: list[SnapshotPart] = []
    while sum(part.size_bytes for part in parts) < size_bytes:
        parts += [store.add_speech(store.chance.randrange(*PIECE_BYTES)), store.add_pause()]
    store.commit()
    crcs = [store.crcs[part.segment_key] for part in parts]
    stream_bytes = sum(part.size_bytes for part in parts)
    snapshot = ChapterSnapshot(
        ChapterSnapshotId(new_id()),
        project_id,
        ChapterId(new_id()),
        f"Chapter {number}",
        ENCODING,
        len(parts),
        store.chance.randbytes(32),
        stream_bytes,
        len(HEAD.content) + stream_bytes,
        crc32_of_join([(crc32_of(HEAD.content), len(HEAD.content)), *crcs]),
        HEAD,
        START_MS,
    )
    with store.records.write(DEFAULT_WORKSPACE_ID) as tx:
        snapshots.insert_chapter_snapshot(tx, snapshot, parts)
    return snapshot


def keep_book(
    store: Store, *, chapters: int, chapter_bytes: int, repeats: int = 1
) -> tuple[ProjectId, ProjectSnapshotId]:
    """A book whose chapters are listed so many times, and its snapshot."""
    project = Project(ProjectId(new_id()), "Tides", START_MS, VOICE, VOICE)
    with store.records.write(DEFAULT_WORKSPACE_ID) as tx:
        projects.save_project(tx, project)
    kept = [keep_chapter(store, project.project_id, n + 1, chapter_bytes) for n in range(chapters)]
    return project.project_id, keep_snapshot(store, project.project_id, kept * repeats)


def keep_snapshot(
    store: Store, project_id: ProjectId, chapters: Sequence[ChapterSnapshot]
) -> ProjectSnapshotId:
    """A project's snapshot of such chapters."""
    snapshot = ProjectSnapshot(
        ProjectSnapshotId(new_id()),
        project_id,
        "Tides",
        ENCODING,
        sum(chapter.frame_count for chapter in chapters),
        HEAD,
        tuple(chapter.chapter_snapshot_id for chapter in chapters),
        START_MS,
    )
    with store.records.write(DEFAULT_WORKSPACE_ID) as tx:
        snapshots.insert_project_snapshot(tx, snapshot)
    return snapshot.project_snapshot_id


def keep_items(store: Store, *, count: int, size_bytes: int) -> list[HistoryItemId]:
    """Items of the history, each of one sentence of so many bytes."""
    parts = [store.add_speech(size_bytes) for _ in range(count)]
    store.commit()
    ids = [HistoryItemId(new_id(START_MS + number * 777)) for number in range(count)]
    with store.records.write(DEFAULT_WORKSPACE_ID) as tx:
        for number, (item_id, part) in enumerate(zip(ids, parts, strict=True)):
            history.insert_item(tx, _item(item_id, START_MS + number * 777))
            history.insert_file(tx, item_id, _file(store, part), [part])
    return ids


def _item(item_id: HistoryItemId, created_at_ms: int) -> HistoryItem:
    return HistoryItem(item_id, new_id(), VOICE, "Tone Low", "eleven_v3", "en", TEXT, ENCODING, created_at_ms)


def _file(store: Store, part: SnapshotPart) -> HistoryFile:
    crcs = [(crc32_of(HEAD.content), len(HEAD.content)), store.crcs[part.segment_key]]
    size_bytes = len(HEAD.content) + part.size_bytes
    return HistoryFile(ENCODING, 1, size_bytes, crc32_of_join(crcs), HEAD, START_MS)
