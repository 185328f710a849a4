"""The order of a project's chapters."""

from collections.abc import Sequence

from rhapsode.authoring.filling import check_made
from rhapsode.storage import chapters, projects
from rhapsode.storage.audit import add_audit_entry
from rhapsode.storage.chapters import ChapterPlace
from rhapsode.storage.records import Records
from rhapsode.studio.errors import ChaptersChanged
from rhapsode.studio.ids import ChapterId, ProjectId, WorkspaceId

_ACTOR = "api"


def order_chapters(
    records: Records, workspace_id: WorkspaceId, project_id: ProjectId, wanted: Sequence[ChapterId]
) -> None:
    """Put the narrated chapters of a project in another order; each other one stays behind the one before it.

    Raises: ProjectNotFound; ProjectCreating; ChaptersChanged, unless all narrated chapters are named once.
    """
    with records.write(workspace_id) as tx:
        projects.get_project(tx, project_id)
        check_made(tx, project_id)
        places = chapters.list_places(tx, project_id)
        ordered = reordered(places, wanted)
        if ordered != [place.chapter_id for place in places]:
            # The same numbers in another order: chapters that were deleted are restored between them.
            numbers = [place.ordinal for place in places]
            chapters.set_ordinals(tx, dict(zip(ordered, numbers, strict=True)))
            add_audit_entry(tx, actor=_ACTOR, action="chapters.ordered", object_id=project_id)


def reordered(places: Sequence[ChapterPlace], wanted: Sequence[ChapterId]) -> list[ChapterId]:
    """All chapters in their new order. Raises: ChaptersChanged."""
    narrated = {place.chapter_id for place in places if place.narrated}
    if len(wanted) != len(narrated) or set(wanted) != narrated:
        raise ChaptersChanged
    behind: dict[ChapterId | None, list[ChapterId]] = {None: []}
    anchor: ChapterId | None = None
    for place in places:
        if place.narrated:
            anchor = place.chapter_id
            behind[anchor] = [anchor]
        else:
            behind[anchor].append(place.chapter_id)
    return [*behind[None], *(chapter_id for each in wanted for chapter_id in behind[each])]
