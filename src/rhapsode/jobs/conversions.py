"""The contract between conversions and whatever runs them.

Truth is in the records: a conversion's row is the outbox, and every step asks first what exists already. So
a runner only has to call each step at least once, in the order `convert_at_once` shows.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rhapsode.studio.errors import RhapsodeError
from rhapsode.studio.ids import ConversionId, WorkspaceId


@dataclass(frozen=True, slots=True)
class Slice:
    """Segments of a chapter that are made together.

    engines: which have to speak for it, sorted: none where all is spoken already, and several only where a version
      that still mixed them has cut it.
    character_count: code points that are left to be spoken.
    """

    ordinal: int
    chapter_ordinal: int
    engines: tuple[str, ...] = ()
    character_count: int = 0


class ConversionSteps(Protocol):
    """What a conversion consists of. Each step may be called again after it has succeeded.

    Raises (all steps): ConversionEnded, when the conversion was cancelled or has ended: nothing is left to do.
    """

    def list_slices(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> Sequence[Slice]:
        """All slices with something left to make, in the order to begin them: chapter by chapter."""

    def list_chapters(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> Sequence[int]:
        """Ordinals of the chapters that have to be assembled."""

    def render_slice(
        self, workspace_id: WorkspaceId, conversion_id: ConversionId, ordinal: int, *, waits: bool = True
    ) -> None:
        """Make the segments of a slice that don't exist yet. Safe to run beside other slices.

        waits: while its engine or the store is away. Otherwise whoever calls it waits, and tries again.
        Raises also: ConversionDismissed; EngineUnavailable; ObjectStoreFailed.
        """

    def dismiss(self) -> None:
        """Let all slices that only wait for their turn end with ConversionDismissed: the runner stops."""

    def assemble_chapter(self, workspace_id: WorkspaceId, conversion_id: ConversionId, ordinal: int) -> None:
        """Insert the snapshot of a chapter whose slices, and those before them, are rendered."""

    def finish(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> None:
        """Insert the project's snapshot and end the conversion."""

    def fail(self, workspace_id: WorkspaceId, conversion_id: ConversionId, message: str) -> None:
        """End the conversion without a snapshot of the project; what is finished stays."""


class ConversionEnded(RhapsodeError):
    """The conversion was cancelled, or has ended already."""


class ConversionDismissed(RhapsodeError):
    """A slice isn't rendered now, because the runner stops; it goes on at the next start."""


class ConversionRunner(Protocol):
    """Runs conversions, across restarts, until each has ended."""

    def start(self, steps: ConversionSteps, waiting: Sequence[tuple[WorkspaceId, ConversionId]]) -> None:
        """Go on with everything that was running when the last process ended, and begin what waits.

        waiting: all conversions that have not ended, whether they have been submitted before or not.
        """

    def submit(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> None:
        """Run a conversion whose row is committed; one that was submitted already goes on."""

    def find_failure(self, conversion_id: ConversionId) -> str | None:
        """Why a conversion failed in this process: also when the disk is too full for the records to say so."""

    def stop(self) -> None:
        """Stop taking up work; what runs goes on at the next start."""


def last_slices(slices: Sequence[Slice], chapters: Sequence[int]) -> dict[int, int]:
    """For each chapter, how many slices from the first must be rendered before it can be assembled.

    A segment that occurs twice is made by the slice where it occurs first, so earlier chapters' slices count.
    """
    chapter_of_slices = [piece.chapter_ordinal for piece in slices]
    return {chapter: bisect_right(chapter_of_slices, chapter) for chapter in chapters}


def convert_at_once(steps: ConversionSteps, workspace_id: WorkspaceId, conversion_id: ConversionId) -> None:
    """Run a conversion here and now, in order, without a runner: for work of a slice or none.

    A process that dies meanwhile leaves the row, and the next runner's `start` takes it up.
    """
    try:
        for piece in steps.list_slices(workspace_id, conversion_id):
            steps.render_slice(workspace_id, conversion_id, piece.ordinal)
        for ordinal in steps.list_chapters(workspace_id, conversion_id):
            steps.assemble_chapter(workspace_id, conversion_id, ordinal)
        steps.finish(workspace_id, conversion_id)
    except ConversionEnded:
        return
    except RhapsodeError as error:
        steps.fail(workspace_id, conversion_id, str(error))
