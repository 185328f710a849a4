"""The cover that a client gives a project, in place of its document's or where that has none."""

from dataclasses import replace

from rhapsode.authoring.covers import keep_cover
from rhapsode.documents.cover import image_media_type
from rhapsode.documents.picture_size import find_picture_size
from rhapsode.storage import projects
from rhapsode.storage.audit import add_audit_entry
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.records import Records
from rhapsode.studio.document import Cover
from rhapsode.studio.errors import CoverNotFound, CoverRefused
from rhapsode.studio.ids import ProjectId, WorkspaceId
from rhapsode.studio.limits import MAX_COVER_BYTES, MAX_COVER_PIXELS

_ACTOR = "api"


def checked_cover(content: bytes) -> Cover:
    """A picture as a cover. Raises: CoverRefused, when players couldn't show it."""
    media_type = image_media_type(content)
    if media_type is None:
        msg = "A cover is a JPEG or a PNG; this is neither."
        raise CoverRefused(msg)
    if len(content) > MAX_COVER_BYTES:
        msg = f"The cover is larger than {MAX_COVER_BYTES // 2**20} MiB, and would be part of every chapter."
        raise CoverRefused(msg)
    size = find_picture_size(content)
    if size is None or min(size) == 0:
        msg = "The cover is damaged: it doesn't say how large it is."
        raise CoverRefused(msg)
    if max(size) > MAX_COVER_PIXELS:
        msg = f"The cover has {size.width} x {size.height} pixels; at most {MAX_COVER_PIXELS:,} each way are shown."
        raise CoverRefused(msg)
    return Cover(media_type, content)


def set_cover(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, project_id: ProjectId, content: bytes
) -> None:
    """Give a project a cover in place of the one it had; its snapshots have it from the next conversion on.

    Raises: ProjectNotFound; CoverRefused; StorageFull.
    """
    with records.write(workspace_id) as tx:
        project = projects.get_project(tx, project_id)
        cover_key = keep_cover(tx, blobs, project_id, checked_cover(content))
        projects.save_project(tx, replace(project, cover_key=cover_key))
        add_audit_entry(tx, actor=_ACTOR, action="project.cover_set", object_id=project_id)


def remove_cover(records: Records, workspace_id: WorkspaceId, project_id: ProjectId) -> None:
    """Take a project's cover away. Raises: ProjectNotFound; CoverNotFound."""
    with records.write(workspace_id) as tx:
        project = projects.get_project(tx, project_id)
        if project.cover_key is None:
            raise CoverNotFound
        projects.save_project(tx, replace(project, cover_key=None))
        add_audit_entry(tx, actor=_ACTOR, action="project.cover_removed", object_id=project_id)
