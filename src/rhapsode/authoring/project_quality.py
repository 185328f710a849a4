"""What a project's audio is stored as, and whether its volume is normalised: changed when the project is there."""

from dataclasses import replace

from rhapsode.storage import projects
from rhapsode.storage.audit import add_audit_entry
from rhapsode.storage.records import Records
from rhapsode.studio.ids import ProjectId, WorkspaceId
from rhapsode.studio.project import QualityPreset

_ACTOR = "api"


def set_quality(
    records: Records,
    workspace_id: WorkspaceId,
    project_id: ProjectId,
    *,
    quality_preset: QualityPreset | None,
    volume_normalization: bool | None,
) -> None:
    """Let the next conversion store the audio in another way; None leaves it as it is. Nothing is spoken for it.

    Raises: ProjectNotFound.
    """
    with records.write(workspace_id) as tx:
        project = projects.get_project(tx, project_id)
        if volume_normalization is not None:
            details = replace(project.details, volume_normalization=volume_normalization)
            project = replace(project, details=details)
        changed = replace(project, quality_preset=quality_preset or project.quality_preset)
        projects.save_project(tx, changed)
        add_audit_entry(tx, actor=_ACTOR, action="project.updated", object_id=project_id)
