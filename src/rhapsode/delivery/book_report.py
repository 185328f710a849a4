"""The mastering report of a book, as its owner names it on the command line."""

from rhapsode.authoring.exports import Preset, export_origin
from rhapsode.delivery.report_text import project_report_text
from rhapsode.delivery.reports import report_project
from rhapsode.storage import projects, snapshots
from rhapsode.storage.records import Records, Transaction
from rhapsode.studio.errors import ProjectNotFound, SnapshotNotFound
from rhapsode.studio.ids import ProjectId, ProjectSnapshotId, WorkspaceId
from rhapsode.studio.project import Project


def report_book(records: Records, workspace_id: WorkspaceId, book: str, preset: Preset | None) -> str:
    """The report of a book's newest snapshot, as plain text.

    book: the path that it was narrated from, or the id of its project.    preset: of its export, where that is meant.
    Raises: ProjectNotFound; SnapshotNotFound, when it wasn't narrated; DataDamaged.
    """
    with records.read(workspace_id) as tx:
        project = _project(tx, book, preset)
        listed = snapshots.list_project_snapshots(tx, project.project_id)
        if not listed:
            msg = f"{project.name} hasn't been narrated yet."
            raise SnapshotNotFound(msg)
        snapshot = snapshots.get_project_snapshot(tx, ProjectSnapshotId(listed[0].snapshot_id))
        return project_report_text(report_project(tx, snapshot))


def _project(tx: Transaction, book: str, preset: Preset | None) -> Project:
    project = projects.find_project_by_origin(tx, book)
    if project is None:
        try:
            project = projects.get_project(tx, ProjectId(book))
        except ProjectNotFound as error:
            msg = f"There is no project of {book}: `rhapsode narrate` makes one."
            raise ProjectNotFound(msg) from error
    if preset is None:
        return project
    export = projects.find_project_by_origin(tx, export_origin(project.project_id, preset))
    if export is None:
        msg = f"There is no export of {project.name}: `rhapsode export` makes one."
        raise ProjectNotFound(msg)
    return export
