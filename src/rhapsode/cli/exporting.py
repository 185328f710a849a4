"""Make an export in this process; Ctrl-C stops it and keeps what is encoded."""

import concurrent.futures

from rhapsode.api.export_models import ExportModel, export_model
from rhapsode.app import App
from rhapsode.cli.export_progress import watch_export
from rhapsode.cli.stopping import StopRequest, on_stop_signals
from rhapsode.delivery.download import Download
from rhapsode.delivery.export_orders import exportable_project
from rhapsode.delivery.exporting import Exporting, Making
from rhapsode.delivery.formats.format import ExportFormat
from rhapsode.rendering.transcoding import Transcoding
from rhapsode.storage import snapshots
from rhapsode.studio.errors import ExportFailed
from rhapsode.studio.ids import ProjectSnapshotId, WorkspaceId


def make_export(
    app: App, workspace_id: WorkspaceId, project_snapshot_id: ProjectSnapshotId, chosen: ExportFormat
) -> Download:
    """A snapshot as a file of a format, made if it isn't there.

    Raises: SnapshotNotFound; what making it raises; KeyboardInterrupt, when it was stopped.
    """
    with app.records.read(workspace_id) as tx:
        snapshot = snapshots.get_project_snapshot(tx, project_snapshot_id)
        order = exportable_project(tx, snapshot).ordered(chosen)
    exporting, stop = (
        Exporting(app.records, app.blobs, Transcoding(app.records, app.blobs, app.pool)),
        StopRequest(),
    )
    try:
        with on_stop_signals(stop.note):
            making = exporting.begin(workspace_id, order)
            watch_export(
                lambda: _look(making, chosen),
                stop,
                lambda wait_s: concurrent.futures.wait([making.future], wait_s),
            )
        ready = exporting.find(workspace_id, order)
    finally:
        exporting.stop()
    if ready is None:
        raise ExportFailed
    return ready.download


def _look(making: Making, chosen: ExportFormat) -> ExportModel:
    if making.error is not None:
        raise making.error
    # How large it is nobody asks here.
    return export_model(chosen.name, size_bytes=0 if making.future.done() else None, making=making)
