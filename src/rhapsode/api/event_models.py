"""Events as the wire has them, and which of them lead from one moment to the next."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from pydantic import BaseModel

from rhapsode.rendering.watched import Ended, WatchedChapter, WatchedProject, WatchedWorkspace
from rhapsode.studio.ids import ChapterId

StateName = Literal["creating", "default", "converting", "in_queue"]


class ChapterProgress(BaseModel):
    """How far a chapter is.

    progress: the share of its segments that exist; null where it was never converted.
    error: why its last conversion failed.    error_block_id: the block of the chapter at which it did; null where it
    was at none of it, and when that block has been changed.    revision: rises with each edit.
    converted_blocks: how many of its block_count blocks can be heard as they are now.
    """

    chapter_id: str
    state: Literal["default", "converting"]
    progress: float | None
    error: str | None
    error_block_id: str | None
    revision: int
    converted_blocks: int
    block_count: int


class ProjectProgress(BaseModel):
    """The event `progress`. chapters: all that are narrated at first, in order; afterwards those that have changed.

    progress: of all conversions that run or wait; null where there are none.    remaining_secs: null while nobody can
    tell.    creation_progress: null where the content is made.
    """

    state: StateName
    progress: float | None
    remaining_secs: float | None
    creation_progress: float | None
    chapters: list[ChapterProgress]


class ConvertedBlocks(BaseModel):
    """The event `blocks`: those of a chapter that can be heard as they are now, and couldn't before."""

    chapter_id: str
    converted: list[str]


class ConversionEnd(BaseModel):
    """The event `ended`, of a conversion. chapter_id: of one that was of a chapter alone."""

    outcome: Literal["success", "error", "cancelled"]
    project_snapshot_id: str | None
    chapter_id: str | None
    chapter_snapshot_id: str | None
    error: str | None


class ProjectChange(BaseModel):
    """The event `project`: one that is there, has changed, or was deleted."""

    project_id: str
    state: StateName
    progress: float | None
    deleted: bool


class Event(NamedTuple):
    """One event and what it says."""

    name: str
    data: BaseModel


def project_events(before: WatchedProject | None, now: WatchedProject) -> Iterator[Event]:
    """What to tell somebody who knows a project as it was; None for one who knows nothing of it.

    At first, of blocks only those in chapters that are being converted: all others are read with their text.
    """
    known = {} if before is None else before.chapters
    changed = [
        (chapter_id, chapter)
        for chapter_id, chapter in now.chapters.items()
        if chapter != known.get(chapter_id)
    ]
    if before is None or changed or _says_else(before, now):
        yield Event("progress", _progress(now, [_chapter(*each) for each in changed]))
    for chapter_id, chapter in changed:
        was = known.get(chapter_id)
        new = chapter.converted - was.converted if was is not None else _at_first(chapter)
        if new:
            yield Event("blocks", ConvertedBlocks(chapter_id=chapter_id, converted=sorted(new)))
    if before is not None:
        told = {ended.conversion_id for ended in before.ended}
        yield from (_ended(ended) for ended in now.ended if ended.conversion_id not in told)


def workspace_events(before: WatchedWorkspace | None, now: WatchedWorkspace) -> Iterator[Event]:
    """The same of a workspace: all its projects at first, afterwards those that have changed."""
    known = {} if before is None else before.projects
    for project_id, project in now.projects.items():
        if project != known.get(project_id):
            yield Event(
                "project",
                ProjectChange(
                    project_id=project_id,
                    state=project.state,
                    progress=_share(project.progress),
                    deleted=False,
                ),
            )
    for project_id in known:
        if project_id not in now.projects:
            gone = ProjectChange(project_id=project_id, state="default", progress=None, deleted=True)
            yield Event("project", gone)


def _says_else(before: WatchedProject, now: WatchedProject) -> bool:
    """Also where chapters have come or gone: whoever shows them reads the list again."""
    return (
        before.state != now.state
        or before.progress != now.progress
        or before.remaining_s != now.remaining_s
        or before.creation_progress != now.creation_progress
        or list(before.chapters) != list(now.chapters)
    )


def _progress(now: WatchedProject, chapters: list[ChapterProgress]) -> ProjectProgress:
    return ProjectProgress(
        state=now.state,
        progress=_share(now.progress),
        remaining_secs=None if now.remaining_s is None else round(now.remaining_s, 1),
        creation_progress=_share(now.creation_progress),
        chapters=chapters,
    )


def _chapter(chapter_id: ChapterId, chapter: WatchedChapter) -> ChapterProgress:
    return ChapterProgress(
        chapter_id=chapter_id,
        state=chapter.state,
        progress=_share(chapter.progress),
        error=chapter.error,
        error_block_id=chapter.error_block_id,
        revision=chapter.revision,
        converted_blocks=len(chapter.converted),
        block_count=chapter.block_count,
    )


def _at_first(chapter: WatchedChapter) -> frozenset[str]:
    return frozenset(chapter.converted if chapter.state == "converting" else ())


def _ended(ended: Ended) -> Event:
    return Event(
        "ended",
        ConversionEnd(
            outcome=ended.outcome,
            project_snapshot_id=ended.project_snapshot_id,
            chapter_id=ended.chapter_id,
            chapter_snapshot_id=ended.chapter_snapshot_id,
            error=ended.error,
        ),
    )


def _share(progress: float | None) -> float | None:
    return None if progress is None else round(progress, 4)
