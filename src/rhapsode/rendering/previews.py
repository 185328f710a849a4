"""What a conversion of a stored project would do if it were asked for now. Nothing is written, and nobody waits."""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rhapsode.rendering.attachment import load_as_if_attached
from rhapsode.rendering.calibration import UNMEASURED, find_masterings
from rhapsode.rendering.plan import PlannedChapter, RenderCount, plan_digest, thaw_project
from rhapsode.rendering.planned import list_chapters_to_convert, load_chapter, plan_chapters, plan_project
from rhapsode.rendering.preview import (
    ChapterPreview,
    Existing,
    estimate_coming,
    join_paces,
    preview_chapter,
)
from rhapsode.rendering.project_sources import get_project_sources
from rhapsode.rendering.refresh import join_refreshes
from rhapsode.storage import conversions, projects, snapshots
from rhapsode.storage.made import find_encoded_forms, find_last_plan_digest, find_lengths
from rhapsode.storage.records import Transaction
from rhapsode.studio.ids import ChapterId, ProjectId
from rhapsode.studio.project import Project
from rhapsode.studio.pronunciation import DictionaryLocator


@dataclass(frozen=True, slots=True)
class ConversionPreview:
    """What a conversion would do. is_up_to_date: the latest snapshot is what it would leave."""

    is_up_to_date: bool
    chapters: tuple[ChapterPreview, ...]

    @property
    def count(self) -> RenderCount:
        """Of all chapters."""
        return sum((chapter.count for chapter in self.chapters), RenderCount())

    @property
    def coming_frames(self) -> tuple[int | None, ...]:
        """About how many frames of each chapter are to come, as fast as its voices speak in all of them."""
        paces = join_paces(chapter.paces for chapter in self.chapters)
        return tuple(estimate_coming(chapter.coming, paces) for chapter in self.chapters)


def preview_conversion(
    tx: Transaction,
    project_id: ProjectId,
    only: ChapterId | None = None,
    *,
    locators: Sequence[DictionaryLocator] | None = None,
) -> ConversionPreview:
    """Plan a project, or one chapter of it, by what freezing plans it by, and compare that with what there is.

    locators: of the dictionaries that it is to have in place of its own; None for its own.
    Raises: ProjectNotFound; ChapterNotFound; InvalidInput, when the chapter isn't narrated; UnknownVoice;
    UnknownLanguage; PronunciationDictionaryNotFound.
    """
    before = projects.get_project(tx, project_id)
    project = before if locators is None else _with_locators(before, locators)
    unfinished = conversions.list_unfinished_conversions(tx, project_id)
    refresh = join_refreshes(thaw_project(c.plan).refresh for c in unfinished)
    sources = get_project_sources(tx, project, refresh=refresh)
    planned = plan_chapters(
        tx,
        sources,
        list_chapters_to_convert(tx, project_id, only),
        only=only,
        load=load_chapter if locators is None else load_as_if_attached(tx, before, project),
        masterings_of=functools.partial(find_masterings, unmeasured=UNMEASURED),
    )
    chapters, digests = _previewed(tx, project_id, planned)
    if only is None:
        digest = plan_digest(digests, plan_project(sources))
        is_up_to_date = digest == find_last_plan_digest(tx, project_id)
    else:
        is_up_to_date = all(chapter.is_up_to_date for chapter in chapters)
    return ConversionPreview(is_up_to_date, chapters)


def _with_locators(project: Project, locators: Sequence[DictionaryLocator]) -> Project:
    details = replace(project.details, pronunciation_dictionary_locators=tuple(locators))
    return replace(project, details=details)


def _previewed(
    tx: Transaction, project_id: ProjectId, planned: Iterable[PlannedChapter]
) -> tuple[tuple[ChapterPreview, ...], list[bytes]]:
    """The chapters, and the digests of their plans. What an earlier one asks for is made there."""
    latest = snapshots.list_latest_chapter_snapshots(tx, project_id)
    asked_before: set[bytes] = set()
    chapters, digests = [], []
    for chapter in planned:
        snapshot = latest.get(chapter.plan.chapter_id)
        is_up_to_date = snapshot is not None and snapshot.plan_digest == chapter.digest
        chapters.append(
            preview_chapter(
                chapter, _existing(tx, chapter), asked_before=asked_before, is_up_to_date=is_up_to_date
            )
        )
        digests.append(chapter.digest)
        if not is_up_to_date:
            asked_before.update(chapter.plan.audio_keys)
    return tuple(chapters), digests


def _existing(tx: Transaction, chapter: PlannedChapter) -> Existing:
    audio = find_lengths(tx, chapter.plan.audio_keys)
    missing = [part for part in chapter.plan.parts if part.segment_key not in audio]
    unencoded = [part.speech_key for part in missing if part.speech_key is not None]
    return Existing(audio, find_lengths(tx, chapter.plan.speech_keys), find_encoded_forms(tx, unencoded))
