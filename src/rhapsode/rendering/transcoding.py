"""Snapshots in other encodings: what was spoken once is encoded again, each segment once."""

import functools
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from rhapsode.audio.encoding import Encoding
from rhapsode.rendering.attempts import attempted
from rhapsode.rendering.encode_claims import EncodeClaims
from rhapsode.rendering.encode_plan import cut_encoding, plan_encoding
from rhapsode.rendering.masters import Masters
from rhapsode.rendering.pool import RenderPool
from rhapsode.rendering.render_jobs import EncodeJob, EncodeRequest
from rhapsode.storage import segments, snapshots
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.made import find_lengths
from rhapsode.storage.packs import SegmentLocation
from rhapsode.storage.records import Records
from rhapsode.storage.segments import StoredSegment
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.ids import ChapterSnapshotId, WorkspaceId

NoteProgress = Callable[[float], None]


class Transcoding:
    """Encodes the segments of snapshots in the pool's processes. Thread-safe.

    masters: has their speech spoken again where it was dropped.
    """

    def __init__(self, records: Records, blobs: Blobs, pool: RenderPool) -> None:
        self._records = records
        self._blobs = blobs
        self._pool = pool
        self._claims = EncodeClaims()
        self.masters = Masters(records, blobs, pool)

    def ensure_encoded(
        self,
        workspace_id: WorkspaceId,
        owner_id: str,
        chapter_snapshot_ids: Sequence[ChapterSnapshotId],
        encoding: Encoding,
        note_progress: NoteProgress,
    ) -> Mapping[ChapterSnapshotId, Sequence[StoredSegment]]:
        """The segments of chapters in another encoding, one for each part of the chapter, in order.

        Only those that don't exist are made, of the stored speech, mastered as the snapshot's own. Speech that was
        dropped is spoken again for it.
        owner_id: refers to all of them from now on.    note_progress: told which share exists, 0 to 1.
        Raises: SnapshotNotFound; DataDamaged, when speech is gone; MasterDropped, when that can't be had
        again; EngineFailed; StorageFull; Withdrawn, when the pool was stopped. What was made until then stays.
        """
        chapters = {
            snapshot_id: self._want(workspace_id, owner_id, snapshot_id, encoding)
            for snapshot_id in chapter_snapshot_ids
        }
        wanted = {request.segment_key: request for chapter in chapters.values() for request in chapter}
        self._make_missing(_Wanted(workspace_id, owner_id, encoding, wanted, note_progress))
        with self._records.read(workspace_id) as tx:
            stored = segments.find_segments(tx, wanted)
        return {
            snapshot_id: tuple(stored[request.segment_key] for request in chapter)
            for snapshot_id, chapter in chapters.items()
        }

    def _want(
        self, workspace_id: WorkspaceId, owner_id: str, snapshot_id: ChapterSnapshotId, encoding: Encoding
    ) -> tuple[EncodeRequest, ...]:
        """What a chapter needs, which its owner refers to before anybody asks whether it exists."""
        with self._records.read(workspace_id) as tx:
            parts = snapshots.get_parts(tx, snapshot_id)
            stored = segments.find_segments(tx, (part.segment_key for part in parts))
        requests = plan_encoding(parts, stored, encoding, workspace_id)
        with self._records.write(workspace_id) as tx:
            segments.want_segments(tx, owner_id, {"audio": [request.segment_key for request in requests]})
        return requests

    def _make_missing(self, wanted: "_Wanted") -> None:
        """Make what nobody makes, and wait for what others make; what they couldn't is made then."""
        while missing := self._find_missing(wanted):
            taken = self._claims.take(missing)
            if not taken:
                self._claims.wait(missing.keys())
                continue
            try:
                # What somebody finished just before it was taken exists by now.
                requests = [r for key, r in self._find_missing(wanted).items() if key in taken]
                spoken = {request.speech_key for request in requests if request.speech_key is not None}
                with self.masters.held(wanted.workspace_id, spoken):
                    self._make(wanted, requests)
            finally:
                self._claims.release(taken)

    def _find_missing(self, wanted: "_Wanted") -> dict[bytes, EncodeRequest]:
        with self._records.read(wanted.workspace_id) as tx:
            existing = find_lengths(tx, wanted.requests)
        missing = {key: request for key, request in wanted.requests.items() if key not in existing}
        wanted.note_missing(len(missing))
        return missing

    def _make(self, wanted: "_Wanted", requests: Iterable[EncodeRequest]) -> None:
        """All of it, on as many processes as there are; the first error ends it when those at work are done."""
        threads = ThreadPoolExecutor(self._pool.process_count, thread_name_prefix="transcoding")
        try:
            for _ in threads.map(lambda piece: self._make_slice(wanted, piece), [*cut_encoding(requests)]):
                pass
        finally:
            threads.shutdown(cancel_futures=True)

    def _make_slice(self, wanted: "_Wanted", piece: list[EncodeRequest]) -> None:
        """Commits each pack as it is closed."""
        while piece:
            encode = functools.partial(self._pool.encode, self._job(wanted, piece))
            pack = attempted(encode, event="encoding.attempt_failed")
            with self._records.write(wanted.workspace_id) as tx:
                segments.commit_pack(tx, pack)
            made = {segment.key for segment in pack.segments}
            wanted.note_made(request for request in piece if request.segment_key in made)
            piece = [request for request in piece if request.segment_key not in made]

    def _job(self, wanted: "_Wanted", piece: Sequence[EncodeRequest]) -> EncodeJob:
        return EncodeJob(
            wanted.workspace_id,
            self._blobs,
            wanted.encoding.name,
            piece,
            self._locate_speech(wanted.workspace_id, piece),
            wanted.owner_id,
            wanted.left_characters,
        )

    def _locate_speech(
        self, workspace_id: WorkspaceId, requests: Sequence[EncodeRequest]
    ) -> dict[bytes, SegmentLocation]:
        """Raises: DataDamaged."""
        wanted = {request.speech_key for request in requests if request.speech_key is not None}
        with self._records.read(workspace_id) as tx:
            stored = segments.find_segments(tx, wanted)
        if lost := wanted - stored.keys():
            msg = f"Speech {min(lost).hex()} of a snapshot is missing. Convert the project again."
            raise DataDamaged(msg)
        return {key: segment.location for key, segment in stored.items()}


@dataclass(slots=True)
class _Wanted:
    """What one caller wants, by key, and how much of it is missing."""

    workspace_id: WorkspaceId
    owner_id: str
    encoding: Encoding
    requests: Mapping[bytes, EncodeRequest]
    note_progress: NoteProgress
    left_characters: int = 0
    _missing_count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.left_characters = sum(request.character_count for request in self.requests.values())

    def note_missing(self, count: int) -> None:
        with self._lock:
            self._missing_count = count
            self._note()

    def note_made(self, requests: Iterable[EncodeRequest]) -> None:
        made = list(requests)
        with self._lock:
            self.left_characters -= sum(request.character_count for request in made)
            self._missing_count -= len(made)
            self._note()

    def _note(self) -> None:
        self.note_progress(1 - self._missing_count / max(1, len(self.requests)))
