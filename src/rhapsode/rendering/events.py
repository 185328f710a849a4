"""What is told of a conversion that has ended, in the words of the wire.

Source: `callback_url` of operation create_project, which gives all four messages.
"""

import json

from rhapsode.storage import projects
from rhapsode.storage.callbacks import insert_callbacks
from rhapsode.storage.conversions import Conversion
from rhapsode.storage.records import Transaction
from rhapsode.studio.errors import ProjectNotFound
from rhapsode.studio.ids import ChapterSnapshotId, ProjectSnapshotId


def tell_end(
    tx: Transaction,
    conversion: Conversion,
    *,
    snapshot_id: ProjectSnapshotId | ChapterSnapshotId | None,
    error: str | None,
) -> None:
    """Have the project's address and the workspace's webhooks told, once the transaction is committed.

    snapshot_id: of the project, or of the chapter that was converted by itself; None for a conversion that failed.
    Of a project that was deleted meanwhile nothing is told.
    """
    try:
        project = projects.get_project(tx, conversion.project_id)
    except ProjectNotFound:
        return
    body = make_event(conversion, snapshot_id=snapshot_id, error=error, event_timestamp=tx.now_ms // 1000)
    insert_callbacks(tx, body=body, project_url=project.details.callback_url)


def make_event(
    conversion: Conversion,
    *,
    snapshot_id: ProjectSnapshotId | ChapterSnapshotId | None,
    error: str | None,
    event_timestamp: int,
) -> str:
    """Pure: the message as JSON, in ASCII.

    event_timestamp: Unix seconds.    `request_id` is the conversion's id, which no two messages share that differ.
    """
    kind = "project" if conversion.chapter_id is None else "chapter"
    chapter = {} if conversion.chapter_id is None else {"chapter_id": conversion.chapter_id}
    data = {
        "request_id": conversion.conversion_id,
        "project_id": conversion.project_id,
        **chapter,
        "conversion_status": "success" if error is None else "error",
        f"{kind}_snapshot_id": snapshot_id,
        "error_details": error,
    }
    return json.dumps(
        {"type": f"{kind}_conversion_status", "event_timestamp": event_timestamp, "data": data},
        separators=(",", ":"),
    )
