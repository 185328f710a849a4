"""How far projects and their chapters are, as clients poll it."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rhapsode.rendering.plan import thaw_chapter
from rhapsode.storage import conversions, creations, segments, states
from rhapsode.storage.conversions import Conversion, Failure
from rhapsode.storage.creations import Creation
from rhapsode.storage.records import Transaction
from rhapsode.storage.states import LastEnds
from rhapsode.studio.ids import ChapterId, ConversionId, ProjectId

ProjectStateName = Literal["creating", "default", "converting", "in_queue"]


@dataclass(frozen=True, slots=True)
class ChapterState:
    """A chapter's part of the project's state.

    state: `converting` as long as a conversion that waits or runs has still to finish it.
    conversion_progress: the share of its segments that exist, 0 to 1; 1 for a chapter that is finished, None for
      one that was never converted.
    last_conversion_error: why its last conversion failed; None while it is being converted again, lest a client
      that polls takes the old failure for the new one's.
    Source: schema ChapterResponseModel.
    """

    state: Literal["default", "converting"]
    can_be_downloaded: bool
    last_conversion_at_ms: int | None
    conversion_progress: float | None
    last_conversion_error: str | None


@dataclass(frozen=True, slots=True)
class ProjectState:
    """What clients poll while a project is converted. Times are Unix milliseconds.

    state: `creating` as long as its content is being made; `converting` when a conversion of it, or of a chapter,
      runs; `in_queue` when the first has not begun.
    creation: how its content is or was made, where that took longer than its client waited.
    Source: schema ProjectResponseModel.
    """

    state: ProjectStateName
    can_be_downloaded: bool
    last_conversion_at_ms: int | None
    chapters: Mapping[ChapterId, ChapterState] = field(default_factory=dict)
    creation: Creation | None = None


def get_project_state(tx: Transaction, project_id: ProjectId) -> ProjectState:
    """The state of a project with that of each of its chapters."""
    unfinished = conversions.list_unfinished_conversions(tx, project_id)
    made_at_ms = states.find_last_conversion_times(tx, [project_id]).get(project_id)
    creation = creations.find_creation(tx, project_id)
    return _project_state(unfinished, made_at_ms, _chapter_states(tx, project_id, unfinished), creation)


def list_project_states(tx: Transaction, project_ids: Sequence[ProjectId]) -> dict[ProjectId, ProjectState]:
    """The states of many projects, without their chapters, of which a list of projects says nothing."""
    unfinished = conversions.list_unfinished_conversions(tx)
    made_at_ms = states.find_last_conversion_times(tx, project_ids)
    made = creations.find_creations(tx, project_ids)
    return {
        project_id: _project_state(
            [c for c in unfinished if c.project_id == project_id],
            made_at_ms.get(project_id),
            {},
            made.get(project_id),
        )
        for project_id in project_ids
    }


def _project_state(
    unfinished: Sequence[Conversion],
    made_at_ms: int | None,
    chapters: Mapping[ChapterId, ChapterState],
    creation: Creation | None,
) -> ProjectState:
    state = state_of(unfinished, creation)
    return ProjectState(state, made_at_ms is not None, made_at_ms, chapters, creation)


def state_of(unfinished: Sequence[Conversion], creation: Creation | None) -> ProjectStateName:
    """What a project is, by its conversions that haven't ended and how its content is made."""
    if creation is not None and creation.status == "creating":
        return "creating"
    if not unfinished:
        return "default"
    return "converting" if any(c.state == "converting" for c in unfinished) else "in_queue"


def _chapter_states(
    tx: Transaction, project_id: ProjectId, unfinished: Sequence[Conversion]
) -> dict[ChapterId, ChapterState]:
    progress = _progress_of_chapters(tx, [c.conversion_id for c in unfinished])
    ends = states.find_last_ends(tx, project_id)
    times = states.find_chapter_conversion_times(tx, project_id)
    return {
        chapter_id: _chapter_state(made_at_ms, progress.get(chapter_id), last_failure(ends, chapter_id))
        for chapter_id, made_at_ms in times.items()
    }


def _chapter_state(made_at_ms: int | None, progress: float | None, failure: Failure | None) -> ChapterState:
    if progress is not None:
        return ChapterState("converting", made_at_ms is not None, made_at_ms, progress, None)
    error = None if failure is None else failure.error
    return ChapterState(
        "default", made_at_ms is not None, made_at_ms, None if made_at_ms is None else 1.0, error
    )


def _progress_of_chapters(tx: Transaction, conversion_ids: Sequence[ConversionId]) -> dict[ChapterId, float]:
    """How far each chapter is that is still to be finished, in the first conversion that has it."""
    found: dict[ChapterId, float] = {}
    for conversion_id in conversion_ids:
        existing = segments.find_existing_keys(tx, conversion_id)
        for chapter_id, wanted in _unfinished_chapters(tx, conversion_id):
            found.setdefault(chapter_id, len(wanted & existing) / len(wanted))
    return found


def _unfinished_chapters(
    tx: Transaction, conversion_id: ConversionId
) -> Iterator[tuple[ChapterId, frozenset[bytes]]]:
    """Chapters without a snapshot of this conversion yet, each with the keys of all its segments."""
    for chapter in conversions.iterate_unfinished_chapters(tx, conversion_id):
        assert chapter.plan is not None
        yield chapter.chapter_id, _audio_keys(chapter.plan)


# Clients poll: a novel's plans take 40 ms to read each time, and a few megabytes to remember.
@functools.lru_cache(maxsize=256)
def _audio_keys(plan: bytes) -> frozenset[bytes]:
    return frozenset(thaw_chapter(plan).audio_keys)


def last_failure(ends: LastEnds, chapter_id: ChapterId) -> Failure | None:
    """Why whichever came last failed, a conversion of the chapter or one of the whole project; None if it didn't."""
    last = [ends[scope] for scope in (None, chapter_id) if scope in ends]
    return max(last)[1] if last else None


def find_failure(tx: Transaction, project_id: ProjectId, chapter_id: ChapterId) -> Failure | None:
    """Why a chapter's last conversion failed; None if it didn't, and while it is being converted again."""
    failure = last_failure(states.find_last_ends(tx, project_id), chapter_id)
    return None if failure is None or _is_converting(tx, project_id, chapter_id) else failure


def _is_converting(tx: Transaction, project_id: ProjectId, chapter_id: ChapterId) -> bool:
    return any(
        chapter.chapter_id == chapter_id and chapter.chapter_snapshot_id is None
        for conversion in conversions.list_unfinished_conversions(tx, project_id)
        for chapter in conversions.list_conversion_chapters(tx, conversion.conversion_id)
    )
