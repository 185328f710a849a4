"""Deleting with undo: what was deleted less than a day ago is there again as it was, and nothing is spoken for it."""

from dataclasses import dataclass

from rhapsode.authoring.checks import check_chapter_count
from rhapsode.authoring.filling import check_made
from rhapsode.storage import chapters, projects, restoring
from rhapsode.storage.audit import add_audit_entry
from rhapsode.storage.records import Records
from rhapsode.studio.ids import ChapterId, ProjectId, WorkspaceId
from rhapsode.studio.limits import DELETED_KEPT_MS

_ACTOR = "api"


@dataclass(frozen=True, slots=True)
class RestorableProject:
    """A project that was deleted. purged_at_ms: from then on clean-up takes it. Both are Unix milliseconds."""

    project_id: ProjectId
    name: str
    deleted_at_ms: int
    purged_at_ms: int


def list_deleted_projects(records: Records, workspace_id: WorkspaceId) -> list[RestorableProject]:
    """The projects that can be restored, the last one that was deleted first."""
    with records.read(workspace_id) as tx:
        deleted = restoring.list_restorable_projects(tx)
    return [
        RestorableProject(
            each.project_id, each.name, each.deleted_at_ms, each.deleted_at_ms + DELETED_KEPT_MS
        )
        for each in deleted
    ]


def restore_project(records: Records, workspace_id: WorkspaceId, project_id: ProjectId) -> None:
    """Have a deleted project again, with the exports that went with it; one that is there stays as it is.

    Conversions that were cancelled stay so. Where another project has been made of the same file since, that one is
    what the command line meets there.
    Raises: ProjectNotFound, also when it was purged.
    """
    with records.write(workspace_id) as tx:
        if restoring.restore_project(tx, project_id):
            add_audit_entry(tx, actor=_ACTOR, action="project.restored", object_id=project_id)


def restore_chapter(
    records: Records, workspace_id: WorkspaceId, project_id: ProjectId, chapter_id: ChapterId
) -> None:
    """Have a deleted chapter again, where it stood; one that is there stays as it is.

    Raises: ProjectNotFound; ProjectCreating; ChapterNotFound, also when it was purged; InvalidInput, when the project
    has as many chapters as are possible.
    """
    with records.write(workspace_id) as tx:
        projects.get_project(tx, project_id)
        check_made(tx, project_id)
        if restoring.restore_chapter(tx, project_id, chapter_id):
            check_chapter_count(chapters.count_chapters(tx, project_id))
            add_audit_entry(tx, actor=_ACTOR, action="chapter.restored", object_id=chapter_id)
