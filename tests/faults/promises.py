"""Whether what a client was told is so, asked of the data directory itself: no server has to start for it."""

from pathlib import Path

from rhapsode.app import App, open_app
from rhapsode.delivery.downloads import open_archive, open_item
from rhapsode.storage.chapters import list_chapters
from rhapsode.storage.check import check_storage
from rhapsode.storage.projects import list_projects
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID
from rhapsode.storage.snapshots import list_project_snapshots
from rhapsode.studio.errors import HistoryItemNotFound
from rhapsode.studio.ids import HistoryItemId, ProjectId

from .journey import TEXTS, Told, digest


def assert_promises(data: Path, told: Told, archive: str) -> None:
    """It opens, everything stored is right, and everything told is there. archive: as `assert_kept` has it."""
    with open_app(data, command="check", process_count=1) as app:
        report = check_storage(app.records, app.blobs)
        assert not report.problems, report.problems
        _assert_projects(app, told, archive)
        for item_id, heard in told.spoken.items():
            if item_id not in told.asked_to_delete and heard:
                assert _item(app, item_id) == heard
        for item_id in told.deleted:
            assert _is_gone(app, item_id)


def _assert_projects(app: App, told: Told, archive: str) -> None:
    with app.records.read(DEFAULT_WORKSPACE_ID) as tx:
        found = {project.project_id: list_chapters(tx, project.project_id) for project in list_projects(tx)}
        snapshots = {project_id: list_project_snapshots(tx, project_id) for project_id in found}
    assert not told.project_id or told.project_id in found
    for chapters in found.values():
        texts = [["".join(n.text for n in block.nodes) for block in chapter.blocks] for chapter in chapters]
        assert texts == TEXTS
    if told.is_converting:
        unfinished = {one.project_id for one in app.rendering.list_unfinished(DEFAULT_WORKSPACE_ID)}
        assert snapshots[ProjectId(told.project_id)] or told.project_id in unfinished
    for project_id, listed in snapshots.items():
        for one in listed:
            download = open_archive(
                app.records,
                app.blobs,
                DEFAULT_WORKSPACE_ID,
                project_id,
                one.snapshot_id,  # type: ignore[arg-type]
            )
            assert digest(b"".join(download.content)) == archive
    assert not told.archive or snapshots[ProjectId(told.project_id)]


def _item(app: App, item_id: str) -> str:
    item = open_item(app.records, app.blobs, DEFAULT_WORKSPACE_ID, HistoryItemId(item_id), None)
    return digest(b"".join(item.content))


def _is_gone(app: App, item_id: str) -> bool:
    try:
        _item(app, item_id)
    except HistoryItemNotFound:
        return True
    return False
