"""What seems wrong with the audio of a project as it is now: the speech of its current takes."""

from rhapsode.storage import chapters, projects
from rhapsode.storage.flawed import FlawedPassage, list_flawed_passages
from rhapsode.storage.records import Records
from rhapsode.studio.ids import ChapterId, ProjectId, WorkspaceId

_BEGINNING_CHARACTERS = 80


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


def beginning_of(text: str) -> str:
    """How a passage begins, on one line: enough to find it by."""
    line = " ".join(text.split())
    return line if len(line) <= _BEGINNING_CHARACTERS else line[: _BEGINNING_CHARACTERS - 1].rstrip() + "…"
