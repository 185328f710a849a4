"""A project's cover, as a file."""

from collections.abc import Mapping
from functools import partial

from rhapsode.delivery.download import Download
from rhapsode.delivery.files import FilePiece, iterate_stretch
from rhapsode.storage import projects, segments
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.keys import digest
from rhapsode.storage.records import Records
from rhapsode.studio.errors import CoverNotFound, DataDamaged
from rhapsode.studio.ids import ProjectId, WorkspaceId

EXTENSIONS: Mapping[str, str] = {"image/jpeg": "jpg", "image/png": "png"}


def open_cover(records: Records, blobs: Blobs, workspace_id: WorkspaceId, project_id: ProjectId) -> Download:
    """The cover that a project has now. Raises: ProjectNotFound; CoverNotFound; DataDamaged."""
    with records.read(workspace_id) as tx:
        key = projects.get_project(tx, project_id).cover_key
        if key is None:
            raise CoverNotFound
        found = segments.find_segments(tx, [key]).get(key)
        now_ms = tx.now_ms
    if found is None or found.media_type is None:
        msg = f"The cover of project {project_id} is missing. Send it again."
        raise DataDamaged(msg)
    size_bytes = found.location.size_bytes
    return Download(
        filename=f"cover.{EXTENSIONS[found.media_type]}",
        media_type=found.media_type,
        size_bytes=size_bytes,
        digest=digest("cover/1", key),
        # Nobody notes when a project was given the picture that it has, which may be older than the one before. With
        # an earlier time, whoever asks by time and not by ETag would stay with that.
        modified_at_ms=now_ms,
        read=partial(iterate_stretch, blobs, [FilePiece(size_bytes, location=found.location)]),
    )
