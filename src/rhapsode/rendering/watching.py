"""Reads a project, or a workspace, again and again for those who watch it: little, as long as little has changed."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rhapsode.rendering.failures import find_failed_block
from rhapsode.rendering.plan import thaw_chapter
from rhapsode.rendering.project_sources import get_project_sources
from rhapsode.rendering.project_state import last_failure, state_of
from rhapsode.rendering.unsaid import PlannedSources, Unsaid, UnsaidBlocks, converted_blocks, planned_sources
from rhapsode.rendering.watched import (
    Ended,
    ListedProject,
    Outcome,
    WatchedChapter,
    WatchedProject,
    WatchedWorkspace,
)
from rhapsode.storage import conversions, creations, projects, segments, states, watched
from rhapsode.storage.conversions import Conversion, Failure
from rhapsode.storage.creations import Creation
from rhapsode.storage.records import Records, Transaction
from rhapsode.storage.segments import OwnedAudio
from rhapsode.storage.watched import ChapterRevision, EndedConversion
from rhapsode.studio.errors import ProjectNotFound
from rhapsode.studio.ids import (
    BlockId,
    ChapterId,
    ConversionId,
    DictionaryVersionId,
    ProjectId,
    WorkspaceId,
)
from rhapsode.voices.catalogue import Catalogue, open_catalogue

_ENDED_KEPT = 32
"""Ends of conversions that one who reads slowly still hears of: of a project, one runs at a time."""

_OUTCOMES: Mapping[str, Outcome] = {"succeeded": "success", "failed": "error", "cancelled": "cancelled"}


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What a look begins with: as long as it is the same, so is all else.

    voices, dictionary_version_id: what the workspace reads with; its newest version of any dictionary.
    """

    project: tuple[Any, ...]
    voices: Catalogue
    dictionary_version_id: DictionaryVersionId | None
    chapters: Sequence[ChapterRevision]
    unfinished: Sequence[Conversion]
    made: Sequence[OwnedAudio]
    newest_id: ConversionId | None
    creation: Creation | None


class ProjectReader:
    """Reads one project, for one thread at a time. What stays as long as it is watched is remembered here."""

    def __init__(
        self,
        records: Records,
        workspace_id: WorkspaceId,
        project_id: ProjectId,
        *,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._records = records
        self._workspace_id = workspace_id
        self._project_id = project_id
        self._unsaid = UnsaidBlocks()
        self._planned: dict[tuple[ConversionId, int], PlannedSources] = {}
        self._stamp: _Stamp | None = None
        self._remaining = Remaining(clock_s)

    def read(self, before: WatchedProject | None) -> WatchedProject:
        """The project as it is now; `before` itself, where it is as it was. Raises: ProjectNotFound."""
        with self._records.read(self._workspace_id) as tx:
            stamp = self._look(tx)
            if before is not None and stamp == self._stamp:
                return before
            now = self._read(tx, stamp)
            ended = () if before is None or self._stamp is None else self._list_ended(tx, self._stamp, stamp)
        self._stamp = stamp
        kept = () if before is None else before.ended
        return replace(now, ended=(*kept, *ended)[-_ENDED_KEPT:])

    def _look(self, tx: Transaction) -> _Stamp:
        row = watched.find_project_row(tx, self._project_id)
        if row is None:
            msg = f"There is no project {self._project_id}."
            raise ProjectNotFound(msg)
        unfinished = conversions.list_unfinished_conversions(tx, self._project_id)
        return _Stamp(
            row,
            open_catalogue(tx),
            watched.find_newest_dictionary_version_id(tx),
            watched.list_chapter_revisions(tx, self._project_id),
            unfinished,
            [segments.measure_owned_audio(tx, each.conversion_id) for each in unfinished],
            watched.find_newest_conversion_id(tx, self._project_id),
            creations.find_creation(tx, self._project_id),
        )

    def _read(self, tx: Transaction, stamp: _Stamp) -> WatchedProject:
        creation = stamp.creation
        is_creating = creation is not None and creation.status == "creating"
        return WatchedProject(
            state=state_of(stamp.unfinished, creation),
            progress=_progress(stamp.made),
            remaining_s=self._remaining.estimate(stamp.unfinished, stamp.made),
            creation_progress=creation.progress if creation is not None and is_creating else None,
            chapters=self._read_chapters(tx, stamp),
        )

    def _read_chapters(self, tx: Transaction, stamp: _Stamp) -> dict[ChapterId, WatchedChapter]:
        sources = get_project_sources(tx, projects.get_project(tx, self._project_id))
        unsaid = self._unsaid.look(tx, stamp.chapters, sources)
        progress, made = self._read_conversions(tx, stamp.unfinished)
        ends = states.find_last_ends(tx, self._project_id)
        times = states.find_chapter_conversion_times(tx, self._project_id)
        return {
            chapter.chapter_id: _chapter(
                chapter,
                unsaid.get(chapter.chapter_id, {}),
                made,
                progress=progress.get(chapter.chapter_id),
                was_converted=times.get(chapter.chapter_id) is not None,
                failure=last_failure(ends, chapter.chapter_id),
            )
            for chapter in stamp.chapters
        }

    def _read_conversions(
        self, tx: Transaction, unfinished: Sequence[Conversion]
    ) -> tuple[dict[ChapterId, float], set[tuple[BlockId, bytes]]]:
        """How far each chapter is in the first conversion that has still to finish it; and all sources made."""
        progress: dict[ChapterId, float] = {}
        made: set[tuple[BlockId, bytes]] = set()
        known, self._planned = self._planned, {}
        for conversion_id in (conversion.conversion_id for conversion in unfinished):
            existing = segments.find_existing_keys(tx, conversion_id)
            for chapter in conversions.list_conversion_chapters(tx, conversion_id):
                if chapter.chapter_snapshot_id is None:
                    place = conversion_id, chapter.ordinal
                    planned = known.get(place) or _read_plan(tx, *place)
                    self._planned[place] = planned
                    made |= planned.made(existing)
                    share = len(planned.audio_keys & existing) / len(planned.audio_keys)
                    progress.setdefault(chapter.chapter_id, share)
        return progress, made

    def _list_ended(self, tx: Transaction, before: _Stamp, now: _Stamp) -> list[Ended]:
        unfinished = {conversion.conversion_id for conversion in now.unfinished}
        among = [each.conversion_id for each in before.unfinished if each.conversion_id not in unfinished]
        if not among and before.newest_id == now.newest_id:
            return []
        ended = watched.list_ended_conversions(tx, self._project_id, among=among, after=before.newest_id)
        return [_ended(tx, conversion) for conversion in ended]


def _read_plan(tx: Transaction, conversion_id: ConversionId, ordinal: int) -> PlannedSources:
    plan = conversions.get_conversion_chapter(tx, conversion_id, ordinal).plan
    assert plan is not None
    return planned_sources(thaw_chapter(plan))


def _progress(made: Sequence[OwnedAudio]) -> float | None:
    """A conversion of nothing has all of it."""
    if not made:
        return None
    wanted = sum(audio.wanted_count for audio in made)
    return sum(audio.existing_count for audio in made) / wanted if wanted else 1.0


def _chapter(
    chapter: ChapterRevision,
    unsaid: Unsaid,
    made: set[tuple[BlockId, bytes]],
    *,
    progress: float | None,
    was_converted: bool,
    failure: Failure | None,
) -> WatchedChapter:
    is_converting = progress is not None
    if is_converting:
        # Lest somebody takes the old failure for the new one's.
        failure = None
    return WatchedChapter(
        state="converting" if is_converting else "default",
        progress=progress if is_converting or not was_converted else 1.0,
        error=None if failure is None else failure.error,
        error_block_id=find_failed_block(unsaid, failure),
        revision=chapter.revision,
        converted=converted_blocks(unsaid, made),
        block_count=len(unsaid),
    )


def _ended(tx: Transaction, conversion: EndedConversion) -> Ended:
    chapter_id, snapshot_id = conversion.chapter_id, None
    if chapter_id is not None and conversion.state == "succeeded":
        snapshot_id = watched.find_newest_chapter_snapshot_id(tx, chapter_id)
    return Ended(
        conversion_id=conversion.conversion_id,
        outcome=_OUTCOMES[conversion.state],
        project_snapshot_id=conversion.project_snapshot_id,
        chapter_id=chapter_id,
        chapter_snapshot_id=snapshot_id,
        error=conversion.error,
    )


class Remaining:
    """How long conversions may still take: as long for each segment as those took that were made meanwhile."""

    def __init__(self, clock_s: Callable[[], float]) -> None:
        self._clock_s = clock_s
        self._of: tuple[ConversionId, ...] = ()
        self._since_s = 0.0
        self._missing_then = 0

    def estimate(self, unfinished: Sequence[Conversion], made: Sequence[OwnedAudio]) -> float | None:
        """Seconds; None as long as nothing was made of what was missing at first, or other conversions run."""
        missing = sum(audio.wanted_count - audio.existing_count for audio in made)
        ids = tuple(conversion.conversion_id for conversion in unfinished)
        if ids != self._of:
            self._of, self._since_s, self._missing_then = ids, self._clock_s(), missing
        made_count = self._missing_then - missing
        if not ids or made_count <= 0:
            return None
        return missing * (self._clock_s() - self._since_s) / made_count


class WorkspaceReader:
    """Reads the list of a workspace's projects."""

    def __init__(self, records: Records, workspace_id: WorkspaceId) -> None:
        self._records = records
        self._workspace_id = workspace_id

    def read(self, before: WatchedWorkspace | None) -> WatchedWorkspace:
        """The workspace as it is now; `before` itself, where it is as it was."""
        with self._records.read(self._workspace_id) as tx:
            creating = watched.list_creating_ids(tx)
            by_project: dict[ProjectId, list[Conversion]] = {}
            for conversion in conversions.list_unfinished_conversions(tx):
                by_project.setdefault(conversion.project_id, []).append(conversion)
            now = {
                project_id: _listed(tx, by_project.get(project_id, []), is_creating=project_id in creating)
                for project_id in watched.list_project_ids(tx)
            }
        return before if before is not None and before.projects == now else WatchedWorkspace(now)


def _listed(tx: Transaction, unfinished: Sequence[Conversion], *, is_creating: bool) -> ListedProject:
    made = [segments.measure_owned_audio(tx, each.conversion_id) for each in unfinished]
    state = "creating" if is_creating else state_of(unfinished, None)
    return ListedProject(state, _progress(made))
