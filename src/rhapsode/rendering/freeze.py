"""Freeze a project into a conversion: plans, references and slices, in the caller's transaction."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from rhapsode.rendering.cost import count_to_render
from rhapsode.rendering.joining import drop_waiting, find_equal, list_just_ended
from rhapsode.rendering.plan import (
    PlannedChapter,
    ProjectPlan,
    RenderCount,
    SegmentRequest,
    count_missing,
    cut_slices,
    freeze_chapter,
    freeze_project,
    freeze_requests,
    plan_digest,
    thaw_project,
)
from rhapsode.rendering.planned import plan_chapters, plan_project
from rhapsode.rendering.project_sources import get_project_sources
from rhapsode.rendering.refresh import Refresh, join_refreshes
from rhapsode.storage import conversions as queries
from rhapsode.storage import projects, segments, snapshots
from rhapsode.storage.conversions import Conversion, ConversionChapter, ConversionSlice
from rhapsode.storage.made import find_lengths
from rhapsode.storage.records import Transaction
from rhapsode.studio.ids import ChapterId, ConversionId, VoiceId, new_id
from rhapsode.studio.project import Project
from rhapsode.studio.voice import Voice
from rhapsode.telemetry.metrics import SEGMENTS_FOUND, SEGMENTS_WANTED
from rhapsode.voices.catalogue import reader_key
from rhapsode.voices.premade import find_premade


@dataclass(frozen=True, slots=True)
class RequestedConversion:
    """A conversion that waits or runs, or one that has just ended and was asked for again.

    joined: it was there already, with the same plan.    slice_count, count: how much is left to render.
    unspoken_languages: see ChapterDraft.
    """

    conversion_id: ConversionId
    joined: bool
    slice_count: int
    unspoken_languages: frozenset[str]
    count: RenderCount = field(default_factory=RenderCount)


def freeze_conversion(
    tx: Transaction,
    project: Project,
    chapter_ids: Sequence[ChapterId],
    *,
    only: ChapterId | None = None,
    refresh: Refresh | None = None,
    may_repeat: bool = False,
) -> RequestedConversion:
    """Insert a conversion of a project's chapters as they are now, or join an unfinished one that equals it.

    chapter_ids: all that have a place in the project's audio.    only: the one of them to convert, with the place it
      has among the others; None for all.
    refresh: what is to be spoken again where an older version spoke it, beside what unfinished conversions of the
      project refresh: they would come before this one, or give way to it, and it has the last word.
    may_repeat: whether one that has just ended is joined too (see `joining.list_just_ended`).
    Raises: UnknownVoice; UnknownLanguage; PronunciationDictionaryNotFound; MasterDropped, of a locked block
    that can't be said again as it was; Unmeasured, when the project's audio is
    mastered and nobody knows yet how loud some of its voices are.
    """
    unfinished = queries.list_unfinished_conversions(tx, project.project_id)
    wanted = join_refreshes([refresh, *(thaw_project(c.plan).refresh for c in unfinished)])
    sources = get_project_sources(tx, project, refresh=wanted)
    readers = _Readers(sources.get_reader)
    sources = replace(sources, get_reader=readers)
    frozen = replace(plan_project(sources), refresh=wanted)

    def planned() -> Iterator[PlannedChapter]:
        return plan_chapters(tx, sources, chapter_ids, only=only)

    if joinable := unfinished or (list_just_ended(tx, project.project_id) if may_repeat else []):
        outline = _outline(planned(), frozen)
        equal = find_equal(joinable, outline.digest, only)
        drop_waiting(tx, [c for c in unfinished if c.chapter_id == only and c != equal])
        if equal is not None:
            return _joined(tx, equal.conversion_id, outline.unspoken_languages)
    conversion_id = _insert(tx, project, frozen, only)
    frozen_chapters = _Insertion(tx, conversion_id)
    outline = _outline(frozen_chapters.inserted(project, planned()), frozen)
    queries.set_plan_digest(tx, conversion_id, outline.digest)
    readers.keep(tx, sources.project)
    return RequestedConversion(
        conversion_id,
        joined=False,
        slice_count=frozen_chapters.slice_count,
        unspoken_languages=outline.unspoken_languages,
        count=frozen_chapters.count,
    )


class _Readers:
    """Who reads a project, and which of them read for premade voices: they go on with it."""

    def __init__(self, get_reader: Callable[[VoiceId, str], Voice]) -> None:
        self._get_reader = get_reader
        self._found: dict[str, VoiceId] = {}

    def __call__(self, voice_id: VoiceId, language: str) -> Voice:
        """See Sources."""
        voice = self._get_reader(voice_id, language)
        if find_premade(voice_id) is not None:
            self._found[reader_key(voice_id, language)] = voice.voice_id
        return voice

    def keep(self, tx: Transaction, project: Project) -> None:
        """Let the project remember them."""
        known = project.details.readers
        if not self._found.items() <= known.items():
            details = replace(project.details, readers={**known, **self._found})
            projects.save_project(tx, replace(project, details=details))


def _joined(
    tx: Transaction, conversion_id: ConversionId, unspoken_languages: frozenset[str]
) -> RequestedConversion:
    return RequestedConversion(
        conversion_id,
        joined=True,
        slice_count=len(queries.list_slices(tx, conversion_id)),
        unspoken_languages=unspoken_languages,
        count=count_to_render(tx, conversion_id),
    )


@dataclass(frozen=True, slots=True)
class _Outline:
    """The digest of all that is planned, and the languages in it that no voice speaks."""

    digest: bytes
    unspoken_languages: frozenset[str]


def _outline(planned: Iterable[PlannedChapter], project: ProjectPlan) -> _Outline:
    digests, unspoken = [], set[str]()
    for chapter in planned:
        digests.append(chapter.digest)
        unspoken |= chapter.draft.unspoken_languages
    return _Outline(plan_digest(digests, project), frozenset(unspoken))


def _insert(tx: Transaction, project: Project, frozen: ProjectPlan, only: ChapterId | None) -> ConversionId:
    conversion = Conversion(
        conversion_id=ConversionId(new_id(tx.now_ms)),
        project_id=project.project_id,
        state="in_queue",
        # Known when every chapter is planned.
        plan_digest=b"",
        created_at_ms=tx.now_ms,
        plan=freeze_project(frozen),
        chapter_id=only,
    )
    queries.insert_conversion(tx, conversion)
    if project.cover_key is not None:
        segments.want_segments(tx, conversion.conversion_id, {"image": [project.cover_key]})
    return conversion.conversion_id


@dataclass(slots=True)
class _Insertion:
    """Inserts the chapters of a conversion, and adds up what is left to render."""

    tx: Transaction
    conversion_id: ConversionId
    slice_count: int = 0
    count: RenderCount = field(default_factory=RenderCount)

    def inserted(self, project: Project, planned: Iterable[PlannedChapter]) -> Iterator[PlannedChapter]:
        """Insert each chapter with its slices. One whose latest snapshot is what its plan asks for needs none."""
        latest = snapshots.list_latest_chapter_snapshots(self.tx, project.project_id)
        for chapter in planned:
            snapshot = latest.get(chapter.plan.chapter_id)
            if snapshot is not None and snapshot.plan_digest == chapter.digest:
                finished, plan, missing = snapshot.chapter_snapshot_id, None, []
            else:
                finished, plan = None, freeze_chapter(chapter.plan)
                missing = self._missing(chapter.requests)
            queries.insert_conversion_chapter(
                self.tx,
                self.conversion_id,
                ConversionChapter(chapter.ordinal, chapter.plan.chapter_id, chapter.digest, plan, finished),
                [
                    ConversionSlice(ordinal, chapter.ordinal, freeze_requests(requests))
                    for ordinal, requests in enumerate(missing, start=self.slice_count)
                ],
            )
            self.slice_count += len(missing)
            yield chapter

    def _missing(self, requests: Sequence[SegmentRequest]) -> list[list[SegmentRequest]]:
        """Refer to everything first, then ask what exists, and cut the rest into slices.

        What an earlier chapter asks for is made there.
        """
        audio = [request.segment_key for request in requests]
        speech = [request.speech.speech_key for request in requests if request.speech is not None]
        asked_before = segments.find_wanted(self.tx, self.conversion_id, audio)
        segments.want_segments(self.tx, self.conversion_id, {"audio": audio, "speech": speech})
        existing_speech = find_lengths(self.tx, speech)
        existing_audio = find_lengths(self.tx, audio).keys()
        SEGMENTS_WANTED.add(len(audio))
        SEGMENTS_FOUND.add(sum(key in existing_audio for key in audio))
        slices = cut_slices(
            requests,
            existing_audio=asked_before | existing_audio,
            existing_speech=existing_speech,
        )
        self.count += count_missing((request for piece in slices for request in piece), existing_speech)
        return slices
