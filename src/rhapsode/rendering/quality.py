"""What seems wrong with the audio of a project as it is now: the speech of its current takes."""

from rhapsode.storage import chapters, projects
from rhapsode.storage.flawed import FlawedPassage, list_flawed_passages
from rhapsode.storage.records import Records
from rhapsode.studio.ids import ChapterId, ProjectId, WorkspaceId

SHOWN_CHARACTERS = 80
"""As many of a passage are shown as it is known by."""


def get_project_quality(
    records: Records, workspace_id: WorkspaceId, project_id: ProjectId
) -> list[FlawedPassage]:
    """Of all its narrated chapters, in reading order. Raises: ProjectNotFound."""
    with records.read(workspace_id) as tx:
        projects.get_project(tx, project_id)
        return list_flawed_passages(tx, project_id)


def get_chapter_quality(
    records: Records, workspace_id: WorkspaceId, project_id: ProjectId, chapter_id: ChapterId
) -> list[FlawedPassage]:
    """Of one chapter. Raises: ProjectNotFound; ChapterNotFound."""
    with records.read(workspace_id) as tx:
        projects.get_project(tx, project_id)
        chapters.check_chapter(tx, project_id, chapter_id)
        return list_flawed_passages(tx, project_id, chapter_id)
