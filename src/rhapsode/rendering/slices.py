"""One slice of a conversion: what is missing of it is spoken and encoded, and recorded pack by pack."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from rhapsode.jobs.conversions import ConversionEnded
from rhapsode.rendering.asked_voices import find_voices
from rhapsode.rendering.attempts import attempted
from rhapsode.rendering.outages import Outages
from rhapsode.rendering.plan import SLICE_COST_CHARACTERS, SegmentRequest, thaw_requests
from rhapsode.rendering.pool import RenderPool
from rhapsode.rendering.render_jobs import RenderJob, RenderResult
from rhapsode.rendering.usage import usage_of
from rhapsode.rendering.voice_paces import find_voice_paces, keep_voice_paces
from rhapsode.storage import conversions as queries
from rhapsode.storage import segments
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.conversions import Conversion
from rhapsode.storage.masters import find_dropped, note_changed
from rhapsode.storage.news import News
from rhapsode.storage.records import Records, Transaction
from rhapsode.studio.errors import MasterChanged, RecordsUnavailable
from rhapsode.studio.ids import ConversionId, WorkspaceId
from rhapsode.telemetry import tracing
from rhapsode.telemetry.metrics import SEGMENTS_MADE


class SliceMaker:
    """Makes slices with the processes of a pool. news: told when something of a conversion can be heard."""

    def __init__(
        self, records: Records, blobs: Blobs, pool: RenderPool, outages: Outages, news: News[ConversionId]
    ) -> None:
        self._records = records
        self._blobs = blobs
        self._pool = pool
        self._outages = outages
        self._news = news

    def make(
        self,
        workspace_id: WorkspaceId,
        conversion_id: ConversionId,
        ordinal: int,
        choose: Callable[[Sequence[SegmentRequest]], Sequence[SegmentRequest]],
    ) -> None:
        """Make what is chosen of the segments that are missing, again and again, until none of them is.

        Commits each pack as it is closed. Raises: ConversionEnded; what `worker.render` raises.
        """
        job = self._remaining_job(workspace_id, conversion_id, ordinal)
        while chosen := choose(job.requests):
            job = replace(job, requests=chosen)
            try:
                result = self._render(workspace_id, conversion_id, job)
            except MasterChanged:
                self._note_changed(workspace_id, conversion_id, job)
                raise
            self._commit(workspace_id, conversion_id, job, result)
            job = self._remaining_job(workspace_id, conversion_id, ordinal)

    def _remaining_job(
        self, workspace_id: WorkspaceId, conversion_id: ConversionId, ordinal: int
    ) -> RenderJob:
        with self._records.read(workspace_id) as tx:
            get_running(tx, conversion_id)
            requests = thaw_requests(queries.get_slice(tx, conversion_id, ordinal).requests)
            slices_after = queries.get_last_ordinal(tx, conversion_id) - ordinal
            existing = segments.find_segments(tx, (request.segment_key for request in requests))
            missing = [request for request in requests if request.segment_key not in existing]
            spoken = segments.find_segments(tx, (r.speech.speech_key for r in missing if r.speech))
            dropped = find_dropped(tx, (r.speech.speech_key for r in missing if r.speech))
            paces = find_voice_paces(tx, (r.speech for r in missing if r.speech))
            voices = find_voices(tx, (r.speech for r in missing if r.speech))
        locations = {key: segment.location for key, segment in spoken.items()}
        return RenderJob(
            workspace_id,
            self._blobs,
            missing,
            locations,
            voices,
            conversion_id,
            paces,
            stretch=ordinal,
            left_characters=sum(r.character_count for r in missing) + slices_after * SLICE_COST_CHARACTERS,
            dropped=dropped,
        )

    def _render(self, workspace_id: WorkspaceId, conversion_id: ConversionId, job: RenderJob) -> RenderResult:
        def check() -> None:
            # It may have been cancelled while it waited for its turn, which others want.
            with self._records.read(workspace_id) as tx:
                get_running(tx, conversion_id)

        return attempted(lambda: self._pool.render(job, check), event="slice.attempt_failed")

    def _note_changed(self, workspace_id: WorkspaceId, conversion_id: ConversionId, job: RenderJob) -> None:
        """Ask nothing else of a voice that says dropped speech otherwise: the next conversion speaks it anew."""
        assert job.requests[0].speech is not None
        voice_id = job.requests[0].speech.voice_id
        with self._records.write(workspace_id) as tx:
            slices = queries.iterate_slices(tx, conversion_id)
            said = (request.speech for piece in slices for request in thaw_requests(piece.requests))
            note_changed(tx, {speech.speech_key for speech in said if speech and speech.voice_id == voice_id})

    def _commit(
        self, workspace_id: WorkspaceId, conversion_id: ConversionId, job: RenderJob, result: RenderResult
    ) -> None:
        """Record what was made, however long the records are away: it would have to be made again.

        When the answer to a commit is lost, nobody knows whether it was kept.
        """
        may_be_kept = False
        while True:
            try:
                self._record(workspace_id, conversion_id, job, result, may_be_kept=may_be_kept)
                break
            except RecordsUnavailable as error:
                may_be_kept = True
                self._outages.wait_for_records(conversion_id, error)
        for pack in result.packs:
            SEGMENTS_MADE.add(len(pack.segments), pack.kind)
        self._outages.over(conversion_id)
        self._news.tell(conversion_id)

    def _record(
        self,
        workspace_id: WorkspaceId,
        conversion_id: ConversionId,
        job: RenderJob,
        result: RenderResult,
        *,
        may_be_kept: bool,
    ) -> None:
        with self._records.write(workspace_id) as tx:
            keep_voice_paces(tx, (r.speech for r in job.requests if r.speech), result.paces)
            for pack in result.packs:
                with tracing.span(
                    "pack", kind=pack.kind, size_bytes=pack.size_bytes, segments=len(pack.segments)
                ):
                    is_kept = may_be_kept and segments.is_recorded(tx, pack.pack_id)
                    segments.commit_pack(tx, pack)
                if not is_kept:
                    characters = result.spoken_characters if pack.kind == "speech" else 0
                    usage = usage_of(pack.segments, character_count=characters)
                    queries.add_usage(tx, conversion_id, pack.kind, usage)


def get_running(tx: Transaction, conversion_id: ConversionId) -> Conversion:
    """A conversion that hasn't ended. Raises: ConversionEnded."""
    conversion = queries.get_conversion(tx, conversion_id)
    if conversion.finished_at_ms is not None:
        raise ConversionEnded
    return conversion
