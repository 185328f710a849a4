"""Projects and chapters as the wire has them, read in one transaction each."""

from rhapsode.api.chapter_models import ChapterWithContent
from rhapsode.api.content_models import content_model
from rhapsode.api.context import Services
from rhapsode.api.project_models import (
    ProjectExtendedModel,
    ProjectModel,
    project_extended_model,
    project_model,
)
from rhapsode.api.shared_addresses import find_cover_urls
from rhapsode.api.studio_models import NEVER_CONVERTED, ChapterModel, chapter_model, chapter_models
from rhapsode.rendering.known_statistics import find_statistics
from rhapsode.rendering.project_sources import get_project_sources
from rhapsode.rendering.project_state import get_project_state, list_project_states
from rhapsode.rendering.statistics import NOTHING, measure_chapters
from rhapsode.storage import chapters, outlines, projects
from rhapsode.storage.dictionaries import find_versions
from rhapsode.storage.outlines import ChapterOutline
from rhapsode.storage.records import Records
from rhapsode.studio.ids import ChapterId, ProjectId, WorkspaceId
from rhapsode.voices.catalogue import open_catalogue


def view_projects(services: Services, workspace_id: WorkspaceId) -> list[ProjectModel]:
    """All projects, newest first, in the same few queries however many there are."""
    with services.records.read(workspace_id) as tx:
        listed = projects.list_projects(tx)
        states = list_project_states(tx, [project.project_id for project in listed])
    covers = find_cover_urls(services, workspace_id, listed)
    return [
        project_model(project, states[project.project_id], covers.get(project.project_id))
        for project in listed
    ]


def view_project(services: Services, workspace_id: WorkspaceId, project_id: ProjectId) -> ProjectModel:
    """One project without its chapters. Raises: ProjectNotFound."""
    with services.records.read(workspace_id) as tx:
        project = projects.get_project(tx, project_id)
        state = list_project_states(tx, [project_id])[project_id]
    covers = find_cover_urls(services, workspace_id, [project])
    return project_model(project, state, covers.get(project_id))


def view_whole_project(
    services: Services, workspace_id: WorkspaceId, project_id: ProjectId
) -> ProjectExtendedModel:
    """One project with its chapters. Raises: ProjectNotFound."""
    with services.records.read(workspace_id) as tx:
        project = projects.get_project(tx, project_id)
        state = get_project_state(tx, project_id)
        listed = outlines.list_chapter_outlines(tx, project_id)
        versions = find_versions(tx, project.details.pronunciation_dictionary_locators)
        sources = get_project_sources(tx, project)
        statistics = find_statistics(tx, listed, sources)
        catalogue = open_catalogue(tx)
    narrated = chapter_models(project_id, listed, state.chapters, statistics)
    cover_url = find_cover_urls(services, workspace_id, [project]).get(project_id)
    listed_model = project_model(project, state, cover_url)
    return project_extended_model(
        project, listed_model, narrated, versions, user_id=workspace_id, catalogue=catalogue
    )


def view_chapters(services: Services, workspace_id: WorkspaceId, project_id: ProjectId) -> list[ChapterModel]:
    """The narrated chapters of a project, in order. Raises: ProjectNotFound."""
    return view_whole_project(services, workspace_id, project_id).chapters


def view_chapter(
    records: Records, workspace_id: WorkspaceId, project_id: ProjectId, chapter_id: ChapterId
) -> ChapterWithContent:
    """One chapter with its text. Raises: ProjectNotFound; ChapterNotFound."""
    with records.read(workspace_id) as tx:
        project = projects.get_project(tx, project_id)
        chapter = chapters.get_chapter(tx, project_id, chapter_id)
        state = get_project_state(tx, project_id).chapters.get(chapter_id, NEVER_CONVERTED)
        nodes = outlines.list_chapter_node_outlines(tx, project_id, [chapter_id])
        sources = get_project_sources(tx, project)
    statistics = measure_chapters(nodes, sources).get(chapter_id, NOTHING)
    outline = ChapterOutline(chapter_id, chapter.name)
    listed = chapter_model(project_id, outline, state, statistics)
    return ChapterWithContent(**listed.model_dump(), content=content_model(project, chapter))
