"""Projects as a page lists them: with what the original's list says nothing of, and in pages. Ours."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from rhapsode.api.context import Services, ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.paging import check_page_size, read_place
from rhapsode.api.studio_models import unix_time
from rhapsode.rendering.project_overviews import ProjectOverview, list_project_overviews
from rhapsode.studio.ids import ProjectId
from rhapsode.studio.limits import MAX_PROJECT_PAGE

router = APIRouter(tags=["projects"], route_class=JsonRoute)

_PROJECTS = "/rhapsode/v1/studio/projects"


class ProjectOverviewModel(BaseModel):
    """What is seen of a project without opening it.

    progress: the share of its audio that is there, 0 to 1, while it is converted or waits for that; null otherwise.
    creation_progress: 0 to 1 while its content is being made; null otherwise.
    cover_url: a path of this server, for whoever is signed in; null without a cover.
    chapter_count, character_count: of what is narrated; in code points.
    duration_secs: of the newest snapshot.    error: why its creation or last conversion failed.
    """

    project_id: str
    name: str
    title: str | None
    author: str | None
    language: str
    state: Literal["creating", "default", "converting", "in_queue"]
    progress: float | None
    creation_progress: float | None
    cover_url: str | None
    chapter_count: int
    character_count: int
    duration_secs: float | None
    created_at_unix: int
    last_conversion_date_unix: int | None
    error: str | None


class ProjectOverviews(BaseModel):
    """The newest first. next: what `start_after` has to be for the next page; null on the last."""

    projects: list[ProjectOverviewModel]
    next: str | None


@router.get(_PROJECTS, summary="List projects in pages")
def list_overviews(
    services: ServicesOf, workspace_id: WorkspaceOf, page_size: int = 30, start_after: str | None = None
) -> ProjectOverviews:
    """Projects as a shelf shows them: how large, how long, how far, and what went wrong last."""
    check_page_size(page_size, most=MAX_PROJECT_PAGE)
    after = read_place(start_after, name="start_after", of_what="project")
    with services.records.read(workspace_id) as tx:
        page, has_more = list_project_overviews(
            tx, after=None if after is None else ProjectId(after), page_size=page_size
        )
    return ProjectOverviews(
        projects=[_model(services, overview) for overview in page],
        next=page[-1].project.project_id if has_more else None,
    )


def _model(services: Services, overview: ProjectOverview) -> ProjectOverviewModel:
    project, state = overview.project, overview.state
    cover = f"{services.addresses.prefix}{_PROJECTS}/{project.project_id}/cover"
    creation = state.creation if state.state == "creating" else None
    return ProjectOverviewModel(
        project_id=project.project_id,
        name=project.name,
        title=project.title,
        author=project.author,
        language=project.language,
        state=state.state,
        progress=overview.progress,
        creation_progress=None if creation is None else creation.progress,
        cover_url=None if project.cover_key is None else cover,
        chapter_count=overview.text.chapter_count,
        character_count=overview.text.character_count,
        duration_secs=None if overview.duration_s is None else round(overview.duration_s, 6),
        created_at_unix=project.created_at_ms // 1000,
        last_conversion_date_unix=unix_time(state.last_conversion_at_ms),
        error=overview.error,
    )
