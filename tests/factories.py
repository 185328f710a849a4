"""Nouns with sensible defaults, and a small studio on a directory, for tests that care about one thing of many."""

import contextlib
import functools
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.lacking import lack

from rhapsode.audio.mastering import Level
from rhapsode.audio.pace import UNKNOWN_PACE, Pace
from rhapsode.audio.tags import Tags
from rhapsode.authoring.books import BookOptions, save_book
from rhapsode.delivery.downloads import open_chapter
from rhapsode.delivery.files import FilePiece, chapter_file
from rhapsode.engines.aligner import AlignedReading
from rhapsode.engines.engine import Speech
from rhapsode.engines.registry import list_engines
from rhapsode.jobs.conversions import convert_at_once
from rhapsode.rendering import aloud
from rhapsode.rendering.align_worker import AlignJob, align_recording
from rhapsode.rendering.conversions import Rendering
from rhapsode.rendering.draft import SpeechRequest
from rhapsode.rendering.encode_worker import encode
from rhapsode.rendering.freeze import RequestedConversion
from rhapsode.rendering.live_worker import LiveStretch, speak_live
from rhapsode.rendering.measure_worker import measure
from rhapsode.rendering.peaks_worker import find_peaks
from rhapsode.rendering.pool import RenderPool
from rhapsode.rendering.remake_worker import encode_again, speak_again
from rhapsode.rendering.render_jobs import (
    EncodeJob,
    KeptStream,
    PeaksJob,
    RenderJob,
    RenderResult,
    SpeakJob,
    Tell,
)
from rhapsode.rendering.speak import Speaking
from rhapsode.rendering.speak_worker import speak, speak_aloud
from rhapsode.rendering.speakers import Speakers
from rhapsode.rendering.trial import Trial
from rhapsode.rendering.trial_worker import try_out
from rhapsode.rendering.worker import render
from rhapsode.storage import conversions, schema, snapshots
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.packs import ClosedPack, SegmentLocation
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records
from rhapsode.storage.room import Room
from rhapsode.studio.document import BlockKind, Cover, Document, DocumentBlock, DocumentChapter
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
from rhapsode.studio.project import Block, Chapter, Node, Project, QualityPreset, Take
from rhapsode.studio.snapshot import ChapterSnapshot, ProjectSnapshot, SnapshotPart
from rhapsode.studio.voice import CommercialUse, Voice
from rhapsode.voices.catalogue import engine_catalogue

WORKSPACE = DEFAULT_WORKSPACE_ID
_MORE_THAN_ANY_DISK_HAS = 2**62
TONE_LOW, TONE_HIGH = VoiceId("tone_low"), VoiceId("tone_high")


def make_node(
    text: str = "Call me Rhea.", *, voice_id: VoiceId | None = None, take: Take | None = None
) -> Node:
    """A node with an id of its own."""
    return Node(NodeId(new_id()), text, voice_id, take)


def make_block(
    *texts: str | Node,
    kind: BlockKind = BlockKind.PARAGRAPH,
    language: str | None = None,
    narrated: bool = True,
) -> Block:
    """A block of a node for each text."""
    nodes = tuple(make_node(text) if isinstance(text, str) else text for text in texts)
    return Block(BlockId(new_id()), kind, "p", nodes, language, narrated)


def make_chapter(*blocks: str | Block, name: str = "The Harbour", narrated: bool = True) -> Chapter:
    """A chapter of a paragraph for each text."""
    made = tuple(make_block(block) if isinstance(block, str) else block for block in blocks)
    return Chapter(ChapterId(new_id()), name, made, narrated=narrated)


def engine_voices() -> dict[VoiceId, Voice]:
    """All voices that come with engines, by id."""
    return {voice.voice_id: voice for voice in engine_catalogue().voices}


def make_voice(voice_id: str, *, commercial_use: CommercialUse = "yes") -> Voice:
    """A voice of the tone that was installed and speaks English."""
    return Voice(
        VoiceId(voice_id), voice_id.title(), "tone", "en-US", ("en-US",), commercial_use=commercial_use
    )


def speak_request(
    request: SpeechRequest, pace: Pace = UNKNOWN_PACE, *, then: SpeechRequest | None = None
) -> Speech:
    """What is heard of a request to a voice that comes with its engine, whose files are nowhere."""
    return aloud.speak(request, Speakers(engine_voices(), LocalBlobs(Path(os.devnull))), pace, then=then)


def make_project(
    *,
    voice_id: VoiceId = TONE_LOW,
    quality_preset: QualityPreset = QualityPreset.STANDARD,
    language: str = "en",
) -> Project:
    """A project that a tone reads."""
    return Project(
        ProjectId(new_id()),
        "harbour",
        created_at_ms=1_760_000_000_000,
        title="The Harbour",
        author="Ida Strand",
        language=language,
        quality_preset=quality_preset,
        default_title_voice_id=voice_id,
        default_paragraph_voice_id=voice_id,
    )


def make_tags(title: str = "The Harbour") -> Tags:
    """Tags of a chapter."""
    return Tags(title, book="Tides", author="Ida Strand", narrator="Tone Low", track=1, track_count=2)


def make_document_block(
    text: str = "Call me Rhea.", *, kind: BlockKind = BlockKind.PARAGRAPH, language: str | None = None
) -> DocumentBlock:
    """A paragraph, unless it is said to be something else."""
    return DocumentBlock(kind, text, language=language)


def make_document_chapter(
    *blocks: str | DocumentBlock, name: str = "The Harbour", role: str = "chapter", narrated: bool = True
) -> DocumentChapter:
    """A chapter of a paragraph for each text."""
    made = tuple(make_document_block(block) if isinstance(block, str) else block for block in blocks)
    return DocumentChapter(name, made, role=role, narrated=narrated)


def make_document(
    *chapters: DocumentChapter,
    title: str | None = "Tides",
    language: str | None = "en",
    cover: Cover | None = None,
) -> Document:
    """A book in English."""
    return Document(title, "Ida Strand", language, None, None, cover, chapters)


def no_room(folder: Path) -> Room:
    """The room of a folder on a disk that has none."""
    return Room([folder], _MORE_THAN_ANY_DISK_HAS)


def need_espeak() -> None:
    """Skip a test that needs real speech where the engine isn't installed; in CI that is a failure."""
    if "espeak" not in list_engines():
        lack("the engine espeak is not installed")


def open_records(path: Path) -> Records:
    """Records, new ones where there are none: those are a copy, as to migrate anew takes 40 ms for each test."""
    if not path.exists():
        path.write_bytes(_new_records())
    return Records.open_sqlite(path)


@functools.cache
def _new_records() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "records.sqlite3"
        Records.open_sqlite(path).close()
        return path.read_bytes()


class ThisProcess(RenderPool):
    """A pool that renders where it is called, so that a test need not wait for processes to start."""

    def render(self, job: RenderJob, check: Callable[[], None] = lambda: None) -> RenderResult:
        """See `RenderPool.render`."""
        check()
        return render(job)

    def encode(self, job: EncodeJob) -> ClosedPack:
        """See `RenderPool.encode`."""
        return encode(job)

    def speak(self, job: SpeakJob, audio_keys: Sequence[bytes]) -> KeptStream:
        """See `RenderPool.speak`."""
        return speak(job, audio_keys)

    def speak_aloud(
        self, job: SpeakJob, audio_keys: Sequence[bytes] | None, spool: Path, tell: Tell
    ) -> KeptStream | None:
        """See `RenderPool.speak_aloud`."""
        return speak_aloud(job, audio_keys, spool, tell)

    def speak_live(self, job: SpeakJob, *, keeps: bool) -> LiveStretch:
        """See `RenderPool.speak_live`."""
        return speak_live(job, keeps=keeps)

    def measure(self, request: SpeechRequest, speakers: Speakers) -> Level:
        """See `RenderPool.measure`."""
        return measure(request, speakers)

    def try_out(self, first: SpeechRequest, request: SpeechRequest, speakers: Speakers) -> Trial:
        """See `RenderPool.try_out`."""
        return try_out(first, request, speakers)

    def speak_again(self, request: SpeechRequest, speakers: Speakers, pace: Pace) -> bytes:
        """See `RenderPool.speak_again`."""
        return speak_again(request, speakers, pace)

    def encode_again(self, job: EncodeJob) -> bytes:
        """See `RenderPool.encode_again`."""
        return encode_again(job)

    def find_peaks(self, job: PeaksJob) -> dict[bytes, bytes]:
        """See `RenderPool.find_peaks`."""
        return find_peaks(job)

    def align(self, job: AlignJob) -> AlignedReading:
        """See `RenderPool.align`."""
        return align_recording(job)


class Studio:
    """Records, blobs, rendering and speaking on a directory, and the way from a document to its snapshot."""

    def __init__(self, root: Path, pool: RenderPool) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root = root
        self.workspace_id: WorkspaceId = WORKSPACE
        self.records = open_records(root / "records.sqlite3")
        self.blobs = LocalBlobs(root / "blobs")
        self.rendering = Rendering(self.records, self.blobs, pool)
        self.speaking = Speaking(self.records, self.blobs, pool)

    def save(self, document: Document, options: BookOptions | None = None) -> ProjectId:
        """Make the project of a document, or bring it up to date; all documents are the same book."""
        return save_book(
            self.records,
            self.blobs,
            self.workspace_id,
            document,
            name="tides",
            origin="/books/tides.epub",
            options=options or BookOptions(voice_id=TONE_LOW),
        )

    def request(self, document: Document, options: BookOptions | None = None) -> RequestedConversion:
        """Save a document and ask for its conversion, which isn't run."""
        return self.rendering.request_conversion(self.workspace_id, self.save(document, options))

    def run(self, requested: RequestedConversion) -> ProjectSnapshotId:
        """Run a conversion to its end."""
        convert_at_once(self.rendering, self.workspace_id, requested.conversion_id)
        ended = self.rendering.get_conversion(self.workspace_id, requested.conversion_id)
        assert ended.project_snapshot_id is not None, ended.error
        return ended.project_snapshot_id

    def convert(self, document: Document, options: BookOptions | None = None) -> ProjectSnapshotId:
        """Save a document and convert it."""
        return self.run(self.request(document, options))

    def count_spoken(self, requested: RequestedConversion) -> int:
        """How many segments were spoken for a conversion."""
        with self.records.read(self.workspace_id) as tx:
            return conversions.get_usage(tx, requested.conversion_id, "speech").segment_count

    def count_encoded(self, requested: RequestedConversion) -> int:
        """How many segments were encoded for a conversion, pauses included."""
        with self.records.read(self.workspace_id) as tx:
            return conversions.get_usage(tx, requested.conversion_id, "audio").segment_count

    def project_snapshot(self, project_snapshot_id: ProjectSnapshotId) -> ProjectSnapshot:
        """What a conversion left."""
        with self.records.read(self.workspace_id) as tx:
            return snapshots.get_project_snapshot(tx, project_snapshot_id)

    def chapter_snapshots(self, project_snapshot_id: ProjectSnapshotId) -> list[ChapterSnapshot]:
        """Its chapters, in order."""
        with self.records.read(self.workspace_id) as tx:
            project = snapshots.get_project_snapshot(tx, project_snapshot_id)
            return [snapshots.get_chapter_snapshot(tx, c) for c in project.chapter_snapshot_ids]

    def chapter_pieces(self, chapter_snapshot_id: ChapterSnapshotId) -> list[FilePiece]:
        """Where the bytes of a chapter's file are."""
        with self.records.read(self.workspace_id) as tx:
            return chapter_file(tx, chapter_snapshot_id)

    def lose_segment(self, location: SegmentLocation) -> None:
        """Let the records know no longer where a segment is."""
        segment = schema.segments.c
        with self.records.write(self.workspace_id) as tx:
            tx.connection.execute(
                schema.segments.update()
                .where(segment.pack_id == location.pack_id, segment.offset_bytes == location.offset)
                .values(pack_id=None)
            )

    def chapter_bytes(self, chapter_snapshot_id: ChapterSnapshotId) -> bytes:
        """A chapter's file, as whoever downloads it gets it."""
        return b"".join(
            open_chapter(self.records, self.blobs, self.workspace_id, chapter_snapshot_id).content
        )

    def parts(self, chapter_snapshot_id: ChapterSnapshotId) -> tuple[SnapshotPart, ...]:
        """The segments of a chapter, in order."""
        with self.records.read(self.workspace_id) as tx:
            return snapshots.get_parts(tx, chapter_snapshot_id)


@contextlib.contextmanager
def open_studio(root: Path, pool: RenderPool | None = None) -> Iterator[Studio]:
    """A studio that renders in this process, unless it is given a pool."""
    studio = Studio(root, pool or ThisProcess(1))
    try:
        yield studio
    finally:
        studio.records.close()
