"""Conversions: request one, and the steps it consists of (the contract is in jobs/conversions.py)."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from structlog.contextvars import bound_contextvars

from rhapsode.audio.encoding import FRAME_SAMPLES, SAMPLE_RATE_HZ
from rhapsode.jobs.conversions import ConversionDismissed, Slice
from rhapsode.rendering.assemble import assemble_chapter, chapter_marks, make_empty_head, make_head
from rhapsode.rendering.calibration import Unmeasured
from rhapsode.rendering.chapter_items import keep_chapter_item
from rhapsode.rendering.claims import Claims
from rhapsode.rendering.events import tell_end
from rhapsode.rendering.failures import drop_overcome, note_failure
from rhapsode.rendering.freeze import RequestedConversion, freeze_conversion
from rhapsode.rendering.measuring import VoiceMeter
from rhapsode.rendering.outages import Outages
from rhapsode.rendering.plan import (
    ProjectPlan,
    SegmentRequest,
    thaw_chapter,
    thaw_project,
    thaw_requests,
)
from rhapsode.rendering.planned import list_chapters_to_convert, look_ahead
from rhapsode.rendering.pool import RenderPool
from rhapsode.rendering.project_sources import check_refresh
from rhapsode.rendering.refresh import Refresh
from rhapsode.rendering.remaining import remaining_slice
from rhapsode.rendering.slices import SliceMaker, get_running
from rhapsode.rendering.turns import Withdrawn
from rhapsode.storage import conversions as queries
from rhapsode.storage import creations, projects, segments, snapshots
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.conversions import Conversion, ConversionChapter
from rhapsode.storage.news import News
from rhapsode.storage.records import Records, Transaction
from rhapsode.studio.errors import (
    ConversionFailed,
    EngineUnavailable,
    InvalidInput,
    ObjectStoreFailed,
    RhapsodeError,
)
from rhapsode.studio.ids import (
    ApiKeyId,
    ChapterId,
    ChapterSnapshotId,
    ConversionId,
    ProjectId,
    ProjectSnapshotId,
    WorkspaceId,
    new_id,
)
from rhapsode.studio.limits import ENGINE_PATIENCE_S
from rhapsode.studio.snapshot import ChapterSnapshot, FileHead, ProjectSnapshot
from rhapsode.telemetry import tracing
from rhapsode.telemetry.metrics import CONVERSIONS_ENDED


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a conversion is.

    segments_done of segments_wanted; audio_s: seconds of audio that exist for it;
    chapters_done of chapters_wanted.    state: as Conversion.state.
    """

    state: str
    segments_done: int
    segments_wanted: int
    audio_s: float
    chapters_done: int
    chapters_wanted: int


class Rendering:
    """Conversions of one installation.

    engine_patience_s: how long one waits for an engine or a store that is away, until it fails.
    check_room: raises StorageFull where the disk is nearly full; asked before a conversion, and before each slice.
    """

    def __init__(
        self,
        records: Records,
        blobs: Blobs,
        pool: RenderPool,
        *,
        engine_patience_s: float = ENGINE_PATIENCE_S,
        check_room: Callable[[], None] = lambda: None,
    ) -> None:
        self._records = records
        self._blobs = blobs
        self._pool = pool
        self._claims = Claims()
        self._check_room = check_room
        self._outages = Outages(engine_patience_s)
        self.news = News[ConversionId]()
        self._meter = VoiceMeter(records, blobs, pool)
        self._maker = SliceMaker(records, blobs, pool, self._outages, self.news)
        self._wake: Callable[[], None] = lambda: None

    def when_ended(self, wake: Callable[[], None]) -> None:
        """Have somebody called whenever a conversion has ended and all that it leaves is committed."""
        self._wake = wake

    # Requesting

    def request_conversion(
        self,
        workspace_id: WorkspaceId,
        project_id: ProjectId,
        chapter_id: ChapterId | None = None,
        *,
        needs_text: bool = False,
        paid_by: ApiKeyId | None = None,
        refresh: Refresh | None = None,
        may_repeat: bool = False,
    ) -> RequestedConversion:
        """Freeze a project, or one chapter of it, as it is now into a conversion; an unfinished equal one is joined.

        It begins when those asked for before it, of the same project, have ended.
        needs_text: whether a project without text is an error, and not a snapshot of no chapters.
        paid_by: the key that pays for the characters that have to be spoken; None for nobody's.
        refresh: what is spoken again where an older version of its engine or voice spoke it; None for nothing.
        may_repeat: whether a client may ask again because the answer was lost; then an equal one that has ended well
          a moment ago (REPEATED_CONVERT_S) is joined, too.
        Voices of a project whose audio is mastered speak first where nobody knows how loud they are.
        Raises: ProjectNotFound; ChapterNotFound; InvalidInput, when nothing of it is narrated; BlockNotFound, when
        there is none that is to be refreshed; UnknownVoice; UnknownLanguage; QuotaExceeded, with nothing asked for;
        VoiceNotMeasured, of voices that speak first; StorageFull.
        """
        self._check_room()
        with self._records.read(workspace_id) as tx:
            look_ahead(tx, project_id, chapter_id)
        while True:
            try:
                return self._freeze(
                    workspace_id,
                    project_id,
                    chapter_id,
                    needs_text=needs_text,
                    paid_by=paid_by,
                    refresh=refresh,
                    may_repeat=may_repeat,
                )
            except Unmeasured as unmeasured:
                self._meter.measure(workspace_id, unmeasured.calibrations)

    def _freeze(
        self,
        workspace_id: WorkspaceId,
        project_id: ProjectId,
        chapter_id: ChapterId | None,
        *,
        needs_text: bool,
        paid_by: ApiKeyId | None,
        refresh: Refresh | None,
        may_repeat: bool,
    ) -> RequestedConversion:
        with self._records.write(workspace_id) as tx:
            project = projects.get_project(tx, project_id)
            spoken = list_chapters_to_convert(tx, project_id, chapter_id)
            if needs_text and not spoken:
                msg = "The project has no text to narrate."
                raise InvalidInput(msg)
            if refresh is not None:
                check_refresh(tx, project_id, refresh, spoken)
            requested = freeze_conversion(
                tx, project, spoken, only=chapter_id, refresh=refresh, may_repeat=may_repeat
            )
            if paid_by is not None and not requested.joined:
                characters = requested.count.spoken_characters
                queries.pay_conversion(tx, requested.conversion_id, paid_by, characters)
            return requested

    # Steps

    def list_slices(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> Sequence[Slice]:
        """See ConversionSteps. From now on the conversion is `converting`.

        What an earlier conversion has made meanwhile is left out.
        """
        self._begin(workspace_id, conversion_id)
        with self._records.read(workspace_id) as tx:
            existing = segments.find_existing_keys(tx, conversion_id)
            slices = [
                remaining_slice(piece, thaw_requests(piece.requests), existing)
                for piece in queries.iterate_slices(tx, conversion_id)
            ]
        return [piece for piece in slices if piece is not None]

    def _begin(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> None:
        """Let a waiting conversion run. What an earlier one has made of its chapters meanwhile is good."""
        with self._records.write(workspace_id) as tx:
            conversion = get_running(tx, conversion_id)
            if conversion.state == "converting":
                return
            queries.begin_conversion(tx, conversion_id)
            latest = snapshots.list_latest_chapter_snapshots(tx, conversion.project_id)
            for chapter in queries.list_conversion_chapters(tx, conversion_id):
                snapshot = latest.get(chapter.chapter_id)
                if snapshot is not None and snapshot.plan_digest == chapter.plan_digest:
                    queries.set_chapter_snapshot(
                        tx, conversion_id, chapter.ordinal, snapshot.chapter_snapshot_id
                    )

    def list_chapters(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> Sequence[int]:
        """See ConversionSteps."""
        with self._records.read(workspace_id) as tx:
            get_running(tx, conversion_id)
            return [
                chapter.ordinal
                for chapter in queries.list_conversion_chapters(tx, conversion_id)
                if chapter.chapter_snapshot_id is None
            ]

    def render_slice(
        self, workspace_id: WorkspaceId, conversion_id: ConversionId, ordinal: int, *, waits: bool = True
    ) -> None:
        """See ConversionSteps. Commits each pack as it is closed. Raises also: what `worker.render` raises.

        While it waits for its engine or the store, others have its place in the pool, and who listens may try.
        """
        with (
            bound_contextvars(slice=ordinal),
            tracing.span("slice", conversion_id=conversion_id, slice=ordinal),
        ):
            while not self._is_rendered(workspace_id, conversion_id, ordinal, waits=waits):
                pass

    def _is_rendered(
        self, workspace_id: WorkspaceId, conversion_id: ConversionId, ordinal: int, *, waits: bool
    ) -> bool:
        """Render a slice; False after a wait for what it needs."""
        self._check_room()
        try:
            with self._claims.hold(conversion_id, ordinal):
                self._maker.make(workspace_id, conversion_id, ordinal, lambda missing: missing)
        except Withdrawn as error:
            raise ConversionDismissed from error
        except (EngineUnavailable, ObjectStoreFailed) as error:
            if not waits:
                raise
            self._outages.wait(conversion_id, error)
            return False
        except RhapsodeError as error:
            self._note_failure(workspace_id, conversion_id, ordinal, error)
            raise
        return True

    def _note_failure(
        self, workspace_id: WorkspaceId, conversion_id: ConversionId, ordinal: int, error: RhapsodeError
    ) -> None:
        """Keep which text it is that a slice has failed at. Raises: ConversionEnded."""
        if error.segment_key is None:
            return
        with self._records.write(workspace_id) as tx:
            get_running(tx, conversion_id)
            note_failure(tx, conversion_id, ordinal, segment_key=error.segment_key, error=str(error))

    def dismiss(self) -> None:
        """See ConversionSteps."""
        self._pool.dismiss_conversions()
        self._outages.dismiss()

    def render_ahead(
        self,
        workspace_id: WorkspaceId,
        conversion_id: ConversionId,
        ordinal: int,
        choose: Callable[[Sequence[SegmentRequest]], Sequence[SegmentRequest]],
        *,
        waits: bool,
    ) -> None:
        """Make segments of a slice before everything that waits, because somebody listens for them.

        choose: which of those that are missing are made next; none of them ends it.
        waits: until nobody else makes the slice. Otherwise it may happen that both make the same.
        Raises: as `render_slice` does; Withdrawn, when the pool is stopped.
        """
        held = self._claims.hold(conversion_id, ordinal) if waits else contextlib.nullcontext()
        with self._pool.hurry(conversion_id, ordinal), held:
            self._maker.make(workspace_id, conversion_id, ordinal, choose)

    def assemble_chapter(self, workspace_id: WorkspaceId, conversion_id: ConversionId, ordinal: int) -> None:
        """See ConversionSteps."""
        with self._records.read(workspace_id) as tx:
            conversion = get_running(tx, conversion_id)
            chapter = queries.get_conversion_chapter(tx, conversion_id, ordinal)
            if chapter.chapter_snapshot_id is not None or chapter.plan is None:
                return
            plan = thaw_chapter(chapter.plan)
            wanted = [*plan.audio_keys] if plan.cover_key is None else [*plan.audio_keys, plan.cover_key]
            stored = segments.find_segments(tx, wanted)
        assembly = assemble_chapter(plan, stored)
        with self._records.write(workspace_id) as tx:
            get_running(tx, conversion_id)
            if queries.get_conversion_chapter(tx, conversion_id, ordinal).chapter_snapshot_id is not None:
                return
            snapshot = ChapterSnapshot(
                chapter_snapshot_id=ChapterSnapshotId(new_id(tx.now_ms)),
                project_id=conversion.project_id,
                chapter_id=plan.chapter_id,
                name=plan.name,
                encoding=plan.encoding.name,
                frame_count=assembly.frame_count,
                plan_digest=chapter.plan_digest,
                stream_bytes=assembly.stream_bytes,
                file_size_bytes=assembly.file_size_bytes,
                file_crc32=assembly.file_crc32,
                head=assembly.head,
                created_at_ms=tx.now_ms,
            )
            snapshots.insert_chapter_snapshot(tx, snapshot, assembly.parts)
            keep_chapter_item(tx, snapshot, assembly.parts, request_id=conversion_id)
            projects.set_takes(tx, plan.takes, keep_restored=True)
            queries.set_chapter_snapshot(tx, conversion_id, ordinal, snapshot.chapter_snapshot_id)

    def finish(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> None:
        """See ConversionSteps. A conversion of one chapter leaves no snapshot of the project."""
        with self._records.write(workspace_id) as tx:
            conversion = get_running(tx, conversion_id)
            project_snapshot_id = None
            chapters = queries.list_conversion_chapters(tx, conversion_id)
            finished = [snapshots.get_chapter_snapshot(tx, _finished(chapter)) for chapter in chapters]
            if conversion.chapter_id is None:
                snapshot = _project_snapshot(tx, conversion, finished)
                snapshots.insert_project_snapshot(tx, snapshot)
                project_snapshot_id = snapshot.project_snapshot_id
            queries.finish_conversion(tx, conversion_id, "succeeded", project_snapshot_id=project_snapshot_id)
            tell_end(tx, conversion, snapshot_id=project_snapshot_id or _finished(chapters[0]), error=None)
        CONVERSIONS_ENDED.add(1, "succeeded")
        self.news.tell(conversion_id)
        self._wake()

    def fail(self, workspace_id: WorkspaceId, conversion_id: ConversionId, message: str) -> None:
        """See ConversionSteps."""
        with self._records.write(workspace_id) as tx:
            drop_overcome(tx, conversion_id)
            is_ended = queries.finish_conversion(tx, conversion_id, "failed", error=message)
            if is_ended:
                conversion = queries.get_conversion(tx, conversion_id)
                tell_end(tx, conversion, snapshot_id=None, error=conversion.error)
        CONVERSIONS_ENDED.add(is_ended, "failed")
        self._outages.over(conversion_id)
        self.news.tell(conversion_id)
        self._wake()

    # Watching

    def cancel_conversion(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> bool:
        """End a conversion; finished segments are kept. False when it had ended already."""
        with self._records.write(workspace_id) as tx:
            is_ended = queries.finish_conversion(tx, conversion_id, "cancelled")
        self._note_cancelled(conversion_id, is_ended=is_ended)
        return is_ended

    def cancel_project(self, workspace_id: WorkspaceId, project_id: ProjectId) -> None:
        """End all that is being converted of a project and its chapters, or waits for it; what is made is kept.

        A project that is still being made isn't converted afterwards.    Raises: ProjectNotFound.
        """
        with self._records.write(workspace_id) as tx:
            projects.get_project(tx, project_id)
            creations.forget_conversion(tx, project_id)
            unfinished = queries.list_unfinished_conversions(tx, project_id)
            for conversion in unfinished:
                queries.finish_conversion(tx, conversion.conversion_id, "cancelled")
        for conversion in unfinished:
            self._note_cancelled(conversion.conversion_id, is_ended=True)

    def _note_cancelled(self, conversion_id: ConversionId, *, is_ended: bool) -> None:
        CONVERSIONS_ENDED.add(is_ended, "cancelled")
        self._outages.over(conversion_id)
        self.news.tell(conversion_id)

    def list_unfinished(self, workspace_id: WorkspaceId) -> list[Conversion]:
        """Conversions that wait or run, oldest first."""
        with self._records.read(workspace_id) as tx:
            return queries.list_unfinished_conversions(tx)

    def get_conversion(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> Conversion:
        """Raises NotFound."""
        with self._records.read(workspace_id) as tx:
            return queries.get_conversion(tx, conversion_id)

    def get_progress(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> Progress:
        """Raises NotFound."""
        with self._records.read(workspace_id) as tx:
            conversion = queries.get_conversion(tx, conversion_id)
            audio = segments.measure_owned_audio(tx, conversion_id)
            chapters = queries.list_conversion_chapters(tx, conversion_id)
        return Progress(
            state=conversion.state,
            segments_done=audio.existing_count,
            segments_wanted=audio.wanted_count,
            audio_s=audio.frame_count * FRAME_SAMPLES / SAMPLE_RATE_HZ,
            chapters_done=sum(chapter.chapter_snapshot_id is not None for chapter in chapters),
            chapters_wanted=len(chapters),
        )


def _finished(chapter: ConversionChapter) -> ChapterSnapshotId:
    if chapter.chapter_snapshot_id is None:
        msg = "A chapter has no snapshot. Convert again."
        raise ConversionFailed(msg)
    return chapter.chapter_snapshot_id


def _project_snapshot(
    tx: Transaction, conversion: Conversion, chapters: Sequence[ChapterSnapshot]
) -> ProjectSnapshot:
    plan = thaw_project(conversion.plan)
    return ProjectSnapshot(
        project_snapshot_id=ProjectSnapshotId(new_id(tx.now_ms)),
        project_id=conversion.project_id,
        name=plan.name,
        encoding=plan.encoding.name,
        # A file of no chapters has one frame, of which nothing is heard.
        frame_count=sum(chapter.frame_count for chapter in chapters) or 1,
        head=_project_head(tx, plan, chapters),
        chapter_snapshot_ids=tuple(chapter.chapter_snapshot_id for chapter in chapters),
        created_at_ms=tx.now_ms,
    )


def _project_head(tx: Transaction, plan: ProjectPlan, chapters: Sequence[ChapterSnapshot]) -> FileHead:
    if not chapters:
        return make_empty_head(plan.tags, plan.encoding)
    cover_keys = () if plan.cover_key is None else (plan.cover_key,)
    return make_head(
        plan.tags,
        plan.encoding,
        frame_count=sum(chapter.frame_count for chapter in chapters),
        stream_bytes=sum(chapter.stream_bytes for chapter in chapters) - plan.encoding.end_cut_bytes,
        marks=chapter_marks(chapters),
        cover=next(iter(segments.find_segments(tx, cover_keys).values()), None),
    )
