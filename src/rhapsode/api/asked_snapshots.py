"""The snapshots that requests name, and their JSON documents, which are sent as they are made.

A snapshot never changes, so its digest names each document, and who has it already is told so. A novel has 10 MB of
words, and 28 MB of alignments.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response

from rhapsode.api.byte_routes import bytes_response
from rhapsode.api.chosen_form import ChosenForm, choose_form
from rhapsode.api.context import Services, ServicesOf, WorkspaceOf
from rhapsode.delivery import snapshots as found
from rhapsode.delivery.alignments import check_alignments
from rhapsode.delivery.snapshots import ChapterStart
from rhapsode.storage.records import Transaction
from rhapsode.storage.snapshots import get_chapter_digest, get_project_digest
from rhapsode.studio.ids import ChapterId, ChapterSnapshotId, ProjectId, ProjectSnapshotId, WorkspaceId
from rhapsode.studio.snapshot import ChapterSnapshot, ProjectSnapshot


@dataclass(frozen=True, slots=True)
class AskedChapter:
    """The snapshot of a chapter that a request names, and who asks."""

    request: Request
    services: Services
    workspace_id: WorkspaceId
    project_id: ProjectId
    chapter_id: ChapterId
    chapter_snapshot_id: ChapterSnapshotId

    def get(self, tx: Transaction) -> ChapterSnapshot:
        """Raises: ProjectNotFound; ChapterNotFound; SnapshotNotFound."""
        return found.get_of_chapter(tx, self.project_id, self.chapter_id, self.chapter_snapshot_id)

    def send(
        self, write: Callable[[ChapterSnapshot], Iterator[bytes]], *, needs_alignments: bool = True
    ) -> Response:
        """What `write` makes of the snapshot.

        needs_alignments: whether it is seen first that it has them, while an error can still be an answer.
        Raises: ProjectNotFound; ChapterNotFound; SnapshotNotFound; DataDamaged.
        """
        with self.services.records.read(self.workspace_id) as tx:
            snapshot = self.get(tx)
            form = choose_form(self.request, get_chapter_digest(tx, self.chapter_snapshot_id))
            if (unchanged := form.find_unchanged(self.request)) is not None:
                return unchanged
            if needs_alignments:
                check_alignments(tx, self.chapter_snapshot_id)
        return _sent(self.request, form, write(snapshot))


@dataclass(frozen=True, slots=True)
class AskedProject:
    """The snapshot of a project that a request names, and who asks."""

    request: Request
    services: Services
    workspace_id: WorkspaceId
    project_id: ProjectId
    project_snapshot_id: ProjectSnapshotId

    def get(self, tx: Transaction) -> ProjectSnapshot:
        """Raises: ProjectNotFound; SnapshotNotFound."""
        return found.get_of_project(tx, self.project_id, self.project_snapshot_id)

    def send(self, write: Callable[[ProjectSnapshot, Sequence[ChapterStart]], Iterator[bytes]]) -> Response:
        """What `write` makes of the snapshot and its chapters, whose alignments are there.

        Raises: ProjectNotFound; SnapshotNotFound; DataDamaged.
        """
        with self.services.records.read(self.workspace_id) as tx:
            snapshot = self.get(tx)
            form = choose_form(self.request, get_project_digest(tx, self.project_snapshot_id))
            if (unchanged := form.find_unchanged(self.request)) is not None:
                return unchanged
            starts = found.list_chapter_starts(tx, snapshot)
        return _sent(self.request, form, write(snapshot, starts))


def _sent(request: Request, form: ChosenForm, content: Iterator[bytes]) -> Response:
    return bytes_response(
        request, media_type="application/json", content=form.encoded(content), headers=form.headers
    )


async def _asked_chapter(
    request: Request,
    project_id: ProjectId,
    chapter_id: ChapterId,
    chapter_snapshot_id: ChapterSnapshotId,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
) -> AskedChapter:
    return AskedChapter(request, services, workspace_id, project_id, chapter_id, chapter_snapshot_id)


async def _asked_project(
    request: Request,
    project_id: ProjectId,
    project_snapshot_id: ProjectSnapshotId,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
) -> AskedProject:
    return AskedProject(request, services, workspace_id, project_id, project_snapshot_id)


AskedChapterOf = Annotated[AskedChapter, Depends(_asked_chapter)]
"""The snapshot in the path of a route, of a chapter."""

AskedProjectOf = Annotated[AskedProject, Depends(_asked_project)]
"""The snapshot in the path of a route, of a project."""
