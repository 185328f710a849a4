"""What those see who watch a project or a workspace: values, one after each change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rhapsode.rendering.project_state import ProjectStateName
from rhapsode.studio.ids import (
    BlockId,
    ChapterId,
    ChapterSnapshotId,
    ConversionId,
    ProjectId,
    ProjectSnapshotId,
)

Outcome = Literal["success", "error", "cancelled"]


@dataclass(frozen=True, slots=True)
class WatchedChapter:
    """A chapter as it is at a moment.

    progress: the share of its segments that exist, 0 to 1; None where it was never converted.
    error: why its last conversion failed.    error_block_id: at which of its blocks, if that is as it was then.
    converted: its blocks whose sound exists as they are now.
    """

    state: Literal["default", "converting"]
    progress: float | None
    error: str | None
    error_block_id: BlockId | None
    revision: int
    converted: frozenset[BlockId]
    block_count: int


@dataclass(frozen=True, slots=True)
class Ended:
    """How a conversion has ended. chapter_id, chapter_snapshot_id: of one that was of a chapter alone."""

    conversion_id: ConversionId
    outcome: Outcome
    project_snapshot_id: ProjectSnapshotId | None
    chapter_id: ChapterId | None
    chapter_snapshot_id: ChapterSnapshotId | None
    error: str | None


@dataclass(frozen=True, slots=True)
class WatchedProject:
    """A project as it is at a moment.

    progress: the share of the segments of all its conversions that exist; None where there is none.
    remaining_s: how long they may take; None as long as nobody can tell.
    creation_progress: how far its content is made, 0 to 1; None where it is made.
    chapters: those that are narrated, in order.    ended: the last conversions that have ended while it was watched.
    """

    state: ProjectStateName
    progress: float | None = None
    remaining_s: float | None = None
    creation_progress: float | None = None
    chapters: Mapping[ChapterId, WatchedChapter] = field(default_factory=dict)
    ended: tuple[Ended, ...] = ()

    @property
    def is_busy(self) -> bool:
        """Whether more will change soon."""
        return self.state != "default"


@dataclass(frozen=True, slots=True)
class ListedProject:
    """A project of a workspace at a moment. progress: see WatchedProject."""

    state: ProjectStateName
    progress: float | None


@dataclass(frozen=True, slots=True)
class WatchedWorkspace:
    """A workspace at a moment: its projects, oldest first."""

    projects: Mapping[ProjectId, ListedProject]

    @property
    def is_busy(self) -> bool:
        """Whether more will change soon."""
        return any(project.state != "default" for project in self.projects.values())
